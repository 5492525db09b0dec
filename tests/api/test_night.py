"""The night as the store sees it, against a plain model that looks at every second."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anxin.clock import ManualClock
from anxin.db.connect import Connection
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from api.model import Segment
from api.reading import bed_segments
from tests.api.house import House, build
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database
START = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
LENGTH_S = 1_800
HOLD_S = 120
OCCUPIED, HEART = (OBSERVATIONS[kind].code for kind in (ObservationKind.BED_OCCUPIED, ObservationKind.HEART_RATE))

# (second, value): value None is an explicit unknown, -1 a message of the same sensor about something else.
samples = st.lists(st.tuples(st.integers(-300, LENGTH_S + 60), st.sampled_from([0, 1, None, -1])), max_size=12)


def model(told: list[tuple[int, int | None]]) -> list[str]:
    """Return the state of every second: the last word, while the sensor is heard every HOLD_S seconds."""
    states = []
    for second in range(LENGTH_S):
        state, heard = "unknown", None
        for at, value in told:
            if at > second:
                break
            if heard is not None and at > heard + HOLD_S:
                state = "unknown"
            heard = at
            if value != -1:
                state = {0: "out", 1: "in", None: "unknown"}[value]
        alive = heard is not None and second < heard + HOLD_S
        states.append(state if alive else "unknown")
    return states


def store(connection: Connection, sensor: int, told: list[tuple[int, int | None]]) -> None:
    """Write each sample as a pack of its own, as the packer would."""
    connection.execute("delete from anxin.observation_pack")
    for at, value in told:
        moment = START + timedelta(seconds=at)
        minute = moment.replace(second=0)
        code, scaled = (HEART, 700) if value == -1 else (OCCUPIED, value)
        connection.execute(
            "insert into anxin.observation_pack (minute, device_id, n, start_ms, step_ms, arrival, kinds, scaled)"
            " values (%s, %s, 1, %s, 0, 1, array[%s]::smallint[], array[%s]::smallint[])",
            (minute, sensor, moment.second * 1_000, code, scaled),
        )


@pytest.fixture
def night_house(database: TestDatabase, clock: ManualClock) -> House:
    house = build(database, clock, residents=12)
    for day in range(-1, 2):
        moment = START + timedelta(days=day)
        house.connection.execute("select anxin.ensure_partition('anxin.observation_pack', %s)", (moment,))
    bed = house.beds()[0]
    house.connection.execute("update anxin.device set supervision_s = %s where id = %s", (HOLD_S, house.sensor(bed)))
    return house


def test_every_second_of_a_night_is_told_right(night_house: House) -> None:
    house, bed = night_house, night_house.beds()[0]
    sensor, resident = house.sensor(bed), house.resident_in(bed)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(samples)
    def check(told: list[tuple[int, int | None]]) -> None:
        told = sorted(dict(told).items())
        store(house.connection, sensor, told)
        stop = START + timedelta(seconds=LENGTH_S)
        found = bed_segments(house.connection, resident, START, stop)
        assert (found[0].starts_at, found[-1].ends_at) == (START, stop)
        for before, after in itertools.pairwise(found):
            assert before.ends_at == after.starts_at
            assert before.state != after.state
        assert by_second(found) == model(told)

    check()
    house.connection.close()


def by_second(segments: list[Segment]) -> list[str]:
    return [s.state for s in segments for _ in range(int((s.ends_at - s.starts_at).total_seconds()))]


def test_nights_are_those_of_the_home_also_when_clocks_change(database: TestDatabase) -> None:
    with database.connect() as connection:
        now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)  # Berlin went to summer time this morning
        rows = connection.execute("select * from anxin.nights(%s, 'Europe/Berlin', 2)", (now,)).fetchall()
    assert [(str(night), start.hour, stop.hour) for night, start, stop in rows] == [
        ("2026-03-28", 20, 5),
        ("2026-03-27", 20, 6),
    ]


def test_another_residents_stay_in_the_same_bed_is_not_shown(night_house: House) -> None:
    house, bed = night_house, night_house.beds()[0]
    store(house.connection, house.sensor(bed), [(at, 1) for at in range(0, LENGTH_S, 60)])
    moved = START + timedelta(seconds=600)
    house.connection.execute("update anxin.stay set ends_at = %s where bed_id = %s", (moved, house.bed(bed)))
    resident = house.one("select resident_id from anxin.stay where bed_id = %s", house.bed(bed))
    found = bed_segments(house.connection, resident, START, START + timedelta(seconds=LENGTH_S))
    assert [segment.state for segment in found] == ["in", "unknown"]
    assert found[0].ends_at == moved
    house.connection.close()
