"""Nights on duty, in time travel: who hears what and when, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics.finding import Change
from anxin.clock import ManualClock
from anxin.vocabulary import AlertKind, Outcome, Priority
from tests.support.databases import TestDatabase
from tests.support.watch import Watch

pytestmark = pytest.mark.database
FALL, SOS, CALL = "fall_confirmed", "sos_call", "routine_call"


@pytest.fixture
def watch(database: TestDatabase, clock: ManualClock) -> Iterator[Watch]:
    night = Watch(database, clock)
    yield night
    night.close()


def test_a_fall_climbs_until_somebody_answers(watch: Watch) -> None:
    watch.at("02:10").fall("bed-12")
    watch.carer("a").hears(FALL)
    watch.nobody_else_hears()
    watch.forward(seconds=59)
    watch.nobody_else_hears()
    watch.forward(seconds=1)
    watch.nurse("n").hears(FALL)
    watch.carer("a").hears(FALL)
    watch.nobody_else_hears()
    watch.forward(seconds=60)
    watch.lead("l").hears(FALL)
    watch.nobody_else_hears()
    watch.forward(seconds=180)
    watch.manager("m").hears(FALL)
    watch.nobody_else_hears()
    watch.forward(minutes=6)
    for person in (watch.carer("a"), watch.nurse("n"), watch.lead("l"), watch.manager("m")):
        person.hears(FALL, times=2)
    watch.nobody_else_hears()
    watch.nurse("n").acknowledges(FALL)
    watch.forward(seconds=299)
    watch.nobody_else_hears()


def test_nobody_arrives_so_it_rings_again_and_wider(watch: Watch) -> None:
    watch.at("02:10").fall("bed-12")
    watch.carer("a").hears(FALL)
    watch.forward(seconds=10)
    watch.carer("a").acknowledges(FALL)
    watch.forward(minutes=5)
    watch.carer("a").hears(FALL)
    watch.nurse("n").hears(FALL)
    watch.nobody_else_hears()
    watch.nurse("n").arrives(FALL, "scan-bed-12")
    watch.forward(minutes=300)
    watch.nobody_else_hears()
    alert = watch.nurse("n").resolves(FALL, Outcome.REAL)
    assert watch.history(alert.id) == [
        *("raised", "escalated", "acknowledged", "acknowledgement_expired", "escalated", "arrived", "resolved")
    ]


def test_a_second_press_rings_again_and_pushes_nothing_back(watch: Watch) -> None:
    watch.at("02:10").sos("bed-12")
    for _ in range(5):
        watch.forward(seconds=10).sos("bed-12", Change.RECURRED)
    watch.carer("a").hears(SOS, times=6)
    watch.nobody_else_hears()
    watch.forward(seconds=10)
    watch.nurse("n").hears(SOS)
    watch.carer("a").hears(SOS)
    watch.nurse("n").acknowledges(SOS)
    watch.forward(seconds=10).sos("bed-12", Change.RECURRED)
    watch.carer("a").hears(SOS)
    watch.nobody_else_hears()
    watch.forward(seconds=60)
    watch.nurse("n").hears(SOS)


def test_only_those_told_in_this_ringing_hear_the_next_press(watch: Watch) -> None:
    watch.at("02:10").sos("bed-12")
    watch.forward(minutes=5)
    watch.nurse("n").acknowledges(SOS)
    watch.forward(seconds=1).sos("bed-12", Change.RECURRED)
    watch.ear.heard.clear()
    watch.forward(seconds=1).sos("bed-12", Change.RECURRED)
    watch.carer("a").hears(SOS)
    watch.nobody_else_hears()


def test_an_upgrade_rings_again_under_an_acknowledgement(watch: Watch) -> None:
    subject = watch.at("02:10").home.in_bed("bed-12")
    watch.say(AlertKind.OUT_OF_BED_LONG, subject)
    watch.carer("a").hears("out_of_bed_long")
    watch.carer("a").acknowledges("out_of_bed_long")
    watch.forward(minutes=10).say(AlertKind.OUT_OF_BED_LONG, subject, Change.UPDATED, priority=Priority.HIGH)
    watch.carer("a").hears("out_of_bed_long")
    watch.forward(seconds=60)
    watch.nurse("n").hears("out_of_bed_long")


def test_medium_waits_longer_and_low_never_rings(watch: Watch) -> None:
    watch.at("02:10").say(AlertKind.ROUTINE_CALL, watch.home.in_bed("bed-12"))
    watch.say(AlertKind.DEVICE_SILENT, watch.home.equipment())
    watch.carer("a").hears(CALL)
    watch.forward(seconds=179)
    watch.nobody_else_hears()
    watch.forward(seconds=1)
    watch.carer("a").hears(CALL)
    watch.nurse("n").hears(CALL)
    watch.forward(seconds=419)
    watch.nobody_else_hears()
    watch.forward(seconds=1)
    watch.lead("l").hears(CALL)
    watch.nobody_else_hears()


def test_the_roster_changes_at_seven(watch: Watch) -> None:
    watch.at("06:59").fall("bed-12")
    watch.carer("a").hears(FALL)
    watch.forward(minutes=1)
    watch.carer("b").hears(FALL)
    watch.nobody_else_hears()


def test_nobody_on_duty_is_recorded_and_the_next_level_rings_at_once(watch: Watch) -> None:
    (alert_id,) = watch.at("08:00").fall("bed-21a")
    watch.manager("m").hears(FALL)
    watch.nobody_else_hears()
    assert watch.history(alert_id) == ["raised", *["nobody_on_duty"] * 3, "escalated"]
    watch.forward(minutes=3)
    watch.manager("m").hears(FALL)


def test_a_restart_continues_where_it_stood_and_sends_no_backlog(watch: Watch) -> None:
    watch.at("02:10").fall("bed-12")
    watch.carer("a").hears(FALL)
    watch.sleep(minutes=600).restart()
    watch.work()
    watch.carer("b").hears(FALL)
    watch.nobody_else_hears()


def test_what_ended_by_itself_is_not_sent_any_more(watch: Watch) -> None:
    subject = watch.at("02:10").home.equipment()
    (alert_id,) = watch.say(AlertKind.GATEWAY_SILENT, subject)
    watch.carer("a").hears("gateway_silent")
    watch.carer("c").hears("gateway_silent")
    watch.forward(seconds=30).say(AlertKind.GATEWAY_SILENT, subject, Change.ENDED)
    watch.forward(minutes=60)
    watch.nobody_else_hears()
    assert watch.history(alert_id) == ["raised", "escalated", "cleared", "resolved"]


def test_late_is_not_history(watch: Watch) -> None:
    happened = watch.at("02:10").now
    watch.forward(minutes=23).say(AlertKind.SOS_CALL, watch.home.in_bed("bed-12"), at=happened, late=True)
    text = watch.ear.heard[0].body["text"]
    assert "迟到23分钟" in text["zh"]
    assert "23 min late" in text["en"]
    watch.carer("a").hears(SOS)


def test_a_hand_over_rings_with_the_new_one_only(watch: Watch) -> None:
    watch.at("02:10").fall("bed-12")
    watch.carer("a").hears(FALL)
    watch.carer("a").acknowledges(FALL)
    watch.carer("a").gives(FALL, watch.carer("c"))
    watch.work()
    watch.carer("c").hears(FALL)
    watch.nobody_else_hears()
