"""Vital signs stay plausible, follow what the person does, and move as illness and script say."""

from __future__ import annotations

import statistics

from simulators.home import make_home
from simulators.illness import COURSES, NONE, begin
from simulators.people import people_of
from simulators.physiology import Vitals, vitals
from simulators.truth import Stretch
from simulators.world import World
from tests.simulators.worlds import NIGHT, home, scripted

PEOPLE = people_of(make_home(4, 60), 4)


def of(posture: str, asleep: bool = False, hour: float = 10.0, t: float = NIGHT) -> list[Vitals]:
    """Return everybody's vital signs ten minutes into such a stretch."""
    in_bed = posture == "lying"
    now = Stretch(t - 600, t + 600, "room", posture, "x", in_bed, asleep)
    return [vitals(person, now, now, t, hour) for person in PEOPLE]


def test_resting_values_are_plausible() -> None:
    """clinical.md 1.4: temperature 36.5 +- 0.28, breathing up to 28/min, saturation from 91 %."""
    seen = [body for hour in range(24) for body in of("sitting", hour=hour, t=NIGHT + hour * 3_600)]
    assert 60 < statistics.mean(body.heart for body in seen) < 82
    assert all(40 < body.heart < 115 and 9 < body.breathing < 31 for body in seen)
    assert all(86 < body.saturation <= 100 for body in seen)
    assert sum(body.saturation > 91 for body in seen) > 0.9 * len(seen)
    assert all(85 < body.systolic < 200 and body.diastolic < body.systolic for body in seen)
    assert abs(statistics.mean(body.temperature for body in seen) - 36.5) < 0.1
    assert abs(statistics.stdev(body.temperature for body in seen) - 0.28) < 0.06


def test_effort_and_sleep_move_heart_breathing_and_movement() -> None:
    mean = {
        name: [statistics.mean(getattr(body, name) for body in bodies) for bodies in (
            of("lying", asleep=True), of("lying"), of("sitting"), of("walking")
        )]
        for name in ("heart", "breathing", "movement")
    }  # fmt: skip
    assert all(values == sorted(values) for values in mean.values())
    assert mean["heart"][3] - mean["heart"][0] > 15


def test_the_heart_follows_with_a_lag() -> None:
    person = PEOPLE[0]
    lying = Stretch(NIGHT - 900, NIGHT, "room", "lying", "x", True)
    walking = Stretch(NIGHT, NIGHT + 900, "room", "walking", "x")
    at = [vitals(person, walking, lying, NIGHT + after, 10).heart for after in (0, 60, 400)]
    assert at[0] + 5 < at[1] < at[2] + 5
    assert at[2] - at[0] > 10


def test_fever_and_crisis_show_and_pass() -> None:
    person = PEOPLE[3]
    ill = begin(person, "chest_infection", NIGHT)
    assert [ill.share(t) for t in (NIGHT - 1, ill.onset, ill.crisis, ill.end)] == [0, 0, 1, 0]
    assert 0.2 < ill.share((ill.onset + ill.crisis) / 2) < 0.5
    lying = Stretch(NIGHT, NIGHT + 1e6, "room", "lying", "x", True)
    well, sick = (vitals(person, lying, lying, NIGHT + 9_000, 3, e) for e in (NONE, ill.peak))
    assert sick.heart > well.heart + 12
    assert sick.breathing > well.breathing + 5
    assert sick.saturation < well.saturation - 3


def test_fever_is_absent_in_more_than_half_of_the_infections() -> None:
    """clinical.md 1.4, S15."""
    peaks = [begin(person, "chest_infection", NIGHT).peak.temperature for person in PEOPLE]
    assert 0.3 < sum(peak > 0.8 for peak in peaks) / len(peaks) < 0.6
    assert set(COURSES) == {"chest_infection", "urinary_infection", "heart_failure", "dehydration"}


def test_a_scripted_fast_heart_rises_holds_and_comes_back() -> None:
    head = '[[incident]]\nkind = "vital"\nresident = "r-004"\nsign = "heart"\n'
    world, _ = scripted(head + "at_s = 0\nramp_s = 300\nlasts_s = 3000\nby = 60\n")
    quiet, _ = scripted("")
    extra = [world.effect("r-004", NIGHT + t).heart for t in (-1, 150, 300, 3_000, 3_150, 3_301)]
    assert extra == [0, 30, 60, 60, 30, 0]
    assert world.at("r-004", NIGHT + 1_500)[0].in_bed
    assert quiet.effect("r-004", NIGHT + 1_500) == NONE


def test_chance_brings_illness_now_and_then() -> None:
    world = World(home(60), 4)
    day = world.calendar.day_of(NIGHT)
    ill = sum(bool(world.illnesses(code, d)) for code in world.people for d in range(day, day + 120, 10))
    assert 0.01 < ill / (60 * 12) < 0.10


def test_a_home_is_as_ill_as_published() -> None:
    """clinical.md 1.4, S11: routine NEWS readings in care homes have a median of 1, and 7 % are 5 or more."""
    world = World(home(150, 3), 3)
    noon = world.calendar.noon(20_000)
    scores = [_news2(world.vitals(code, noon + (22 + 24 * day) * 3_600)) for code in world.people for day in (0, 9, 31)]
    assert statistics.median(scores) == 1
    assert 0.03 < sum(score >= 5 for score in scores) / len(scores) < 0.11


def _news2(body: Vitals) -> int:
    """The published score of a conscious person on room air (RCP 2017), as an outside yardstick of the bodies."""
    bands = (
        (body.breathing, ((8.5, 3), (11.5, 1), (20.5, 0), (24.5, 2), (1e9, 3))),
        (body.saturation, ((91.5, 3), (93.5, 2), (95.5, 1), (1e9, 0))),
        (body.systolic, ((90.5, 3), (100.5, 2), (110.5, 1), (219.5, 0), (1e9, 3))),
        (body.heart, ((40.5, 3), (50.5, 1), (90.5, 0), (110.5, 1), (130.5, 2), (1e9, 3))),
        (body.temperature, ((35.05, 3), (36.05, 1), (38.05, 0), (39.05, 1), (1e9, 2))),
    )
    return sum(next(points for limit, points in table if value < limit) for value, table in bands)
