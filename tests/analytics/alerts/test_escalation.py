"""Who is on duty, and to whom an alert goes next. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.escalation import PLANS, advance
from analytics.alerts.model import Action, Alert
from analytics.alerts.roster import Duty, Post, Roster
from analytics.finding import Subject
from anxin.vocabulary import AlertKind, Priority

NIGHT = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)  # 02:10 in Shanghai
ALERT = Alert(
    *(7, AlertKind.SOS_CALL, Subject(1, ward_id=1), "ward:1", Priority.HIGH, True, True, False, True, 1),
    *(NIGHT, NIGHT, NIGHT),
    next_step_at=NIGHT,
)


def duty(account: int, post: Post = Post.CARER, ward: int | None = 1, hours: tuple[int, int] = (0, 0)) -> Duty:
    return Duty(account, post, ward, time(hours[0]), time(hours[1]))


def roster(*duties: Duty, zone: str = "Asia/Shanghai") -> Roster:
    return Roster(zone, duties)


CHAIN = (duty(1), duty(2, Post.NURSE), duty(3, Post.SHIFT_LEAD), duty(4, Post.PHONE))


@pytest.mark.parametrize(
    ("hours", "at", "on"),
    [
        ((21, 7), time(21), True),
        ((21, 7), time(6, 59, 59), True),
        ((21, 7), time(7), False),
        ((7, 21), time(20, 59), True),
        ((7, 21), time(21), False),
        ((8, 8), time(8), True),
        ((0, 0), time(23, 59), True),
    ],
)
def test_a_shift_begins_at_its_first_minute_and_is_over_at_its_last(hours: tuple[int, int], at: time, on: bool) -> None:
    assert duty(1, hours=hours).covers(at) is on


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 24 * 60 - 1))
def test_two_shifts_that_share_a_day_are_never_both_off(first: int, second: int, minute: int) -> None:
    at = time(minute // 60, minute % 60)
    day, night = duty(1, hours=(first, second)), duty(2, hours=(second, first))
    assert day.covers(at) or night.covers(at)
    if first != second:
        assert not (day.covers(at) and night.covers(at))


def test_the_clock_on_the_wall_counts_also_when_it_is_put_forward() -> None:
    """In Berlin the hour from 02:00 does not exist on 29 March 2026; the shift from 02:00 starts at 03:00."""
    early = roster(duty(1, hours=(2, 6)), zone="Europe/Berlin")
    before, after = datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert early.on_duty([Post.CARER], 1, before) == ()
    assert early.on_duty([Post.CARER], 1, after) == (1,)


def test_a_ward_is_served_by_its_own_people_and_by_those_of_all_wards() -> None:
    people = roster(duty(1, ward=1), duty(2, ward=2), duty(3, ward=None), duty(3, ward=1))
    assert people.on_duty([Post.CARER], 1, NIGHT) == (1, 3)
    assert people.on_duty([Post.CARER], None, NIGHT) == (1, 2, 3)


def climb(alert: Alert, people: Roster, rounds: int) -> list[tuple[float, tuple[int, ...]]]:
    """Let nobody answer; return for each round the seconds since the start and who was told."""
    told = []
    for _ in range(rounds):
        assert alert.next_step_at is not None
        round_ = advance(alert, people, alert.next_step_at)
        told.append(((alert.next_step_at - NIGHT).total_seconds(), round_.recipients))
        alert = round_.alert
    return told


def test_high_climbs_and_then_repeats_for_ever() -> None:
    assert climb(ALERT, roster(*CHAIN), 6) == [
        *[(0, (1,)), (60, (1, 2)), (120, (3,)), (300, (4,))],
        *[(480, (1, 2, 3, 4)), (660, (1, 2, 3, 4))],
    ]


def test_medium_climbs_slower() -> None:
    medium = replace(ALERT, priority=Priority.MEDIUM)
    assert climb(medium, roster(*CHAIN), 4) == [(0, (1,)), (180, (1, 2)), (600, (3,)), (1020, (1, 2, 3))]


def test_the_assigned_person_is_told_first_while_she_is_on_duty() -> None:
    assigned = replace(ALERT, assigned_to=9)
    assert climb(assigned, roster(*CHAIN, duty(9, ward=2)), 1) == [(0, (9,))]
    assert climb(assigned, roster(*CHAIN, duty(9, hours=(7, 21))), 1) == [(0, (1,))]


def test_an_empty_home_is_recorded_and_tried_again() -> None:
    round_ = advance(ALERT, roster(), NIGHT)
    assert [entry.action for entry in round_.entries] == [*[Action.NOBODY_ON_DUTY] * 5, Action.ESCALATED]
    assert (round_.recipients, round_.ring) == ((), True)
    assert round_.alert.next_step_at == NIGHT + PLANS[Priority.HIGH].repeat
    again = advance(round_.alert, roster(duty(1)), NIGHT + timedelta(minutes=3))
    assert again.recipients == (1,)


@given(
    st.lists(st.sampled_from(CHAIN), unique=True), st.integers(0, 6), st.sampled_from([Priority.HIGH, Priority.MEDIUM])
)
def test_whoever_is_on_duty_is_told_within_one_round(on_duty: list[Duty], step: int, priority: Priority) -> None:
    """However far it has climbed: if anybody of the chain is there, somebody is told now."""
    round_ = advance(replace(ALERT, priority=priority, step=step), roster(*on_duty), NIGHT)
    posts = {post for level in PLANS[priority].levels for post in level.posts}
    assert bool(round_.recipients) == any(one.post in posts for one in on_duty)
    assert round_.alert.next_step_at is not None
    assert round_.alert.next_step_at > NIGHT
