"""The watch on the real store: what it writes, that a cut at any place changes no outcome, that a replay agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from analytics.alerts import store as alerts
from analytics.replay_command import again
from analytics.watch import PAGE_ROWS, Watch
from anxin.db.connect import SERVICE_DOWN, Connection
from anxin.log_row import LogRow
from anxin.vocabulary import Outcome, Phase
from tests.analytics.stage import DIRECTORY, Story, eventful, local
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database


@dataclass
class Store:
    """A home in the database with the same ids as the stage's, and its log."""

    database: TestDatabase
    owner: Connection

    def put(self, rows: Iterable[LogRow]) -> None:
        for row in rows:
            self.owner.execute("select anxin.ensure_partition('anxin.log', %s)", (row.received_at,))
            self.owner.execute(
                "insert into anxin.log values (0, %s, %s, %s, %s, %s, %s, %s, %s)",
                (row.arrival, row.received_at, row.facility, row.gateway, row.lane, row.epoch, row.seq, row.payload),
            )

    @contextmanager
    def watching(self, now: datetime) -> Iterator[Watch]:
        with self.database.connect("anxin_analytics") as connection:
            yield Watch(connection, 0, now)

    def alerts(self) -> list[tuple[Any, ...]]:
        """All that a nurse could tell apart."""
        return self.owner.execute(
            "select kind, subject, priority, late, condition_present, occurrences, onset_at, cleared_at, state,"
            " evidence"
            " from anxin.alert order by kind, subject, onset_at"
        ).fetchall()

    def versions(self) -> list[tuple[Any, ...]]:
        """Which transaction wrote each row of what the watch must remember."""
        return self.owner.execute(
            "select xmin::text from anxin.cursor union all select xmin::text from anxin.detector_state"
        ).fetchall()

    def one(self, query: str) -> Any:
        row = self.owner.execute(query).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def store(database: TestDatabase) -> Iterator[Store]:
    with database.connect() as owner:
        build(owner)
        yield Store(database, owner)


