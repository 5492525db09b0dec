"""The views beneath the dashboards: the pages' answers, the simulated home's clock, and what Grafana's role may."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from analytics.alerts import store
from analytics.finding import Change
from anxin.config import ClockSettings
from anxin.standalone.run import tell_clock
from anxin.vocabulary import OBSERVATIONS, AlertKind, ObservationKind, Outcome
from api import bedside, reading
from tests.api.house import House
from tests.dashboards.support import grafana, read, tell

pytestmark = pytest.mark.database
_AGES = (0, 5, 29, 31, 44, 46, 89, 119, 121, 599, 601, 4_000)
_KINDS = [
    OBSERVATIONS[ObservationKind(name)].code for name in ("bed_occupied", "bed_edge", "heart_rate", "respiratory_rate")
]


def _scene(house: House, chance: random.Random) -> None:
    """Devices, gateways and values in every state of health; some devices are worn, some beds have two."""
    now, run = house.clock.now(), house.connection.execute
    run("delete from anxin.current_state")
    run("delete from anxin.gateway_state")
    for (gateway,) in run("select id from anxin.gateway").fetchall():
        if chance.random() < 0.8:
            at = now - timedelta(seconds=chance.choice(_AGES[:6]))
            row = (gateway, chance.random() < 0.8, at, at)
            run("insert into anxin.gateway_state (gateway_id, up, since, heard_at) values (%s, %s, %s, %s)", row)
    for (device,) in run("select id from anxin.device where bed_id is not null or resident_id is not null").fetchall():
        promise = chance.choice((None, 0, 30, 60, 120))
        run(
            "update anxin.device set supervision_s = %s, active = %s where id = %s",
            (promise, chance.random() < 0.9, device),
        )
        for kind in chance.sample(_KINDS, chance.randint(0, 4)):
            at = now - timedelta(seconds=chance.choice(_AGES), milliseconds=chance.randint(0, 900))
            heard = at + timedelta(seconds=chance.choice((0, 0, 3, 40)))
            value = [chance.choice((None, 0.0, 0.5, 1.0, 1.0))]
            run(
                'insert into anxin.current_state (device_id, kinds, time, received_at, "values")'
                " values (%s, array[%s]::smallint[], %s, %s, %s)",
                (device, kind, at, heard, value),
            )


def test_a_bed_is_what_the_pages_say_it_is(quiet: House) -> None:
    """The dashboards' rule and the pages' rule are written twice, in SQL and in Python: they must never differ."""
    chance, seen = random.Random(5), set()
    for _ in range(12):
        _scene(quiet, chance)
        now = quiet.clock.now()
        beds = reading.beds(quiet.connection, quiet.facility_id, now)
        values = reading.bed_values(quiet.connection, quiet.facility_id, now, [bed.id for bed in beds])
        with grafana(quiet) as connection:
            rows = read(connection, "select * from report.bed").records()
        assert len(rows) == len(beds)
        for row in rows:
            page = bedside.bed_now(values.get(row["bed_id"], ()), now)
            assert (row["occupancy"], row["occupancy_at"]) == (page.occupancy, page.occupancy_at)
            assert (row["heart_rate"], row["heart_rate_at"]) == (page.heart_rate.value, page.heart_rate.at)
            respiratory = (page.respiratory_rate.value, page.respiratory_rate.at)
            assert (row["respiratory_rate"], row["respiratory_rate_at"]) == respiratory
            if page.occupancy_at is not None:
                assert row["occupancy_age_s"] == pytest.approx((now - page.occupancy_at).total_seconds())
            seen.add(page.occupancy)
    assert seen == set(bedside.Occupancy)


def test_the_present_is_the_simulated_home_s(quiet: House) -> None:
    origin = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)

    def present() -> datetime:
        with grafana(quiet) as connection:
            found = read(connection, "select report.present()").rows[0][0]
        assert isinstance(found, datetime)
        return found

    real = datetime.now(UTC)
    tell_clock(quiet.connection, ClockSettings(origin=origin, anchor=real - timedelta(hours=1), speed=60.0))
    assert origin + timedelta(hours=60) <= present() < origin + timedelta(hours=70)
    tell_clock(quiet.connection, ClockSettings(origin=origin, anchor=real + timedelta(hours=1), speed=1.0))
    assert present() < origin  # a clock that begins later; and one row replaces the other
    tell_clock(quiet.connection, ClockSettings())
    assert real - timedelta(minutes=1) < present() < real + timedelta(minutes=10)


def test_a_bed_s_past_has_no_holes_and_no_invented_ends(quiet: House) -> None:
    bed, now = quiet.beds()[0], quiet.clock.now()
    start = now - timedelta(hours=4)
    moved_in = now - timedelta(hours=3)
    quiet.connection.execute("update anxin.stay set starts_at = %s where bed_id = %s", (moved_in, quiet.bed(bed)))
    quiet.pack(bed, ObservationKind.BED_OCCUPIED, moved_in, [1.0] * 60 + [0.0] * 30 + [None] * 30)
    stop = now + timedelta(hours=1)
    with grafana(quiet) as connection:
        frame = read(connection, f"select * from report.bed_segments({quiet.bed(bed)}, '{start}', '{stop}') order by 1")
    assert [(row[0], row[2]) for row in frame.rows] == [
        (start, "free"),
        (moved_in, "in"),
        (moved_in + timedelta(minutes=60), "out"),
        (moved_in + timedelta(minutes=90), "unknown"),
        (now, "unknown"),
    ]
    assert [row[1] for row in frame.rows] == [*(row[0] for row in frame.rows[1:]), stop]


def test_a_bed_is_free_between_two_stays(quiet: House) -> None:
    bed, now = quiet.bed(quiet.beds()[0]), quiet.clock.now()
    left, came = now - timedelta(hours=3), now - timedelta(hours=1)
    quiet.connection.execute(
        "update anxin.stay set starts_at = %s, ends_at = %s where bed_id = %s", (now - timedelta(days=9), left, bed)
    )
    quiet.connection.execute(
        "insert into anxin.stay (resident_id, bed_id, starts_at, ends_at) select resident_id, bed_id, %s, %s"
        " from anxin.stay where bed_id = %s",
        (came, now - timedelta(minutes=5), bed),
    )
    start = now - timedelta(hours=4)
    with grafana(quiet) as connection:
        frame = read(connection, f"select * from report.bed_segments({bed}, '{start}', '{now}') order by 1")
        lived_in = read(connection, f"select lived_in from report.bed where bed_id = {bed}").rows
    assert [(row[0], row[2]) for row in frame.rows] == [
        (start, "unknown"), (left, "free"), (came, "unknown"), (now - timedelta(minutes=5), "free"),
    ]  # fmt: skip
    assert lived_in == [(False,)]


def test_minutes_are_means_of_what_was_measured(quiet: House) -> None:
    bed, start = quiet.beds()[0], quiet.clock.now() - timedelta(minutes=3)
    quiet.pack(bed, ObservationKind.HEART_RATE, start, [60.0, None])
    quiet.connection.execute(
        "insert into anxin.observation_pack (minute, device_id, n, start_ms, step_ms, arrival, kinds, scaled)"
        " values (%s, %s, 2, 0, 30000, 1, array[2, 1]::smallint[], array[100, 101, 640, 660]::smallint[])",
        (start + timedelta(minutes=2), quiet.sensor(bed)),
    )
    with grafana(quiet) as connection:
        frame = read(
            connection, "select minute, value, samples from report.bed_minute where kind = 'heart_rate' order by 1"
        )
    assert [row[1:] for row in frame.rows] == [(60.0, 1), (None, 0), (65.0, 2)]


def test_the_watch_is_as_late_as_its_slowest_part(quiet: House) -> None:
    def ages() -> tuple[float | None, ...]:
        with grafana(quiet) as connection:
            return read(connection, "select stored_age_s, shown_age_s, watched_age_s from report.watch").rows[0]

    quiet.connection.execute("delete from anxin.cursor")
    assert ages() == (0, None, None)  # neither projector nor detectors have worked yet
    now = quiet.clock.now()
    for consumer, partition, ago_s in (("projector", 0, 7), ("analytics", 1, 90), ("packer", 0, 300)):
        at = now - timedelta(seconds=ago_s)
        quiet.connection.execute("insert into anxin.cursor values (%s, %s, 0, %s, %s)", (consumer, partition, at, at))
    assert ages() == (0, 7, 90)


def test_equipment_that_keeps_no_promise_is_silent(quiet: House) -> None:
    bed = quiet.beds()[0]
    device, now = quiet.sensor(bed), quiet.clock.now()
    run = quiet.connection.execute

    def silent(sort: str, id_: int) -> bool | None:
        with grafana(quiet) as connection:
            sql = f"select silent from report.equipment where sort = '{sort}' and id = {id_}"
            found = read(connection, sql).rows[0][0]
        assert found is None or isinstance(found, bool)
        return found

    run("update anxin.device set supervision_s = 60 where id = %s", (device,))
    assert silent("device", device) is True  # never heard
    quiet.hear(bed, 61, bed_occupied=1)
    assert silent("device", device) is True
    run(
        "insert into anxin.device_event (partition, arrival, item, gateway_id, device_id, time, received_at, type,"
        " origin, detail) select 0, 1, 0, gateway_id, id, %s, %s, 'device_status', 'live', '{}'"
        " from anxin.device where id = %s",
        (now, now, device),
    )
    assert silent("device", device) is False  # what is no measurement is heard as well
    run("update anxin.device set supervision_s = null where id = %s", (device,))
    assert silent("device", device) is None
    gateway = quiet.one("select gateway_id from anxin.device where id = %s", device)
    assert silent("gateway", gateway) is False
    quiet.hear_gateways(ago_s=3_600)
    assert silent("gateway", gateway) is True
    quiet.hear_gateways(up=False)
    assert silent("gateway", gateway) is True


def test_who_arrives_first_has_taken_it(quiet: House) -> None:
    bed, now = quiet.beds()[0], quiet.clock.now()
    alert = quiet.alert(AlertKind.FALL_CONFIRMED, bed, 600)
    quiet.alert(AlertKind.FALL_CONFIRMED, bed, 300, Change.RECURRED)
    nurse = quiet.account("nurse1")
    with quiet.database.connect("anxin_api", autocommit=False) as connection:
        store.arrive(connection, alert, nurse, f"scan-{bed}", now - timedelta(seconds=200))
        store.resolve(connection, alert, nurse, Outcome.TEST, None, now)
    with grafana(quiet) as connection:
        (row,) = read(connection, "select * from report.alert").records()
    assert (row["acknowledge_s"], row["arrive_s"], row["outcome"], row["occurrences"]) == (400, 400, "test", 2)
    assert row["day"] == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight in Shanghai


def test_grafana_s_role_reads_reports_and_nothing_else(quiet: House) -> None:
    with grafana(quiet) as connection:
        views = read(connection, "select viewname from pg_views where schemaname = 'report' order by 1").column(
            "viewname"
        )
        for view in views:
            read(connection, f"select * from report.{view} limit 1")
        for forbidden in (
            "select * from anxin.alert", "select * from anxin.simulated_clock", "select * from family.resident",
            "select * from anxin.bed_segments(1, now(), now())",
        ):  # fmt: skip
            with pytest.raises(errors.InsufficientPrivilege):
                read(connection, forbidden)
    tell(quiet)
    assert {"alert", "bed", "bed_minute", "bed_place", "equipment", "ward", "watch"} <= set(views)


def test_two_beds_of_one_name_are_told_apart(quiet: House) -> None:
    quiet.connection.execute("update anxin.bed set name = '1' where code in (%s, %s)", tuple(quiet.beds()[:2]))
    with grafana(quiet) as connection:
        labels = read(connection, "select label from report.bed_place").column("label")
    assert len(set(labels)) == len(labels) and any(label.endswith(quiet.beds()[0]) for label in labels)
