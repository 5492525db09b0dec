"""A gateway over time, and the message cases of the tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anxin.event import Event
from edge.gateways.catalogue import packaged
from edge.gateways.decoder import Decoder
from edge.gateways.events import Site, known_devices, to_events
from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.score import Case, read_case

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DECODER = Decoder(packaged())
CASES = Path(__file__).with_name("cases.jsonl")
UNSEEN = Path(__file__).with_name("unseen.jsonl")
BLIND = Path(__file__).with_name("blind.jsonl")


class Home:
    """One installation over time: `say` delivers a message a minute (or `after`) after the last."""

    def __init__(self, decoder: Decoder = DECODER) -> None:
        self.decoder = decoder
        self.memory = Memory()
        self.now = NOW

    def say(
        self, topic: str | None, payload: Any, retain: bool = False, after: timedelta = timedelta(minutes=1)
    ) -> list[Result]:
        self.now += after
        return self.decoder.decode(RawMessage(topic, to_bytes(payload), retain, self.now), self.memory)

    def rings(self, topic: str | None, payload: Any, retain: bool = False, seconds: float = 60) -> bool:
        return any(result.alert for result in self.say(topic, payload, retain, timedelta(seconds=seconds)))

    def events(self, topic: str | None, payload: Any, retain: bool = False) -> list[Event]:
        site = Site(ZoneInfo("Asia/Shanghai"), devices=known_devices(self.memory))
        return to_events(self.say(topic, payload, retain), self.now, site)


def to_bytes(payload: Any) -> bytes:
    if isinstance(payload, bytes):
        return payload
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def own_cases() -> list[Case]:
    """The project's own messages: written after the documents of each family, for devices no sample shows.

    Those of `unseen` were written down with their meaning before anybody looked what the mappings make of them.
    """
    return [*cases_of(CASES), *cases_of(UNSEEN)]


def blind_cases() -> list[Case]:
    """Messages that somebody who knew only the documentation wrote down with their meaning, before they were decoded.

    Those are left out whose expectation was wrong or a matter of taste (docs/gateways.md).
    """
    return cases_of(BLIND)


def cases_of(file: Path) -> list[Case]:
    lines = file.read_text("utf-8").splitlines()
    return [read_case(line, f"{file.stem}:{number}", NOW) for number, line in enumerate(lines, 1)]


def shared_cases() -> list[Case]:
    """Published messages; they are not part of the project."""
    files = sorted(find_shared().glob("*/*.json"))
    return [read_case(file.read_text("utf-8"), f"{file.parent.name}/{file.name}", NOW) for file in files]


def find_shared() -> Path:
    for parent in Path(__file__).parents:
        folder = parent / "shared" / "data" / "gateway_messages"
        if folder.is_dir():
            return folder
    pytest.skip("the published gateway messages are not on this machine (shared/data/gateway_messages)")
