"""Every packaged family reads its messages exactly: device, signals, event, availability, alarm, and the flags."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.score import Case, Tally, decode_case, judge
from tests.edge.gateways.support import CASES, DECODER, UNSEEN, Home, blind_cases, own_cases, shared_cases

FLAGS = ("scope", "ignore", "suppressed", "backfill", "stale", "seen", "clock_fault", "undecodable", "fault", "unknown")
OWN = own_cases()


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_own_message_is_read_exactly(case: Case) -> None:
    results = decode_case(DECODER, case)
    assert judge(results, case.expect or []).differences == []
    assert flags(results) == [{flag: row.get(flag) or None for flag in FLAGS} for row in case.expect or []]


@pytest.mark.parametrize("case", blind_cases(), ids=lambda case: case.name)
def test_message_of_the_blind_round_is_read_exactly(case: Case) -> None:
    assert judge(decode_case(DECODER, case), case.expect or []).differences == []


def test_the_own_messages_cover_every_packaged_mapping() -> None:
    assert {case.gateway for case in OWN} >= {mapping.name for mapping in DECODER.mappings}


def test_all_published_messages_are_read_exactly() -> None:
    total, wrong = Tally(), []
    for case in shared_cases():
        results, expect = decode_case(DECODER, case), case.expect or []
        verdict = judge(results, expect)
        total.add(verdict)
        wanted = [{flag: row.get(flag) or None for flag in FLAGS} for row in expect]
        wrong += [f"{case.name}: {text}" for text in verdict.differences]
        wrong += [f"{case.name}: {flags(results)} {wanted}"] if flags(results) != wanted else []
        wrong += [f"{case.name}: {text}" for text in drafts(results, expect)]
    assert wrong == []
    assert total.to_dict() == {"files": total.files, "exact": total.files, "false_alarms": 0, "lost": 0}


def flags(results: list[Result]) -> list[dict[str, Any]]:
    return [{flag: getattr(result, flag) or None for flag in FLAGS} for result in results]


def drafts(results: list[Result], expect: list[dict[str, Any]]) -> list[str]:
    """What a discovery or a replay must say besides."""
    found: list[str] = []
    for result, wanted in zip(results, expect, strict=True):
        draft = result.discover or {}
        found += [
            f"{key} {draft.get(key)}" for key, value in wanted.get("discover", {}).items() if draft.get(key) != value
        ]
        if wanted.get("live_alert") and not result.live_alert:
            found.append("would not ring live")
        if "dedupe_key" in wanted and result.dedupe_key != wanted["dedupe_key"]:
            found.append(f"dedupe key {result.dedupe_key}")
    return found


def test_a_replay_of_any_message_is_silent() -> None:
    for case in OWN:
        message = case.message
        retained = RawMessage(message.topic, message.payload, True, message.arrival)
        assert not any(result.alert for result in DECODER.decode(retained, Memory(), case.gateway)), case.name


def test_a_level_said_twice_rings_at_most_once() -> None:
    for case in OWN:
        memory = Memory()
        first = DECODER.decode(case.message, memory)
        second = DECODER.decode(case.message, memory)
        one_shot = any(result.event for result in first)
        assert one_shot or not any(result.alert for result in second), case.name


@pytest.mark.parametrize(
    "name", ["rainfall", "waterfall_pump", "fallback", "emergency_light", "helper", "fireplace", "gas_meter"]
)
def test_a_name_that_only_looks_like_an_emergency_never_rings(name: str) -> None:
    home = Home()
    assert not home.rings(f"node/binary_sensor/{name}/state", "ON")
    config = {"name": name, "stat_t": f"x/{name}", "uniq_id": name}
    home.say(f"homeassistant/binary_sensor/{name}/config", config, retain=True)
    assert not home.rings(f"x/{name}", "ON")


@pytest.mark.parametrize(
    "name",
    [
        "fall_detected",
        "bath_fall",
        "FallDetection",
        "fallAlarm",
        "sos",
        "room_2_sos",
        "panic",
        "emergency",
        "nurse_call",
    ],
)
def test_a_name_that_says_an_emergency_rings(name: str) -> None:
    assert Home().rings(f"node/binary_sensor/{name}/state", "ON")


def test_the_case_file_is_what_the_decode_command_reads() -> None:
    rows = [json.loads(line) for file in (CASES, UNSEEN) for line in file.read_text("utf-8").splitlines()]
    assert all(set(row) >= {"gateway", "topic", "payload_kind", "payload", "expect"} for row in rows)


def test_the_documentation_counts_what_is_here() -> None:
    text = (Path(__file__).parents[3] / "docs" / "gateways.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| \S+ \| (\d+) \| (\d+|–) \|", text, re.MULTILINE)
    counted = [Counter(case.gateway for case in OWN if case.name.startswith(file.stem)) for file in (CASES, UNSEEN)]
    shown = {name: (int(own), int(unseen.replace("–", "0"))) for name, own, unseen in rows}
    assert shown == {mapping.name: (counted[0][mapping.name], counted[1][mapping.name]) for mapping in DECODER.mappings}
    assert f"{counted[0].total()} of our own and {counted[1].total()} of models" in text
