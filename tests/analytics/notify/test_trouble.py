"""Channels that fail, and floods of faults: who is told nevertheless, and in which order. Both engines."""

from __future__ import annotations

import pytest

from analytics.alerts import store
from analytics.finding import Change, Finding, Subject
from analytics.notify.channel import Answer, Result
from anxin.vocabulary import AlertKind
from tests.support.watch import HomeEar, Watch

pytestmark = pytest.mark.database
SOS, BROKEN = "sos_call", "notify_failed"
DOWN, REFUSED = Result(Answer.NOT_NOW, "HTTP 503"), Result(Answer.REFUSED, "HTTP 401")


def test_a_failing_channel_is_an_alert_that_ends_when_it_works_again(watch: Watch, second: HomeEar) -> None:
    second.deaf = DOWN
    watch.sos("bed-12")
    watch.forward(seconds=2)
    assert BROKEN not in [kind for _, kind in watch.loud()]
    watch.forward(seconds=1)
    watch.carer("a").hears(BROKEN)
    watch.carer("c").hears(BROKEN)
    broken = watch.open(BROKEN)
    watch.forward(minutes=30)
    assert watch.history(broken).count("raised") == 1
    assert "recurred" not in watch.history(broken)
    second.deaf = None
    watch.forward(minutes=4)
    assert watch.history(broken)[-2:] == ["cleared", "resolved"]
    assert len({message.key for message in second.heard}) == len(second.heard)


def test_two_failing_channels_are_one_alert(watch: Watch, second: HomeEar) -> None:
    second.deaf = watch.ear.deaf = REFUSED
    watch.sos("bed-12")
    broken = watch.open(BROKEN)
    watch.ear.deaf = None
    watch.forward(minutes=6)
    assert watch.open(BROKEN) == broken
    second.deaf = None
    watch.forward(minutes=6)
    assert watch.history(broken)[-1] == "resolved"


def test_a_ring_that_reached_nobody_goes_on_at_once(watch: Watch, second: HomeEar) -> None:
    watch.ear.deaf = second.deaf = REFUSED
    (alert_id,) = watch.sos("bed-12")
    assert watch.history(alert_id) == ["raised", *["escalated", "not_reached"] * 4]
    told = {message.recipient for message in watch.ear.tries if message.body["alert"]["id"] == alert_id}
    assert f"account:{watch.manager('m').account_id}" in told
    before = len(watch.history(alert_id))
    watch.forward(seconds=179)
    assert len(watch.history(alert_id)) == before
    watch.forward(seconds=1)
    assert watch.history(alert_id)[before:] == ["escalated", "not_reached"]


def flood(watch: Watch) -> None:
    """Faults begin that are high, but nobody's life."""
    home = watch.home
    faults = [Subject(home.facility_id, ward_id=ward) for ward in home.wards.values()]
    faults += [home.equipment(), Subject(home.facility_id, gateway_id=home.gateway_id)]
    for subject in faults:
        watch.say(AlertKind.CALL_PATH_DOWN, subject)


def press_unheard(watch: Watch) -> int:
    """Somebody presses, and no worker has looked yet."""
    call = Finding(AlertKind.SOS_CALL, watch.home.in_bed("bed-12"), Change.BEGAN, watch.now, "pressed")
    (alert_id,) = store.apply(watch.connection, [call], watch.now)
    return alert_id


def test_faults_that_are_due_longer_step_on_after_a_call(watch: Watch) -> None:
    flood(watch)
    watch.sleep(minutes=10)
    alert_id = press_unheard(watch)
    last = watch.connection.execute("select max(id) from anxin.alert_history").fetchone()
    watch.work()
    row = watch.connection.execute(
        "select alert_id from anxin.alert_history where id > %s and action = 'escalated' order by id limit 1", last
    ).fetchone()
    assert row == (alert_id,)


def test_faults_that_wait_longer_are_told_after_a_call(watch: Watch, second: HomeEar) -> None:
    second.deaf = watch.ear.deaf = DOWN
    flood(watch)
    watch.sleep(minutes=0.5)
    press_unheard(watch)
    watch.ear.tries.clear()
    watch.work()
    assert [message.body["alert"]["kind"] for message in watch.ear.tries[:2]] == [SOS, "call_path_down"]
