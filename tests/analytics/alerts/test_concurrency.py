"""Several writers at once: one alert, nothing lost, and a reader of the history never skips a line. Both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from analytics.alerts import store
from analytics.alerts.escalator import Escalator
from analytics.alerts.refusal import Refused
from analytics.finding import Change, Finding
from anxin.db.connect import Connection
from anxin.vocabulary import AlertKind
from tests.support.databases import TestDatabase
from tests.support.home import Home, build
from tests.support.waiting import PATIENCE_S
from tests.support.watch import Ear

pytestmark = pytest.mark.database
NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)


@pytest.fixture
def home(database: TestDatabase) -> Home:
    with database.connect() as owner:
        return build(owner)


def sos(home: Home, change: Change = Change.BEGAN, bed: str = "bed-12") -> Finding:
    return Finding(AlertKind.SOS_CALL, home.in_bed(bed), change, NOW, "pressed")


def at_once(database: TestDatabase, *jobs: Callable[[Connection], object]) -> None:
    """Run jobs at the same time, each in a transaction of its own; refusals are fine."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[Connection], object]) -> None:
        with database.connect("anxin_analytics", autocommit=False) as connection:
            gate.wait(PATIENCE_S)
            try:
                job(connection)
            except Refused:
                connection.rollback()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(PATIENCE_S)


def waits(database: TestDatabase, future: Future[None]) -> bool:
    """Whether a job stands behind an advisory lock; False once it is through."""
    with database.connect() as connection:
        while not future.done():
            row = connection.execute(
                "select count(*) from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
            ).fetchone()
            if row == (1,):
                return True
    return False


def test_two_engines_raise_the_same_alert_once(database: TestDatabase, home: Home) -> None:
    for bed in ("bed-11a", "bed-11b", "bed-12", "bed-21a"):
        finding = sos(home, bed=bed)
        at_once(database, *[lambda c, f=finding: store.apply(c, [f], NOW) for _ in range(3)])
    with database.connect() as connection:
        rows = connection.execute("select occurrences from anxin.alert").fetchall()
    assert rows == [(3,)] * 4


def test_acknowledging_while_it_recurs_loses_neither(database: TestDatabase, home: Home) -> None:
    """Whichever comes first: two occurrences, and no acknowledgement covers an occurrence that came after it."""
    nurse = home.accounts["nurse-n"]
    for bed in ("bed-11a", "bed-11b", "bed-12", "bed-21a", "bed-21b"):
        with database.connect("anxin_analytics") as connection, connection.transaction():
            (alert_id,) = store.apply(connection, [sos(home, bed=bed)], NOW)
        again = sos(home, Change.RECURRED, bed)
        at_once(
            database,
            lambda c, f=again: store.apply(c, [f], NOW + timedelta(seconds=1)),  # type: ignore[misc]
            lambda c, i=alert_id: store.acknowledge(c, i, nurse, NOW + timedelta(seconds=1)),  # type: ignore[misc]
        )
        with database.connect() as connection:
            alert = store.load_alert(connection, alert_id)
            rows = connection.execute(
                "select action from anxin.alert_history where alert_id = %s order by id", (alert_id,)
            ).fetchall()
        actions = [action for (action,) in rows]
        assert alert.occurrences == 2
        assert sorted(actions) == ["acknowledged", "raised", "recurred"]
        assert alert.rings == (actions[-1] == "recurred")


def test_a_reader_of_the_history_skips_no_line(database: TestDatabase, home: Home) -> None:
    """The first writer has its ids but has not committed: the second waits, so no later id is seen before."""
    with database.connect("anxin_analytics", autocommit=False) as first, ThreadPoolExecutor(1) as pool:
        store.apply(first, [sos(home, bed="bed-12")], NOW)

        def second() -> None:
            with database.connect("anxin_analytics", autocommit=False) as connection:
                store.apply(connection, [sos(home, bed="bed-21a")], NOW)

        future = pool.submit(second)
        assert waits(database, future), "the second writer did not wait for the first"
        with database.connect() as reader:
            assert reader.execute("select id from anxin.alert_history").fetchall() == []
            first.commit()
            future.result(PATIENCE_S)
            ids = [id_ for (id_,) in reader.execute("select id from anxin.alert_history order by id")]
    assert len(ids) == 2


def test_readers_see_every_line_while_many_write(database: TestDatabase, home: Home) -> None:
    beds = ("bed-11a", "bed-11b", "bed-12", "bed-21a")
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        with database.connect("anxin_api") as connection:
            while True:
                last_look = done.is_set()
                rows = connection.execute(
                    "select id from anxin.alert_history where facility_id = %s and id > %s order by id limit 3",
                    (home.facility_id, seen[-1] if seen else 0),
                ).fetchall()
                seen.extend(id_ for (id_,) in rows)
                if last_look and not rows:
                    return

    def write(bed: str) -> Callable[[Connection], object]:
        def job(connection: Connection) -> None:
            for _ in range(15):
                store.apply(connection, [sos(home, bed=bed)], NOW)
                connection.commit()

        return job

    reader = threading.Thread(target=read)
    reader.start()
    at_once(database, *[write(bed) for bed in beds])
    done.set()
    reader.join(PATIENCE_S)
    with database.connect() as connection:
        written = [id_ for (id_,) in connection.execute("select id from anxin.alert_history order by id")]
    assert len(written) == 15 * len(beds)
    assert seen == written


def test_two_escalators_tell_each_level_once(database: TestDatabase, home: Home) -> None:
    with database.connect("anxin_analytics") as connection:
        for bed in home.beds:
            store.apply(connection, [sos(home, bed=bed)], NOW)
        connection.commit()

    def work(_: Connection) -> None:
        with database.connect("anxin_analytics") as own:
            while Escalator((Ear(),)).step(own, NOW):
                pass

    at_once(database, work, work)
    with database.connect() as connection:
        rows = connection.execute(
            "select alert_id, count(*) from anxin.alert_history where action = 'escalated' group by 1 order by 1"
        ).fetchall()
    assert [count for _, count in rows] == [1] * len(home.beds)
