"""A world is whole, the same for the same seed, independent between residents, and has the published base rates."""

from __future__ import annotations

import statistics
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import incidents
from simulators.calendar import DAY_S, Calendar
from simulators.home import make_home
from simulators.people import Mobility, people_of
from simulators.timeline import truth
from simulators.truth import OUTSIDE, Moment, Span, Stretch
from simulators.world import World
from tests.simulators.worlds import NIGHT, home, scripted

CALENDAR = Calendar("Asia/Shanghai")
DAY = CALENDAR.day_of(NIGHT)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), day=st.integers(18_000, 24_000))
def test_a_day_is_whole_from_noon_to_noon(seed: int, day: int) -> None:
    world = World(home(3), seed)
    for code in world.people:
        stretches = world.day(code, day)
        assert (stretches[0].start, stretches[-1].end) == (CALENDAR.noon(day), CALENDAR.noon(day + 1))
        assert all(a.end == b.start for a, b in pairwise(stretches))
        assert all(s.end > s.start for s in stretches)
        rooms = {room.code for ward in world.facility.wards for room in ward.rooms} | {OUTSIDE}
        assert all(s.room in rooms and (not s.asleep or s.in_bed) for s in stretches)


def test_the_same_seed_gives_the_same_days_in_any_order() -> None:
    one, other = World(home(), 5), World(home(), 5)
    forth = {(code, day): one.day(code, day) for day in range(DAY, DAY + 6) for code in one.people}
    back = {(code, day): other.day(code, day) for day in reversed(range(DAY, DAY + 6)) for code in other.people}
    assert forth == back
    assert World(home(), 6).day("r-001", DAY) != one.day("r-001", DAY)


def test_a_residents_day_does_not_change_when_another_moves_in() -> None:
    few, many = World(make_home(1, 3), 1), World(make_home(1, 3), 1)
    many_people = World(make_home(1, 4), 1)
    assert few.day("r-002", DAY) == many.day("r-002", DAY) == many_people.day("r-002", DAY)


def test_at_finds_the_stretch_and_the_one_before_it() -> None:
    world = World(home(), 1)
    stretches = world.day("r-001", DAY)
    assert world.at("r-001", stretches[5].start) == (stretches[5], stretches[4])
    assert world.at("r-001", stretches[0].start) == (stretches[0], world.day("r-001", DAY - 1)[-1])
    assert world.at("r-001", stretches[5].end - 0.001)[0] == stretches[5]


def test_falls_come_at_the_published_base_rate_and_hours() -> None:
    """clinical.md 3.1: 0.45 per 100 resident-days, 75 % in room or bathroom, peaks at 10-12 and 14-20 h."""
    people = people_of(make_home(2, 100), 2)
    days = range(19_000, 19_200)
    falls: list[Moment] = []
    for person in people:
        for day in days:
            drawn = incidents.drawn(person, day, CALENDAR.noon(day), ())
            falls += [moment for overlay in drawn for moment in overlay.moments if moment.kind == "fall"]
    rate = 100 * len(falls) / (len(people) * len(days))
    assert 0.35 < rate < 0.55, f"{rate:.2f} falls per 100 resident-days"
    private = sum("-bath" in fall.detail or fall.detail.split("-")[1].isdigit() for fall in falls)
    assert 0.65 < private / len(falls) < 0.85
    hours = [CALENDAR.hour(fall.at) for fall in falls]
    peak = sum(10 <= hour < 12 or 14 <= hour < 20 for hour in hours)
    assert 0.42 < peak / len(falls) < 0.68  # 8 of 24 hours


def test_night_trips_have_the_published_number_and_length() -> None:
    """clinical.md 2.4: 3.34 trips of 15.2 min for the more able, 1.83 of 13.8 min for the less able."""
    world = World(make_home(2, 30), 2, chance=False)
    for mobility, mean, minutes in ((Mobility.INDEPENDENT, 3.34, 15.2), (Mobility.ASSISTED, 1.83, 13.8)):
        numbers, lengths = [], []
        for person in [p for p in world.people.values() if p.mobility == mobility][:8]:
            for day in range(19_000, 19_200, 5):
                out = _night_trips(world.day(person.code, day))
                numbers.append(len(out))
                lengths += out
        assert abs(statistics.mean(numbers) - mean) < 0.18 * mean, mobility
        assert abs(statistics.mean(lengths) / 60 - minutes) < 0.15 * minutes, mobility
        assert 5 < statistics.stdev(lengths) / 60 < 13, mobility


