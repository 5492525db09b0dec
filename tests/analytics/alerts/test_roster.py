"""Shifts of certain days, absences and swaps, and plans of the home's own. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.escalation import PLANS, Level, OwnPlan, Plan, Plans, advance
from analytics.alerts.model import Action
from analytics.alerts.roster import Absence, Duty, Post, Roster
from anxin.vocabulary import AlertKind, Priority
from tests.analytics.alerts.test_escalation import ALERT, CHAIN, NIGHT

ZONE = "Asia/Shanghai"  # NIGHT is Monday, 2 March 2026, 02:10 there
WEEKEND = frozenset({6, 7})
NIGHT_SHIFT = Duty(1, Post.CARER, 1, time(21), time(7), "night")


def on(*duties: Duty, absences: tuple[Absence, ...] = (), at: datetime = NIGHT) -> tuple[int, ...]:
    return Roster(ZONE, duties, absences).on_duty(tuple(Post), 1, at)


def away(account: int, substitute: int | None = None, hours: float = 24) -> Absence:
    return Absence(account, substitute, NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=hours))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    sunday_night = replace(NIGHT_SHIFT, days=WEEKEND)
    assert on(sunday_night) == (1,)
    assert on(sunday_night, at=NIGHT + timedelta(hours=20)) == ()  # Monday 22:10
    assert on(replace(sunday_night, days=frozenset({1}))) == ()


@pytest.mark.parametrize(
    ("first", "last", "there"),
    [
        (None, date(2026, 3, 1), True),
        (date(2026, 3, 1), None, True),
        (date(2026, 3, 2), None, False),
        (None, date(2026, 2, 28), False),
    ],
)
def test_dates_bound_the_day_on_which_it_begins(first: date | None, last: date | None, there: bool) -> None:
    assert on(replace(NIGHT_SHIFT, first_day=first, last_day=last)) == ((1,) if there else ())


def test_who_is_absent_is_not_told_and_who_stands_in_is() -> None:
    assert on(NIGHT_SHIFT, absences=(away(1),)) == ()
    assert on(NIGHT_SHIFT, absences=(away(1, 5),)) == (5,)
    assert on(NIGHT_SHIFT, absences=(away(1, 5, hours=0),)) == (1,)
    assert on(NIGHT_SHIFT, absences=(away(1, 5), away(5, 6))) == (6,)
    assert on(NIGHT_SHIFT, absences=(away(1, 5), away(5))) == ()


def test_two_who_stand_in_for_each_other_are_nobody() -> None:
    assert on(NIGHT_SHIFT, absences=(away(1, 5), away(5, 1))) == ()


@given(st.lists(st.tuples(st.integers(1, 5), st.none() | st.integers(1, 5)), max_size=8))
def test_any_web_of_swaps_ends_and_gives_nobody_who_is_absent(pairs: list[tuple[int, int | None]]) -> None:
    absences = tuple(away(who, other) for who, other in pairs if who != other)
    there = on(*(replace(NIGHT_SHIFT, account_id=account) for account in range(1, 6)), absences=absences)
    assert not {absence.account_id for absence in absences} & set(there)


def test_turns_say_from_when_to_when_and_who() -> None:
    roster = Roster(ZONE, (NIGHT_SHIFT,), (Absence(1, 5, NIGHT - timedelta(hours=12), NIGHT),))
    (turn,) = roster.turns(date(2026, 3, 1))
    zone = ZoneInfo(ZONE)
    assert (turn.starts_at, turn.ends_at) == (
        datetime(2026, 3, 1, 21, tzinfo=zone),
        datetime(2026, 3, 2, 7, tzinfo=zone),
    )
    assert turn.account_id == 5


@given(st.integers(0, 360 * 24 * 60), st.integers(1, 48))
def test_every_shift_begins_once_however_time_is_cut(minute: int, pieces: int) -> None:
    roster = Roster(
        "Europe/Berlin", (NIGHT_SHIFT, replace(NIGHT_SHIFT, account_id=2, starts=time(2, 30), ends=time(3)))
    )
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    end = begin + timedelta(hours=30)
    whole = [(turn.duty.account_id, turn.starts_at) for turn in roster.begun(begin, end)]
    cuts = [begin + (end - begin) * i / pieces for i in range(pieces + 1)]
    cut = [
        (turn.duty.account_id, turn.starts_at) for since, until in pairwise(cuts) for turn in roster.begun(since, until)
    ]
    assert sorted(cut) == sorted(whole)
    assert len(set(whole)) == len(whole)


def _plan(*seconds: int, channels: tuple[str, ...] = ()) -> Plan:
    posts = (Post.NURSE, Post.SHIFT_LEAD, Post.PHONE)
    levels = [Level(timedelta(seconds=s), (post,), channels) for s, post in zip(seconds, posts, strict=False)]
    return Plan(tuple(levels), timedelta(seconds=90))


def test_the_kind_goes_before_the_ward_and_the_ward_before_the_shift() -> None:
    high = Priority.HIGH
    kind = OwnPlan(_plan(0), high, kind=AlertKind.SOS_CALL)
    ward, shift, all_ = (
        OwnPlan(_plan(1), high, ward_id=1),
        OwnPlan(_plan(2), high, shift="night"),
        OwnPlan(_plan(3), high),
    )
    others = (
        OwnPlan(_plan(4), high, kind=AlertKind.FALL_CONFIRMED),
        OwnPlan(_plan(5), high, ward_id=2),
        OwnPlan(_plan(6), Priority.MEDIUM),
    )
    night = frozenset({"night"})
    order = (kind, ward, shift, all_)
    for index in range(len(order)):
        assert Plans((*others, *order[index:])).of(ALERT, night) is order[index].plan
    assert Plans((*others, shift)).of(ALERT, frozenset({"day"})) is PLANS[high]
    assert Plans(others).of(replace(ALERT, priority=Priority.LOW), night) is None


def test_a_plan_of_the_home_says_who_when_and_by_which_channels() -> None:
    plans = Plans((OwnPlan(_plan(0, 30, channels=("voice",)), Priority.HIGH),))
    first = advance(ALERT, Roster(ZONE, CHAIN), NIGHT, plans)
    assert (first.recipients, first.channels) == ((2,), ("voice",))
    assert first.alert.next_step_at == NIGHT + timedelta(seconds=30)
    second = advance(first.alert, Roster(ZONE, CHAIN), NIGHT + timedelta(seconds=30), plans)
    assert second.recipients == (3,)
    third = advance(second.alert, Roster(ZONE, CHAIN), NIGHT + timedelta(seconds=120), plans)
    assert (third.recipients, third.channels) == ((2, 3), ())
    assert third.entries[-1].detail["levels"] == 2


def test_a_plan_that_changes_in_mid_escalation_goes_on_at_the_same_step() -> None:
    roster = Roster(ZONE, CHAIN)
    climbed = replace(ALERT, step=3)
    shorter = Plans((OwnPlan(_plan(0, 30), Priority.HIGH),))
    round_ = advance(climbed, roster, NIGHT, shorter)
    assert round_.recipients == (2, 3)
    assert round_.alert.next_step_at == NIGHT + timedelta(seconds=90)


def test_the_shift_changes_in_mid_escalation() -> None:
    night, day = (
        replace(CHAIN[1], starts=time(21), ends=time(2, 11)),
        replace(CHAIN[1], account_id=8, starts=time(2, 11)),
    )
    roster = Roster(ZONE, (CHAIN[0], night, day))
    first = advance(ALERT, roster, NIGHT)
    second = advance(first.alert, roster, NIGHT + timedelta(seconds=60))
    assert second.recipients == (1, 8)
    assert [entry.action for entry in second.entries] == [Action.ESCALATED]
