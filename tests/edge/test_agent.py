"""The agent's rounds, moved by hand: what comes in, what lies in the spool, what goes out, what rings."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from anxin import topic
from anxin.config import Edge
from anxin.event import Birth, Call, Committed, Detection, DeviceInfo, Event, Heartbeat, Observations, decode, encode
from anxin.mqtt import Received
from anxin.topic import MessageTopic
from anxin.vocabulary import DetectionKind, Lane
from edge.agent import ACKS, Agent
from edge.repeats import KEPT, Repeats
from edge.spool_file import open_spool
from edge.translator import Raw
from tests.support.waiting import PATIENCE_S

START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


class Words:
    """A translator for tests: `call`, `beat`, `crash`, `big` or `nothing`; counts what it heard."""

    def __init__(self) -> None:
        self.heard = 0

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        self.heard += 1
        word = raw.payload.decode()
        if word == "crash":
            raise KeyError(word)
        said: dict[str, list[Event]] = {
            "call": [Call("button", now, key=str(self.heard))],
            "beat": [Observations(now, ["bed-1"], {"heart_rate": [60.0]})],
            "big": [Detection("w", now, DetectionKind.FALL, evidence={"trace": "x" * 400_000})],
        }
        return said.get(word, [])

    def idle(self, now: datetime) -> list[Event]:
        return []

    def devices(self) -> list[DeviceInfo]:
        return [DeviceInfo("bed-1")]

    def state(self) -> bytes:
        return str(self.heard).encode()

    def restore(self, state: bytes) -> None:
        self.heard = int(state)


@dataclass
class Air:
    """A connection that notes what is published."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes) -> bool:
        self.sent.append((topic, payload))
        return True

    def ack(self, received: Received) -> None:
        pass

    def events(self, lane: Lane) -> list[Event]:
        return [event for name, payload in self.sent if f"/{lane}/" in name for event in decode(payload).data]