def _night_trips(stretches: list[Stretch]) -> list[float]:
    """Return the lengths, in seconds, of the times out of bed between falling asleep and the morning."""
    noon = stretches[0].start
    night = [s for s in stretches if s.asleep and noon + 8 * 3_600 < s.start < noon + 19.5 * 3_600]
    between = [s for s in stretches if night and night[0].start < s.start < night[-1].start]
    lengths: list[float] = []
    before: Stretch | None = None
    for stretch in between:
        if not stretch.in_bed and (before is None or before.in_bed):
            lengths.append(0.0)
        if not stretch.in_bed:
            lengths[-1] += stretch.end - stretch.start
        before = stretch
    return lengths


def test_a_carer_who_comes_ends_a_fall() -> None:
    text = '[[incident]]\nkind = "fall"\nresident = "r-002"\nat_s = 100\nup_after_s = 3000\n'
    fallen = scripted(text)[0]
    assert [s.end - s.start for s in truth_of(fallen, "fallen")] == [3_000]
    drawn = next(
        (person, day)
        for person in people_of(make_home(2, 60), 2)
        for day in range(19_000, 19_400)
        if any(len(o.stretches) > 4 and [m.kind for m in o.moments[:1]] == ["fall"] for o in _drawn(person, day))
    )
    world = World(make_home(2, 60), 2)
    person, day = drawn
    fall = next(m for m in world.moments(person.code, CALENDAR.noon(day), CALENDAR.noon(day + 1)) if m.kind == "fall")
    before = world.at(person.code, fall.at)[0]
    world.help(person.code, fall.at + 5)
    after = world.at(person.code, fall.at)[0]
    assert before.posture == after.posture == "floor"
    assert after.end - fall.at <= min(before.end - fall.at, 5 + incidents.LIFT_S)


def _drawn(person: object, day: int) -> list[incidents.Overlay]:
    return incidents.drawn(person, day, CALENDAR.noon(day), ())  # type: ignore[arg-type]


def truth_of(world: World, kind: str) -> list[Span]:
    found = truth(world, NIGHT - 10 * 3_600, NIGHT + 7_200)
    return [item for item in found if isinstance(item, Span) and item.kind == kind]


def test_out_of_bed_and_leaving_are_in_the_truth() -> None:
    world, _ = scripted(
        '[[incident]]\nkind = "out_of_bed"\nresident = "r-001"\nat_s = -1170\nlasts_s = 3600\n'
        '[[incident]]\nkind = "leave"\nresident = "r-002"\nat_s = 600\nlasts_s = 900\n'
    )
    assert (NIGHT - 1_170, NIGHT - 1_170 + 3_600) in _gaps(
        [s for s in truth_of(world, "in_bed") if s.resident == "r-001"]
    )
    assert [(s.start, s.end, s.detail) for s in truth_of(world, "left_building")] == [
        (NIGHT + 600, NIGHT + 1_500, "alone")
    ]
    kinds = [m.kind for m in world.moments("r-002", NIGHT, NIGHT + 3_600)]
    assert kinds == ["exit", "return"]


def _gaps(spans: list[Span]) -> list[tuple[float, float]]:
    return [(a.end, b.start) for a, b in pairwise(spans)]


@settings(max_examples=15)
@given(cut=st.floats(0, 6 * 3_600))
def test_the_truth_is_the_same_however_the_time_is_cut(cut: float) -> None:
    world = World(home(6, 3), 3)
    end = NIGHT + 6 * 3_600
    whole = truth(world, NIGHT, end)
    assert whole == truth(world, NIGHT, NIGHT + cut) + truth(world, NIGHT + cut, end)


def test_the_truth_says_what_holds_at_the_beginning() -> None:
    world = World(home(6, 3), 3)
    rooms = [s for s in truth(world, NIGHT, NIGHT + 1, ongoing=True) if s.kind == "room"]
    assert sorted(s.resident for s in rooms) == sorted(world.people)
    assert all(isinstance(s, Span) and s.start == NIGHT and s.end > NIGHT for s in rooms)
    assert len(truth(world, NIGHT, NIGHT + 1)) < len(rooms)


def test_an_illness_is_in_the_truth_and_brings_more_night_trips() -> None:
    text = """[[incident]]\nkind = "unwell"\nresident = "{}"\nat_s = -216000\nillness = "urinary_infection"
    severity = 2.0\nrise_hours = 60\n"""
    able = [p.code for p in people_of(home(60), 1) if p.mobility == Mobility.INDEPENDENT]
    well, ill = scripted("", 60)[0], scripted("\n".join(map(text.format, able)), 60)[0]
    noon = CALENDAR.noon(DAY)
    spans = [s for s in truth(ill, noon - 5 * DAY_S, noon) if s.kind == "unwell"]
    assert sorted(s.resident for s in spans) == able
    sick, healthy = (sum(len(_night_trips(world.day(code, DAY))) for code in able) for world in (ill, well))
    assert sick > 1.4 * healthy
