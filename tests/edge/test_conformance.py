"""The conformance check: a good stream is silent, and each mistake is named once, in both languages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin import event, topic
from anxin.clock import monotonic_s
from anxin.embedded.nats import Nats
from anxin.event import Birth, Call, Event, Gap, Heartbeat, Link, Observations
from anxin.mqtt import Client
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.conformance import Checker
from edge.conformance_words import WORDS
from edge.gateways.__main__ import main
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
DATA, URGENT = (LaneKey("home", "gw", lane, "e1") for lane in (Lane.DATA, Lane.URGENT))
BIRTH = Birth(NOW, "test 1", 15)


def send(checker: Checker, seq: int, *events: Event, key: LaneKey = DATA, **more: bool | int) -> list[str]:
    payload = event.encode(event.compose(key, seq, NOW, list(events or (Heartbeat(NOW),))))
    return [f.code for f in checker.take(topic.message(key, seq), payload, NOW, **more)]  # type: ignore[arg-type]


def test_a_good_stream_is_silent() -> None:
    checker = Checker({("home", "gw"): frozenset({"d"})})
    link = event.encode(Link(True, "s", NOW))
    assert checker.take(topic.link("home", "gw"), link, NOW) == []
    assert send(checker, 1, BIRTH) == []
    assert send(checker, 2, Observations(NOW, ["d"], {"heart_rate": [60]})) == []
    assert send(checker, 1, Call("d", NOW), key=URGENT) == []
    assert send(checker, 5, Gap(NOW, 3, 5, "full")) == []
    assert send(checker, 6) == []
    assert checker.idle(NOW + timedelta(seconds=40)) == [] and checker.end() == []
    assert not checker.counts


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([Observations(NOW, ["d"], {"pulse": [60]})], "kind"),
        ([Observations(NOW, ["d"], {"heart_rate": [6000]})], "range"),
        ([Observations(NOW, ["who"], {"heart_rate": [60]})], "device"),
        ([Call("d", NOW)], "lane"),
        ([Heartbeat(NOW + timedelta(hours=2))], "future"),
        ([Heartbeat(NOW - timedelta(days=31))], "past"),
        ([Gap(NOW, 7, 9, "full")], "gap"),
    ],
)
def test_a_mistake_is_named_once_and_counted_always(events: list[Event], code: str) -> None:
    checker = Checker({("home", "gw"): frozenset({"d"})})
    send(checker, 1, BIRTH)
    assert send(checker, 2, *events) == [code]
    assert send(checker, 3, *events) == []
    assert checker.counts[code] == 2


def test_numbers_are_followed_per_lane_and_epoch() -> None:
    checker = Checker()
    assert send(checker, 7) == ["start"]
    assert send(checker, 9) == ["jump"]
    assert send(checker, 9) == ["repeat"]
    assert send(checker, 9, BIRTH) == ["reused"]
    assert send(checker, 1, Call("d", NOW), key=URGENT, retain=True, qos=0) == ["retained", "qos"]


def test_what_cannot_be_read_and_where_nobody_reads_is_said() -> None:
    checker = Checker()
    assert [f.code for f in checker.take(topic.message(DATA, 1), b"{", NOW)] == ["payload"]
    [finding] = checker.take("anxin/v1/home/gw/data/e1/0", b"{}", NOW)
    assert "not a number from 1" in finding.say("en") and "不会被读取" in finding.say("zh")
    other = event.encode(event.compose(LaneKey("x", "y", Lane.DATA, "e1"), 2, NOW, [Heartbeat(NOW)]))
    assert "source" in [f.code for f in checker.take(topic.message(DATA, 2), other, NOW)]


def test_a_missing_heartbeat_and_a_missing_last_will_are_told() -> None:
    checker = Checker()
    send(checker, 1, BIRTH)
    assert checker.idle(NOW + timedelta(seconds=45)) == []
    assert [f.code for f in checker.idle(NOW + timedelta(seconds=46))] == ["heartbeat"]
    assert [f.code for f in checker.end()] == ["no_link"]


@given(st.text(max_size=60), st.binary(max_size=80), st.integers(1, 5))
def test_anything_can_be_judged_and_said(name: str, payload: bytes, seq: int) -> None:
    checker = Checker({})
    for where in (name, topic.message(DATA, seq), topic.link("home", "gw")):
        for finding in checker.take(where, payload, NOW):
            assert finding.say("en") and finding.say("zh")
    assert set(checker.counts) <= set(WORDS)


def heard_by(command: Callable[[], int], capsys: pytest.CaptureFixture[str], wanted: str) -> int:
    """Let a command listen for its 1.5 s, again and again until it heard what is wanted; return its last exit code."""
    until = monotonic_s() + PATIENCE_S
    while True:
        code, said = command(), capsys.readouterr().out
        if wanted in said:
            return code
        assert monotonic_s() < until, said


@pytest.mark.broker
def test_both_live_commands_hear_a_broker(broker: Nats | Mosquitto, capsys: pytest.CaptureFixture[str]) -> None:
    sender = Client(broker.broker, "live-sender", user="test")
    sender.start()
    assert sender.wait_up(PATIENCE_S)
    stop = threading.Event()

    def chatter() -> None:
        while not stop.wait(0.1):
            sender.publish("anxin/v1/live/gw/data/e1/1", b'{"id": 1}')
            sender.publish("zigbee2mqtt/bath-door", json.dumps({"contact": False, "battery": 90}).encode())

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        target = ["--broker", f"127.0.0.1:{broker.port}", "--seconds", "1.5"]
        if broker.broker.secrets:
            target += ["--user", "test", "--password-file", f"{broker.broker.secrets}/test"]
        conformance = ["--language", "en", "conformance", "--listen", "--facility", "live", *target]
        wrong = "live/gw: number 1 cannot be read (not_contract)"
        assert heard_by(lambda: main(conformance), capsys, wrong) == 1
        listen = ["--language", "en", "listen", "--topic", "zigbee2mqtt/#", *target]
        assert heard_by(lambda: main(listen), capsys, "door = open") == 0
        assert main(["listen", "--broker", "nowhere"]) == 2
    finally:
        stop.set()
        thread.join()
        sender.stop()