def build(owner: Connection) -> None:
    def every(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with owner.cursor() as cursor:
            cursor.executemany(statement, list(rows))

    start = local("12:00")
    owner.execute("insert into anxin.ingest_partition (partition, received_at) values (0, 'epoch')")
    owner.execute(
        "insert into anxin.facility (id, code, name, time_zone) overriding system value"
        " values (1, 'home', 'home', 'Asia/Shanghai')"
    )
    owner.execute(
        "insert into anxin.ward (id, facility_id, code, name) overriding system value values (1, 1, 'w', 'w')"
    )
    every(
        "insert into anxin.room (id, facility_id, ward_id, code, name, kind, scan_code) overriding system value"
        " values (%s, 1, 1, %s, 'r', %s, %s)",
        [
            (number, f"r{number}", kind, f"r{number}")
            for number, kind in ((1, "bedroom"), (2, "bedroom"), (7, "corridor"), (8, "bathroom"), (9, "exit"))
        ],
    )
    every(
        "insert into anxin.bed (id, facility_id, room_id, code, name, scan_code) overriding system value"
        " values (%s, 1, %s, %s, 'b', %s)",
        [(bed.id, bed.room_id, f"b{bed.id}", f"b{bed.id}") for bed in DIRECTORY.beds],
    )
    every(
        "insert into anxin.resident (id, facility_id, code, name) overriding system value values (%s, 1, %s, 'p')",
        [(number, f"p{number}") for number in (1, 2, 3)],
    )
    every(
        "insert into anxin.stay (resident_id, bed_id, starts_at) values (%s, %s, %s)",
        [(stay.resident_id, stay.bed_id, start) for stay in DIRECTORY.stays],
    )
    every(
        "insert into anxin.gateway (id, facility_id, code, name, heartbeat_s) overriding system value"
        " values (%s, 1, %s, 'g', %s)",
        [(gateway.id, gateway.code, gateway.heartbeat_s) for gateway in DIRECTORY.gateways],
    )
    every(
        "insert into anxin.device"
        " (id, facility_id, gateway_id, code, kind, room_id, bed_id, resident_id, supervision_s)"
        " overriding system value values (%s, 1, %s, %s, %s, %s, %s, %s, %s)",
        [
            (d.id, d.gateway_id, d.code, d.kind, None if d.bed_id else d.room_id, d.bed_id, d.resident_id,
             d.supervision_s)
            for d in DIRECTORY.devices
        ],
    )  # fmt: skip


def watch_all(watch: Watch, until: datetime) -> None:
    """Read the log to its end, then let time pass."""
    while watch.step(until):
        pass
    watch.step(until + timedelta(seconds=1))


def test_findings_states_and_cursor_are_written(store: Store) -> None:
    story = eventful()
    store.put(story.log)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
    assert {row[0] for row in store.alerts()} == {
        "sos_call", "routine_call", "long_lie", "went_down_got_up", "out_of_bed_long",
        "heart_rate_abnormal", "spo2_abnormal", "call_path_down", "gateway_silent", "data_gap", "clock_wrong",
        "bathroom_overstay", "door_exit_unauthorised", "blood_pressure_abnormal", "night_wander",
    }  # fmt: skip
    assert store.one("select arrival from anxin.cursor where consumer = 'analytics'") == len(story.log)
    assert store.one("select count(*) from anxin.detector_state") > 5


def test_a_tick_without_news_writes_nothing(store: Store) -> None:
    story = Story().bed("pad-1", True).at("20:05")
    store.put(story.log)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
        before = store.versions()
        for second in range(20):
            watch.step(story.now + timedelta(seconds=second))
        assert store.versions() == before


@pytest.mark.parametrize("every", [1, 7, 40])
def test_a_restart_after_every_few_rows_changes_nothing(store: Store, every: int) -> None:
    """Each part of the log is judged by a new process that knows only what the last one stored."""
    story = eventful()
    whole = outcome(store, lambda: at_once(store, story))
    for first in range(0, len(story.log), every):
        part = story.log[first : first + every]
        store.put(part)
        watch_part(store, part)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
    assert store.alerts() == whole


def test_a_lost_connection_in_the_middle_changes_nothing(store: Store) -> None:
    story = eventful()
    whole = outcome(store, lambda: at_once(store, story))
    cuts = 0
    for first in range(0, len(story.log), 9):
        part = story.log[first : first + 9]
        store.put(part)
        with cut_while_writing(store):
            try:
                watch_part(store, part)
            except SERVICE_DOWN:
                cuts += 1
        watch_part(store, part)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
    assert cuts > 3
    assert store.alerts() == whole


def watch_part(store: Store, part: list[LogRow]) -> None:
    with store.watching(part[-1].received_at) as watch:
        while watch.step(part[-1].received_at):
            pass


@contextmanager
def cut_while_writing(store: Store) -> Iterator[None]:
    """Let the server end the watch's session as soon as it writes a state, when alerts are written already."""
    store.owner.execute(
        "create or replace function public.cut() returns trigger language plpgsql security definer as"
        " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
    )
    store.owner.execute(
        "create trigger cut before insert or update on anxin.detector_state for each row execute function public.cut()"
    )
    yield
    store.owner.execute("drop trigger cut on anxin.detector_state")


def at_once(store: Store, story: Story) -> None:
    store.put(story.log)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)


def outcome(store: Store, act: Callable[[], None]) -> list[tuple[Any, ...]]:
    """Return what an act leaves behind, and clear the store."""
    act()
    alerts = store.alerts()
    for table in ("outbox", "task", "alert_history", "alert", "detector_state", "cursor", "log"):
        store.owner.execute(f"delete from anxin.{table}")
    return alerts


def test_a_replay_of_the_log_gives_the_same_alerts(store: Store) -> None:
    story = eventful()
    first = outcome(store, lambda: at_once(store, story))
    assert len(first) > 8
    assert outcome(store, lambda: at_once(store, story)) == first