class Bench:
    """An agent on a bench: one source, a spool, an air."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.edge = msgspec.convert({"facility": "home", "gateway": "gw", **settings}, Edge)
        self.folder, self.tick, self.air = folder, 0.0, Air()
        self.begin()

    def begin(self) -> None:
        self.words = Words()
        spool = open_spool(self.folder / "spool.db", "home", "gw", 8 << 20, START)
        self.spool = spool
        self.agent = Agent(self.edge, spool, {"words": self.words}, threading.Event())
        self.agent.publisher.on_link(True)

    def step(self, seconds: float = 0.0) -> None:
        self.tick += seconds
        self.agent.step(self.air, START + timedelta(seconds=self.tick), self.tick)

    def say(self, *words: str) -> list[bool]:
        """Offer words; return a list that grows by True with each that is done."""
        done: list[bool] = []
        for word in words:
            self.agent.offer("words", Raw(None, word.encode(), done=lambda: done.append(True)))
        return done

    def clear(self) -> None:
        self.wait_for_sirens()
        self.spool.close()

    def wait_for_sirens(self) -> None:
        for process in self.agent._bell._running:
            process.wait(PATIENCE_S)

    def commit(self, *lanes: Lane) -> None:
        """The store has everything that was sent on these lanes (none named: on both)."""
        for name, _ in self.air.sent:
            address = topic.parse(name)
            assert isinstance(address, MessageTopic)
            if address.key.lane not in (lanes or Lane):
                continue
            mark = encode(Committed(address.seq))
            self.agent.publisher.on_message(Received(topic.committed(address.key), mark, False, False, 1, 1))


Made = Callable[..., Bench]


@pytest.fixture
def made() -> Iterator[Made]:
    benches: list[Bench] = []

    def make(folder: Path, **settings: object) -> Bench:
        benches.append(Bench(folder, **settings))
        return benches[-1]

    yield make
    for bench in benches:
        bench.clear()


def test_a_gateway_is_born_with_its_devices_and_beats(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    for _ in range(40):
        bench.step(1.0)
        bench.commit()
    births = [event for event in bench.air.events(Lane.DATA) if isinstance(event, Birth)]
    assert [(birth.heartbeat_s, birth.devices) for birth in births] == [(15.0, [DeviceInfo("bed-1")])]
    beats = [event for event in bench.air.events(Lane.DATA) if isinstance(event, Heartbeat)]
    assert [beat.time for beat in beats] == [START + timedelta(seconds=s) for s in (1, 16, 31)]
    assert beats[1].held == {"urgent": 0, "data": 0}


def test_a_call_goes_at_once_and_alone_and_what_was_gathered_follows_it(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.step()
    done = bench.say("beat", "beat")
    bench.step()
    assert (bench.air.sent, done) == ([], [])
    done += bench.say("call", "beat")
    bench.step()
    assert [f"/{lane}/" in name for (name, _), lane in zip(bench.air.sent, Lane, strict=True)] == [True, True]
    assert [type(event) for event in bench.air.events(Lane.URGENT)] == [Call]
    tables = [event for event in bench.air.events(Lane.DATA) if isinstance(event, Observations)]
    assert [len(table.devices) for table in tables] == [3]
    assert (done, bench.spool.held(Lane.URGENT)) == ([True] * 2, 1)


def test_a_source_is_told_done_only_when_the_event_is_in_the_spool(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.step(1.0)
    bench.step(1.0)
    held = bench.spool.held(Lane.DATA)
    done = bench.say(*["beat"] * (ACKS - 1))
    bench.step()
    assert (done, bench.spool.held(Lane.DATA)) == ([], held)
    done_too = bench.say("beat")
    bench.step()
    assert len(done) + len(done_too) == ACKS
    assert bench.spool.held(Lane.DATA) == held + 1


def test_a_delivery_that_says_nothing_is_done_too(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.step(1.0)
    bench.step(1.0)
    done = bench.say("nothing")
    bench.step()
    assert done == [True]


def test_one_message_that_breaks_a_translator_does_not_stop_the_others(
    made: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = made(tmp_path)
    bench.step()
    done = bench.say("crash", "call")
    bench.step()
    bench.step(1.0)
    assert [type(event) for event in bench.air.events(Lane.URGENT)] == [Call]
    assert done == [True, True]
    assert "translation failed" in caplog.text


def test_an_event_too_large_to_send_is_refused_alone(
    made: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = made(tmp_path)
    bench.say("big", "call", "big")
    bench.step()
    assert [type(event) for event in bench.air.events(Lane.URGENT)] == [Call]
    assert caplog.text.count("event refused, too large") == 2


def test_ten_megabytes_are_refused_at_the_door(made: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = made(tmp_path)
    done = bench.say("x" * 10_000_000)
    bench.step()
    assert (done, bench.words.heard) == ([True], 0)
    assert "delivery refused, too large" in caplog.text


def test_what_a_translator_remembers_survives_a_kill_with_the_call_it_belongs_to(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.say("nothing", "call")
    bench.step()
    bench.spool.close()  # as by kill -9: no agent.close
    bench.begin()
    assert bench.words.heard == 2


def test_a_clean_stop_writes_what_was_gathered(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.step()
    bench.say("beat")
    bench.agent.close(START, 0.0)
    bench.air = Air()
    bench.begin()
    for _ in range(3):
        bench.step(3.0)
    tables = [event for event in bench.air.events(Lane.DATA) if isinstance(event, Observations)]
    assert tables[0].time == START


def siren(folder: Path) -> tuple[str, ...]:
    script = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"
    return (sys.executable, "-c", script, str(folder / "rang"))


def rung(bench: Bench) -> list[Call]:
    bench.wait_for_sirens()
    file = bench.folder / "rang"
    return [msgspec.json.decode(line, type=Call) for line in file.read_bytes().splitlines()] if file.exists() else []


def test_a_call_the_store_does_not_answer_rings_on_site_once_also_after_a_restart(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path, local_alarm=list(siren(tmp_path)), local_alarm_after_s=10.0)
    bench.say("call")
    bench.step()
    bench.step(9.9)
    assert rung(bench) == []
    bench.step(0.2)
    assert [call.key for call in rung(bench)] == ["1"]
    bench.step(100.0)
    bench.agent.close(START, bench.tick)
    bench.begin()
    bench.step()
    bench.step(100.0)
    assert len(rung(bench)) == 1


def test_a_call_the_store_has_does_not_ring_on_site(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path, local_alarm=list(siren(tmp_path)))
    bench.say("call")
    bench.step()
    bench.commit()
    bench.step(5.0)
    bench.step(50.0)
    assert rung(bench) == []


@pytest.mark.parametrize("alarm", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_an_agent_with_nothing_to_do_rests(made: Made, tmp_path: Path, alarm: bool, answers: bool) -> None:
    bench = made(tmp_path, local_alarm=list(siren(tmp_path)) if alarm else [])
    for _ in range(2):
        bench.say("call", "beat")
        for _ in range(200):
            bench.step(0.25)
            if answers:
                bench.commit()
        bench.step()
        assert bench.agent.wake_at(bench.tick) > bench.tick
        bench.wait_for_sirens()
        bench.agent.close(START, bench.tick)
        bench.begin()  # an old spool now, and a broker that knows of no watermark


def test_the_heartbeat_tells_of_local_alarms(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path, local_alarm=list(siren(tmp_path)))
    bench.say("call")
    for _ in range(5):
        bench.step(15.0)
        bench.commit(Lane.DATA)
    beats = [event for event in bench.air.events(Lane.DATA) if isinstance(event, Heartbeat)]
    assert [beat.local_alarms for beat in beats] == [0, 0, 1, 1, 1]
    assert len(rung(bench)) == 1


def test_a_call_that_no_disk_takes_rings_at_once_and_is_written_later(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path, local_alarm=list(siren(tmp_path)))
    bench.step(1.0)
    pages = bench.spool._db.execute("pragma page_count").fetchone()[0]
    bench.spool._db.execute(f"pragma max_page_count = {pages}")
    bench.spool._limit_pages, unbound = pages, bench.spool._limit_pages
    words = 0
    while not bench.agent._urgent:
        bench.say(*["call"] * 20)
        words += 20
        bench.step()
        assert words < 10_000
    assert bench.spool.full
    ringing = {call.key for call in rung(bench)}
    assert ringing
    bench.spool._limit_pages = unbound
    bench.step()
    assert not bench.agent._urgent
    assert bench.spool.held(Lane.URGENT) == words
    bench.say("call")
    bench.step()
    for _ in range(words):  # the others ring in their turn; those that rang in time of need do not ring again
        bench.step(20.0)
        bench.wait_for_sirens()
    heard = [call.key for call in rung(bench)]
    assert len(heard) == len(set(heard)) == words + 1


def test_a_repeat_of_what_was_written_is_acknowledged_and_not_told_twice(made: Made, tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.step()
    bench.say("beat")  # gathered for the batch, and not written yet
    bench.agent.offer("words", Raw(None, b"call", delivery=b"delivery"))
    bench.step()
    assert [type(event) for event in bench.air.events(Lane.URGENT)] == [Call]
    assert Observations in {type(event) for event in bench.air.events(Lane.DATA)}, "what is urgent takes it along"
    bench.spool.close()  # killed before the broker had the acknowledgement
    bench.begin()
    done: list[bool] = []
    bench.agent.offer("words", Raw(None, b"call", done=lambda: done.append(True), delivery=b"delivery", repeat=True))
    bench.step(1.0)
    bench.step(1.0)
    assert done == [True]
    assert bench.spool.held(Lane.URGENT) == 1


def test_a_delivery_that_was_never_written_is_taken_although_it_is_marked_as_a_repeat(
    made: Made, tmp_path: Path
) -> None:
    bench = made(tmp_path)
    bench.agent.offer("words", Raw(None, b"call", delivery=b"unseen", repeat=True))
    bench.step()
    bench.agent.offer("words", Raw(None, b"call", delivery=b"unseen"))  # not marked: its number was used again
    bench.step()
    assert [type(event) for event in bench.air.events(Lane.URGENT)] == [Call, Call]


def test_deliveries_are_remembered_no_longer_than_they_can_be_repeated() -> None:
    repeats = Repeats()
    deliveries = [Raw(None, b"", delivery=number.to_bytes(8, "big"), repeat=True) for number in range(KEPT + 1)]
    assert not any(repeats.known(raw) for raw in deliveries)
    again = Repeats(repeats.state())
    assert [again.known(raw) for raw in (deliveries[1], deliveries[-1], deliveries[0])] == [True, True, False]
