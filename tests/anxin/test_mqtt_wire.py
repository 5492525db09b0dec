"""The socket that reads ahead, and packets made by hand, read back by paho's own decoder."""

from __future__ import annotations

import socket
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.mqtt_wire import BufferedSocket, puback, retained


@given(data=st.binary(max_size=4_000), sizes=st.lists(st.integers(1, 300), min_size=1))
def test_the_bytes_come_in_their_order_however_they_are_asked_for(data: bytes, sizes: list[int]) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        ahead, got = BufferedSocket(ours), bytearray()
        while piece := ahead.recv(sizes[len(got) % len(sizes)]):
            got += piece
        assert bytes(got) == data


def test_what_was_read_ahead_can_be_had_without_waiting() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ahead = BufferedSocket(ours)
        ahead.setblocking(False)
        with pytest.raises(BlockingIOError):
            ahead.recv(1)
        theirs.sendall(b"abc")
        assert (ahead.pending(), ahead.recv(1), ahead.pending()) == (0, b"a", 2)
        assert ahead.recv(10) == b"bc"
        assert ahead.pending() == 0


def test_an_acknowledgement_is_four_bytes() -> None:
    assert puback(0x1234) == bytes([0x40, 2, 0x12, 0x34])


@given(topic=st.text(min_size=1, max_size=300), payload=st.binary(max_size=20_000))
def test_a_retained_message_can_be_taken_apart_again(topic: str, payload: bytes) -> None:
    packet = retained(topic, payload)
    length = shift = 0
    at = 1
    while True:
        length |= (packet[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if not packet[at - 1] & 128:
            break
    (name,) = struct.unpack_from("!H", packet, at)
    assert packet[0] == 0x31
    assert len(packet) == at + length
    assert packet[at + 2 : at + 2 + name].decode() == topic
    assert packet[at + 2 + name :] == payload
