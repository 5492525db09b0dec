"""Rule 1: life-safety kinds latch, end only at the place with an outcome, and nothing holds them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.alerts.holding import Hold, presence
from analytics.alerts.model import HoldReason
from analytics.finding import Change
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind, AlertState, Priority
from tests.analytics.rules.night import CARER, ONE, Night

FALL, SUSPECTED, OUT = AlertKind.FALL_CONFIRMED, AlertKind.FALL_SUSPECTED, AlertKind.OUT_OF_BED_LONG
# The rule names them; the catalogue may know more of the sort.
NAMED = [
    AlertKind.SOS_CALL, AlertKind.DURESS, FALL, AlertKind.BED_FALL, AlertKind.LONG_LIE, AlertKind.NO_VITAL_SIGNS_IN_BED,
    AlertKind.DOOR_EXIT_UNAUTHORISED, AlertKind.GEOFENCE_OUT, AlertKind.SMOKE, AlertKind.GAS, AlertKind.CHOKING,
]  # fmt: skip
ALL = [kind for kind, spec in ALERTS.items() if spec.life_safety]


@pytest.mark.parametrize("kind", sorted({*NAMED, *ALL}))
def test_rule_1_each_latches_and_ends_by_an_arrival_and_an_outcome_only(kind: AlertKind) -> None:
    night = Night().at("02:10").say(kind)
    night.hears(CARER, kind)
    assert night.alert(kind).priority is Priority.HIGH
    night.forward(seconds=20).say(kind, ONE, Change.ENDED)
    assert night.alert(kind).state is AlertState.LATCHED
    night.forward(seconds=40).hears(CARER, kind)  # over or not, nobody has looked: it rings on
    night.acknowledge(kind)
    assert not night.resolve(kind), "a tap closes nothing"
    night.arrive(kind)
    assert night.open() == [kind], "an arrival is no outcome"
    assert night.resolve(kind)


def test_rule_1_a_fall_ends_only_at_the_place() -> None:
    night = Night().at("02:10").say(FALL)
    night.hears(CARER, FALL)
    night.forward(seconds=20).acknowledge(FALL).say(FALL, ONE, Change.ENDED)
    assert night.alert(FALL).state is AlertState.OFF
    assert not night.resolve(FALL)
    night.forward(minutes=2).arrive(FALL)
    assert night.resolve(FALL)


@pytest.mark.parametrize("kind", sorted({*NAMED, *ALL, SUSPECTED}))
@pytest.mark.parametrize("reason", [HoldReason.PRESENCE, HoldReason.LEAVE, HoldReason.SHELVED, HoldReason.SHADOW])
def test_rule_1_nothing_holds_them_back(kind: AlertKind, reason: HoldReason) -> None:
    night = Night().at("02:10")
    until = night.now + timedelta(minutes=15)
    night.hold(Hold(1, 1, reason, night.now, until, resident_id=1, room_id=1, kind=kind))
    night.say(kind)
    night.hears(CARER, kind)


def test_rule_1_but_a_carer_in_the_room_holds_what_is_medium_until_she_leaves() -> None:
    night = Night().at("02:10")
    night.hold(presence(1, 1, CARER, night.now)).say(OUT)
    assert night.alert(OUT).held is HoldReason.PRESENCE
    night.forward(minutes=14).nobody_else_hears()
    night.forward(minutes=2).hears(CARER, OUT)
