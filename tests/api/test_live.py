"""The live stream: replay, fan-out, slow readers, a lost database, and a proper end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import msgspec
import pytest

from anxin.clock import ManualClock
from anxin.db.connect import SERVICE_DOWN
from anxin.vocabulary import AlertKind
from api import hub, live
from api.app import create
from api.people import COOKIE, find_person, token_hash
from api.web import Web
from tests.api.conftest import SignIn
from tests.api.house import PASSWORD, House
from tests.support.browser import Served
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.database


@dataclass
class Stream:
    """The events of one open stream, read as they come."""

    lines: Iterator[str]
    events: list[tuple[str, str | None, Any]] = field(default_factory=list)

    def next(self) -> tuple[str, str | None, Any]:
        """Return (event, id, data) of the next event that has data."""
        name, id_ = "message", None
        for line in self.lines:
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "id":
                id_ = value
            elif key == "data":
                data = json.loads(value)
            elif not line and name != "message":
                self.events.append((name, id_, data))
                return self.events[-1]
        raise EOFError("the stream ended")

    def alert(self) -> tuple[str, str | None, Any]:
        """Return the next event that is no beat."""
        while (event := self.next())[0] == "beat":
            pass
        return event


@contextmanager
def listen(client: httpx.Client, query: str = "", path: str = "/live", **headers: str) -> Iterator[Stream]:
    with client.stream("GET", path + query, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.iter_lines())


def test_an_alert_reaches_every_page_of_its_home_and_is_replayed(house: House, sign_in: SignIn) -> None:
    nurse, wall = sign_in("nurse1"), sign_in("wall")
    with listen(nurse) as first, listen(wall) as second:
        beat = first.next()
        assert (beat[0], beat[2]["now"], beat[2]["speed"]) == ("beat", "2026-03-01T18:00:00Z", 0.0)
        second.next()
        alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
        for stream in (first, second):
            name, _, data = stream.alert()
            assert (name, data["alert_id"], data["priority"], data["state"]) == ("alert", alert, 1, "on")
        seen = first.events[-1][1]
    later = house.alert(AlertKind.SOS_CALL, house.beds()[1])
    with listen(nurse, "?last=0", **{"last-event-id": str(seen)}) as again:
        assert again.alert()[2]["alert_id"] == later
    with listen(nurse, "?last=0") as whole:
        assert [whole.alert()[2]["alert_id"] for _ in range(2)] == [alert, later]


def test_the_first_page_that_shows_an_alert_is_noted(house: House, sign_in: SignIn) -> None:
    def told(alert: int) -> datetime | None:
        row = house.connection.execute("select notified_at from anxin.alert where id = %s", (alert,)).fetchone()
        assert row is not None
        return cast("datetime | None", row[0])

    def until_told(stream: Stream, alert: int) -> None:
        """The note is taken beside the stream, in which a beat is due every 2 s."""
        beats = 0
        while told(alert) is None and beats < 30:
            beats += stream.next()[0] == "beat"

    before = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    with listen(sign_in("integrator"), path="/api/v1/live") as program:
        program.next()
        later = house.alert(AlertKind.SOS_CALL, house.beds()[1])
        program.alert()
        program.next()
        assert (told(before), told(later)) == (None, None)
    with listen(sign_in("wall")) as wall:
        until_told(wall, later)
        assert told(before) == told(later) == house.clock.now()
        house.clock.forward(timedelta(minutes=1))
        newest = house.alert(AlertKind.ROUTINE_CALL, house.beds()[2])
        until_told(wall, newest)
        assert told(newest) == house.clock.now()
        assert told(before) == house.clock.now() - timedelta(minutes=1)


def test_what_comes_before_the_hub_follows_is_told_once_it_does(house: House, sign_in: SignIn) -> None:
    web = Web(house.settings, house.clock)
    web.pool.open(wait=True)
    token = token_hash(sign_in("nurse1").cookies[COOKIE])
    with web.store() as connection:
        person = find_person(connection, token, house.clock.now(), web.lasts)
    assert person is not None

    async def told() -> list[str]:
        listener = hub.Listener(person.facility_id, asyncio.get_running_loop())
        assert web.hub.join(listener)
        stream = live._stream(web, person, listener, 0)
        parts = [(await anext(stream)).decode() for _ in range(3)]  # the store answers, but the hub does not follow yet
        house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
        web.hub.step(0)
        parts += [(await anext(stream)).decode() for _ in range(2)]
        await stream.aclose()
        return ["alert" if "event: alert" in part else "other" for part in parts]

    try:
        assert asyncio.run(told()).count("alert") == 1
    finally:
        web.hub.drop_connection()
        web.close()


def test_names_do_not_stand_in_the_stream(house: House, sign_in: SignIn) -> None:
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    (name,) = house.connection.execute(
        "select name from anxin.resident where id = %s", (house.resident_in(house.beds()[0]),)
    ).fetchone() or ("",)
    with listen(sign_in("nurse1"), "?last=0") as stream:
        assert name not in json.dumps(stream.alert(), ensure_ascii=False)


def test_a_page_that_missed_too_much_is_told_to_start_again(
    house: House, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live.MAX_REPLAY", 1)
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    with listen(sign_in("nurse1"), "?last=0") as stream:
        assert stream.alert()[0] == "reset"


def test_relatives_hear_nothing(sign_in: SignIn) -> None:
    assert sign_in("family1").get("/live").status_code == 403


def test_streams_are_ended_and_not_broken_off(house: House) -> None:
    server = Served(create(house.settings, house.clock))
    server.start()
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        client.post("/login", data={"account": "nurse1", "password": PASSWORD})
        with listen(client) as stream:
            stream.next()
            server.stop()
            with pytest.raises(EOFError, match="the stream ended"):
                stream.alert()


def test_the_hub_survives_a_lost_database_and_misses_nothing(house: House) -> None:
    ear = hub.Hub(house.database.settings)
    ear.step(0)
    house.connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
        (house.database.settings.name,),
    )
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    with pytest.raises(SERVICE_DOWN):
        ear.step(0)
    ear.drop_connection()
    assert ear.step(0) == 1
    assert ear.pulse.store
    ear.stop()
    ear.drop_connection()


def test_a_pulse_that_cannot_be_felt_keeps_no_alert_from_the_pages(house: House) -> None:
    ear = hub.Hub(msgspec.structs.replace(house.database.settings, statement_timeout_ms=2_000))
    ear.step(0)
    loop = asyncio.new_event_loop()
    listener = hub.Listener(house.facility_id, loop)
    ear.join(listener)
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    with house.connection.transaction():
        house.connection.execute("lock table anxin.ingest_partition in access exclusive mode")
        with pytest.raises(SERVICE_DOWN):
            ear.step(0)
    item = loop.run_until_complete(asyncio.wait_for(listener.queue.get(), PATIENCE_S))
    assert item is not None and item.kind == "fall_confirmed"
    ear.leave(listener)
    ear.stop()
    ear.drop_connection()
    loop.close()


def test_a_slow_reader_is_cut_off() -> None:
    async def scene() -> bool:
        listener = hub.Listener(1, asyncio.get_running_loop())
        for _ in range(hub.MAX_WAITING + 1):
            listener.give(None)
        return listener.overrun

    assert asyncio.run(scene())


def test_the_clock_of_the_home_is_in_every_beat(house: House, served: Served, sign_in: SignIn) -> None:
    assert isinstance(house.clock, ManualClock)
    with listen(sign_in("wall")) as stream:
        stream.next()
        house.clock.forward(timedelta(hours=1))
        assert stream.next()[2]["now"] == "2026-03-01T19:00:00Z"
