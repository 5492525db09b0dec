"""Feed and file sources: lines in, deliveries out, nothing lost at the seams."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from anxin.config import ConfigError, Source
from edge.sources.feed import MAX_LINE, FeedSource
from edge.sources.file import FileSource, MessageLine
from edge.translator import Raw


class Desk:
    """Takes deliveries; `full` times it does not."""

    def __init__(self) -> None:
        self.got: list[Raw] = []
        self.full = 0

    def offer(self, raw: Raw) -> bool:
        if self.full:
            self.full -= 1
            return False
        self.got.append(raw)
        return True

    @property
    def lines(self) -> list[bytes]:
        return [raw.payload for raw in self.got]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def feed(desk: Desk) -> Iterator[FeedSource]:
    source = FeedSource(Source("feed", "feed", port=0), desk.offer)
    yield source
    source.close()


def send(feed: FeedSource, *parts: bytes) -> None:
    """Send the parts over one connection and read everything."""
    with socket.create_connection(("127.0.0.1", feed.port)) as sender:
        feed.poll(5.0)
        for part in parts:
            sender.sendall(part)
            feed.poll(5.0)
            feed.poll(0.0)
    for _ in range(1_000):
        if not feed._senders:
            return
        feed.poll(5.0)


def test_lines_are_put_together_however_they_were_cut(feed: FeedSource, desk: Desk) -> None:
    send(feed, b'{"a":', b"1}\n{", b'"b":2}\n\n{"c"', b":3}\n")
    assert desk.lines == [b'{"a":1}', b'{"b":2}', b'{"c":3}']


def test_two_senders_do_not_mix(feed: FeedSource, desk: Desk) -> None:
    with (
        socket.create_connection(("127.0.0.1", feed.port)) as one,
        socket.create_connection(("127.0.0.1", feed.port)) as two,
    ):
        one.sendall(b"on")
        two.sendall(b"tw")
        for _ in range(4):
            feed.poll(0.1)
        one.sendall(b"e\n")
        two.sendall(b"o\n")
        for _ in range(4):
            feed.poll(0.1)
    assert sorted(desk.lines) == [b"one", b"two"]


def test_a_line_without_end_costs_no_memory_and_only_itself(
    feed: FeedSource, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chunk = b"x" * 50_000
    send(feed, *[chunk] * (3 * MAX_LINE // len(chunk)), b"end of it\nnext\n")
    assert desk.lines == [b"next"]
    assert caplog.text.count("line too long") == 1


def test_a_busy_agent_holds_the_sender_back_and_loses_no_chunk(feed: FeedSource, desk: Desk) -> None:
    desk.full = 3
    send(feed, b"1\n2\n")
    assert desk.lines == [b"1", b"2"]


def test_a_taken_port_is_said(feed: FeedSource, desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"source second: cannot listen on 127\.0\.0\.1:\d+: Address already in use"):
        FeedSource(Source("feed", "second", port=feed.port), desk.offer)


def file_source(path: Path, desk: Desk, mapping: str | None = None) -> FileSource:
    return FileSource(Source("file", "file", path=str(path), mapping=mapping), desk.offer)


def test_a_file_is_read_as_it_grows_and_half_a_line_waits(tmp_path: Path, desk: Desk) -> None:
    path = tmp_path / "samples"
    source = file_source(path, desk)
    assert source.poll() == 0
    path.write_bytes(b"1\n2\n3")
    assert source.poll() == 2
    with path.open("ab") as file:
        file.write(b"3\n")
    assert source.poll() == 1
    assert desk.lines == [b"1\n", b"2\n", b"33\n"]


def test_a_restart_goes_on_behind_what_was_safe(tmp_path: Path, desk: Desk) -> None:
    path = tmp_path / "samples"
    path.write_bytes(b"1\n2\n3\n")
    source = file_source(path, desk)
    source.poll()
    done = desk.got[1].done
    assert done is not None
    done()
    source.close()
    again = Desk()
    file_source(path, again).poll()
    assert again.lines == [b"3\n"]


def test_a_busy_agent_gets_the_line_again(tmp_path: Path, desk: Desk) -> None:
    path = tmp_path / "samples"
    path.write_bytes(b"1\n2\n")
    source = file_source(path, desk)
    desk.full = 1
    assert source.poll() == 0
    assert source.poll() == 2


def test_messages_come_with_topic_and_body_and_a_bad_line_costs_only_itself(
    tmp_path: Path, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "messages"
    lines = [
        msgspec.json.encode(MessageLine("a/ b", {"x": 1}, retain=True)),
        b"no json",
        msgspec.json.encode(MessageLine("t", "ON", "text")),
        msgspec.json.encode(MessageLine("t", "?", "base64")),
        msgspec.json.encode(MessageLine("t", "AAE=", "base64")),
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    file_source(path, desk, mapping="zigbee2mqtt").poll()
    assert [(raw.topic, raw.payload, raw.retain) for raw in desk.got] == [
        ("a/ b", b'{"x":1}', True),
        ("t", b"ON", False),
        ("t", b"\x00\x01", False),
    ]
    assert caplog.text.count("line not understood") == 2