def test_a_replay_finds_no_difference_and_names_one(store: Store) -> None:
    """Live in pieces with a restart at each, people act meanwhile, a rule changes: judged again it is the same, and
    what somebody tampers with is named."""
    story = eventful()
    store.owner.execute(
        "insert into anxin.account (id, facility_id, code, name, role) overriding system value"
        " values (9, 1, 'n', 'n', 'nurse')"
    )
    policy = "insert into anxin.policy (facility_id, rule, parameter, value, valid_from) values (1, %s, %s, %s, %s)"
    store.owner.execute(policy, ("bed_absence", "warn_min", "5", local("22:30")))
    for number in range(0, len(story.log), 25):
        part = story.log[number : number + 25]
        store.put(part)
        with store.watching(part[-1].received_at) as watch:
            watch_all(watch, part[-1].received_at)
        sos = store.owner.execute(
            "select id from anxin.alert where kind = 'sos_call' and acknowledged_at is null and resolved_at is null"
        ).fetchone()
        if sos is not None and number % 50 == 0:
            with store.database.connect("anxin_analytics") as connection, connection.transaction():
                alerts.arrive(connection, sos[0], 9, "b1", part[-1].received_at)
                alerts.resolve(connection, sos[0], 9, Outcome.REAL, None, part[-1].received_at)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
    with store.database.connect("anxin_analytics") as connection:
        stretch = (connection, 0, story.start, story.now + timedelta(hours=1), timedelta(), story.now)
        result = again(*stretch)
        assert result.alerts > 8
        assert result.differences == ()
        assert result.refused == ()
        store.owner.execute("delete from anxin.alert_history where action = 'recurred'")
        assert {one.what for one in again(*stretch).differences} == {"other"}


def test_a_policy_is_followed_when_it_is_reloaded(store: Store) -> None:
    story = Story().bed("pad-1", True).at("22:00").bed("pad-1", False).at("22:09")
    store.put(story.log)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
        assert store.alerts() == []
        store.owner.execute(
            "insert into anxin.policy (facility_id, resident_id, rule, parameter, value, valid_from)"
            " values (1, 1, 'bed_absence', 'warn_min', '8', %s), (1, null, 'bed_absence', 'nonsense', '1', %s)",
            (story.now, story.now),
        )
        assert watch.reload(story.now)
        assert not watch.reload(story.now)
        watch_all(watch, story.now + timedelta(seconds=20))
    assert [(row[0], row[6]) for row in store.alerts()] == [("out_of_bed_long", local("22:08"))]


def after_an_outage() -> Story:
    """An eventful night, then three pages of readings, a call and a fall among the last of them."""
    story = eventful()
    for number in range(3 * PAGE_ROWS):
        story.after(seconds=0.2).measure("oximeter-3", pulse_rate=80.0)
        if number == 3 * PAGE_ROWS - 20:
            story.call("button-1", key="fresh").fall("watch-3", Phase.CONFIRMED, "fresh")
    return story


def test_a_call_overtakes_a_backlog(store: Store) -> None:
    """The first step after an outage rings for what is fresh, with all the rest still unread."""
    story = after_an_outage()
    store.put(story.log)
    with store.watching(story.now) as watch:
        watch.step(story.now)
    told = {row[0]: row[5] for row in store.alerts()}
    assert (told["sos_call"], told["long_lie"]) == (3, 2)
    assert store.one("select arrival from anxin.cursor where consumer = 'analytics'") <= PAGE_ROWS


def test_what_overtook_a_backlog_rings_once_whenever_the_watch_is_killed(store: Store) -> None:
    """A new process for each page gives the same alerts as a watch that was never behind; the second cursor ends where
    the first does, so that it holds back no partition."""
    story = after_an_outage()

    def in_time() -> None:
        for first in range(0, len(story.log), PAGE_ROWS - 1):
            part = story.log[first : first + PAGE_ROWS - 1]
            store.put(part)
            watch_part(store, part)
        with store.watching(story.now) as watch:
            watch_all(watch, story.now)

    whole = outcome(store, in_time)
    store.put(story.log)
    left = 1
    while left:
        with store.watching(story.now) as watch:
            left = watch.step(story.now)
    with store.watching(story.now) as watch:
        watch_all(watch, story.now)
    assert store.alerts() == whole
    assert store.one("select min(arrival) from anxin.cursor where consumer like 'analytics%'") == len(story.log)
