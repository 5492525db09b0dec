"""`edge replay`: a real recording through signal processing, or real messages to a foreign broker, as if now."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from anxin import log
from anxin.config import Broker, ConfigError
from anxin.mqtt import Client
from anxin.service import EXIT_BUG, EXIT_OK
from edge import retime
from edge.sources.file import MessageLine

_log = log.Log("edge.replay")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `edge replay`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--signal", type=Path, help="a fall recording: WEDA-FALL .tar.xz, SisFall .npz, or their folder")
    what.add_argument("--messages", type=Path, help="a folder of recorded gateway messages (or one file)")
    parser.add_argument("--config", type=Path, help="--signal: the configuration that names our broker and the clock")
    parser.add_argument("--feed", help="--signal: host:port of a running agent's feed, instead of an agent of our own")
    parser.add_argument("--trial", help="--signal: which trial, for example F01/U01_R01 (default: the first fall)")
    parser.add_argument("--device", help="--signal: the device it shall come from")
    parser.add_argument("--placement", default="wrist", help="--signal: wrist, waist or sternum")
    parser.add_argument("--facility", help="--signal: facility code (default: of the first [[edge]])")
    parser.add_argument("--gateway", default="replay", help="--signal: gateway to speak as, beside its own agent")
    parser.add_argument("--speed", type=float, default=1.0, help="--signal: times real time; its end is now")
    parser.add_argument(
        "--hold", type=float, default=0.0, metavar="S",
        help="--signal: repeat the last second for so long, so that a fall can be confirmed by what follows",
    )  # fmt: skip
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="S", help="--signal: at most, for the store's answer"
    )
    parser.add_argument("--broker", help="--messages: host:port of the foreign broker")
    parser.add_argument("--user", help="--messages: user on that broker")
    parser.add_argument("--password-file", type=Path, help="--messages: file that holds the password")
    parser.add_argument("--interval", type=float, default=0.2, help="--messages: seconds between two")
    parser.add_argument("--as-recorded", action="store_true", help="--messages: leave the recorded times as they are")
    parser.add_argument("--time-zone", default="Asia/Shanghai", help="--messages: zone of times that name none")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    log.setup("info")
    if arguments.messages is not None:
        return replay_messages(arguments)
    from edge.replay_signal import replay_signal  # needs numpy and scipy, the messages do not

    return replay_signal(arguments)


def replay_messages(arguments: argparse.Namespace) -> int:
    """Publish recorded messages in the order of their file names, with their topics and retain flags."""
    files = sorted(arguments.messages.rglob("*.json")) if arguments.messages.is_dir() else [arguments.messages]
    if not files:
        raise ConfigError(f"{arguments.messages}: no *.json in it")
    host, _, port = (arguments.broker or "").rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError("replay --messages needs --broker host:port")
    password = None if arguments.password_file is None else arguments.password_file.read_text().strip()
    client = Client(Broker(host, int(port)), "anxin-replay", user=arguments.user, password=password)
    client.start()
    if not client.wait_up(10.0):
        client.stop()
        raise ConfigError(f"broker {host}:{port} does not answer")
    count = 0
    for file in files:
        name, payload, retain = prepared(file, datetime.now(UTC), arguments)
        if not client.publish(name, payload, retain=retain, qos=0):
            _log.error("broker gone", file=file.name, topic=name, hint="the embedded broker refuses blanks in topics")
            client.wait_up(10.0)
            continue
        _log.info("published", file=file.name, topic=name, bytes=len(payload), retain=retain)
        count += 1
        time.sleep(arguments.interval)
    gone = not client.up
    client.stop()
    _log.info("replayed", messages=count, of=len(files))
    return EXIT_OK if count == len(files) and not gone else EXIT_BUG


def prepared(file: Path, now: datetime, arguments: argparse.Namespace) -> tuple[str, bytes, bool]:
    """Return topic, payload and retain flag of a recorded message, its times moved to now where they can be.

    Raises ConfigError for a file that is no recorded message.
    """
    try:
        case = msgspec.json.decode(file.read_bytes())
        message = msgspec.convert(case, MessageLine)
        anchor = None if arguments.as_recorded else _anchor(case, ZoneInfo(arguments.time_zone))
        if anchor is not None and message.payload_kind == "json":
            moved = retime.shift(message.payload, anchor, now, ZoneInfo(arguments.time_zone))
            message = msgspec.structs.replace(message, payload=moved)
        return message.topic, message.body(), message.retain
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: not a recorded message: {error}") from error


def _anchor(case: Any, zone: ZoneInfo) -> datetime | None:
    """The message's own time: what its first record says, else when it arrived."""
    expected = (case.get("expect") or [{}])[0]
    text = expected.get("at") or case.get("arrival")
    if not isinstance(text, str):
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)
