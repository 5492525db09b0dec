"""The socket that reads ahead, and packets made by hand, read back by paho's own decoder."""

from __future__ import annotations

import socket
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.mqtt_wire import BufferedSocket, Publish, puback, retained


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


MESSAGES = st.builds(
    Publish, st.text(min_size=1, max_size=200), st.binary(max_size=3_000), st.booleans(), st.booleans(),
    st.integers(0, 65_535),
)  # fmt: skip


def on_the_wire(one: Publish) -> bytes:
    """A message of QoS 1, of QoS 0 without a number."""
    name = one.topic.encode()
    body = struct.pack("!H", len(name)) + name + (struct.pack("!H", one.mid) if one.mid else b"") + one.payload
    head = bytearray([0x30 | one.duplicate << 3 | bool(one.mid) << 1 | one.retain])
    length = len(body)
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes([length]) + body


def held(data: bytes) -> BufferedSocket:
    """A socket that has read these bytes ahead and gets no more."""
    ours, theirs = socket.socketpair()
    with closing(theirs):
        theirs.sendall(data)
    ahead = BufferedSocket(ours)
    ahead.fill()
    ahead.close()
    return ahead


@given(st.lists(MESSAGES, min_size=1, max_size=8), st.integers(0, 3_000))
def test_whole_messages_are_taken_in_their_turn_and_a_cut_one_is_left(told: list[Publish], cut: int) -> None:
    packets = [on_the_wire(one) for one in told]
    data = b"".join(packets)
    kept = data[: len(data) - cut % len(packets[-1])]
    ahead, got = held(kept), []
    while (one := ahead.publish()) is not None:
        got.append(one)
    assert got == (told if kept == data else told[:-1])
    assert ahead.held == len(kept) - sum(map(len, packets[: len(got)]))


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        puback(7),
        b"\xd0\x00",  # an answer to a ping
        b"\x34\x08\x00\x01a\x00\x01abc",  # QoS 2
        b"\x32\x04\x00\x09ab",  # a topic that is longer than its packet
        b"\x32\x05\x00\x01\xff\x00\x01",  # a topic that is no text
        b"\x32\xff\xff\xff\xff\x01",  # a length that never ends
    ],
)
def test_what_is_no_plain_message_is_left_to_paho(packet: bytes) -> None:
    ahead = held(packet)
    assert ahead.publish() is None
    assert ahead.held == len(packet)
