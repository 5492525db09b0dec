"""Contracts that hold for any input: nothing crashes, a replay never rings, a state survives as JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anxin.event import compose, decode, encode
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.gateways.events import to_events
from edge.gateways.model import Memory, RawMessage, Result
from tests.edge.gateways.support import DECODER, NOW, Home, own_cases
from tests.edge.gateways.test_events import SITE

CASES = own_cases()
TOPICS = sorted({case.message.topic for case in CASES if case.message.topic})
FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = """fall sos action status data events params method payload type object time battery contact occupancy model id
ZbReceived values deviceId dataKey state"""
KEYS = st.sampled_from(WORDS.split())
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["fall", "ON"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
PAYLOADS = st.one_of(st.binary(max_size=60), JSON.map(lambda body: json.dumps(body).encode()))


def decoded(topic: str | None, payload: bytes, retain: bool, memory: Memory) -> list[Result]:
    return DECODER.decode(RawMessage(topic, payload, retain, NOW), memory)


@FAST
@given(st.one_of(st.none(), st.sampled_from(TOPICS), st.text(max_size=20)), PAYLOADS)
def test_any_bytes_on_any_topic_give_results_that_go_on_the_wire(topic: str | None, payload: bytes) -> None:
    results = decoded(topic, payload, False, Memory())
    assert results
    events = to_events(results, NOW, SITE)
    message = compose(LaneKey("f", "g", Lane.DATA, "e"), 1, NOW, events)
    assert decode(encode(message)).data == events
    assert all(json.dumps(result.to_dict()) for result in results)


LEAVES = st.one_of(JSON, st.text(max_size=300), st.integers(-(10**30), 10**30), st.floats())


def damaged(body: Any, choose: Any, leaf: Any) -> Any:
    """Return the body with one value somewhere inside replaced."""
    if isinstance(body, dict) and body:
        key = choose(st.sampled_from(sorted(body)))
        return {**body, key: damaged(body[key], choose, leaf)}
    if isinstance(body, list) and body:
        place = choose(st.integers(0, len(body) - 1))
        return [*body[:place], damaged(body[place], choose, leaf), *body[place + 1 :]]
    return leaf


@FAST
@given(st.data())
def test_a_damaged_message_gives_results_that_go_on_the_wire(data: Any) -> None:
    case = data.draw(st.sampled_from([case for case in CASES if case.message.payload[-1:] == b"}"]))
    body = damaged(json.loads(case.message.payload), data.draw, data.draw(LEAVES))
    memory = Memory()
    message = RawMessage(case.message.topic, json.dumps(body).encode(), False, NOW)
    for results in (DECODER.decode(message, memory, case.gateway), DECODER.decode(message, memory)):
        events = to_events(results, NOW, SITE)
        composed = compose(LaneKey("f", "g", Lane.DATA, "e"), 1, NOW, events)
        assert [type(event) for event in decode(encode(composed)).data] == [type(event) for event in events]
        assert all(json.dumps(result.to_dict()) for result in results)
    assert Memory.from_json(memory.to_json()).keys.keys() == memory.keys.keys()


@FAST
@given(st.sampled_from(TOPICS), PAYLOADS)
def test_a_retained_delivery_never_rings(topic: str, payload: bytes) -> None:
    assert not any(result.alert for result in decoded(topic, payload, True, Memory()))


@FAST
@given(st.lists(st.sampled_from(CASES), min_size=1, max_size=6))
def test_a_restart_in_between_changes_nothing(cases: list[Any]) -> None:
    kept, restarted = Memory(), Memory()
    for case in cases:
        one = DECODER.decode(case.message, kept)
        other = DECODER.decode(case.message, restarted)
        assert [result.to_dict() for result in one] == [result.to_dict() for result in other]
        restarted = Memory.from_json(restarted.to_json())
    assert restarted == kept


@FAST
@given(st.lists(st.sampled_from(CASES), min_size=1, max_size=8), st.randoms())
def test_a_burst_of_known_levels_is_silent(cases: list[Any], random: Any) -> None:
    home = Home()
    levels = [case for case in cases if not any(row.get("event") for row in case.expect)]
    for case in levels:
        home.decoder.decode(case.message, home.memory)
    last = {case.message.topic: case for case in levels}  # a bridge repeats the last state of every device
    burst = list(last.values())
    random.shuffle(burst)
    said = [result for case in burst for result in home.decoder.decode(case.message, home.memory)]
    devices = [
        (result.gateway, result.device) for case in levels for result in home.decoder.decode(case.message, Memory())
    ]
    once = {device for device in devices if devices.count(device) == 1}
    assert not any(result.alert for result in said if (result.gateway, result.device) in once)


@FAST
@given(st.binary(max_size=40))
def test_a_memory_of_the_past_or_garbage_is_told_apart(text: bytes) -> None:
    memory = Memory(levels={"a": True}, keys={"k": 1.5}, timers={"t": (2.0, None)}, aliases={"n": {"1": "x"}})
    assert Memory.from_json(memory.to_json()) == memory
    try:
        found = Memory.from_json(text)
    except ValueError:
        return
    assert isinstance(found, Memory)
