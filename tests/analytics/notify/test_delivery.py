"""From the outbox to the ear, with failing channels, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from analytics.alerts import store
from analytics.alerts.explain import explain, explain_json
from analytics.finding import Change, Finding, Subject
from analytics.notify.channel import Answer, Message, Result
from analytics.notify.delivery import Delivery
from anxin.clock import ManualClock
from anxin.vocabulary import AlertKind
from tests.support.databases import TestDatabase
from tests.support.watch import Ear, Watch

pytestmark = pytest.mark.database
SOS, BROKEN = "sos_call", "notify_failed"
DOWN, REFUSED = Result(Answer.NOT_NOW, "HTTP 503"), Result(Answer.REFUSED, "HTTP 401")


class HomeEar(Ear):
    """A channel that tells the home once."""

    personal = False


@pytest.fixture
def second() -> HomeEar:
    return HomeEar("second")


@pytest.fixture
def watch(database: TestDatabase, clock: ManualClock, second: HomeEar) -> Iterator[Watch]:
    night = Watch(database, clock, second)
    night.at("02:10")
    yield night
    night.close()


def outbox(watch: Watch) -> list[tuple[str, str, int]]:
    return watch.connection.execute("select channel, state, attempts from anxin.outbox order by id").fetchall()


def test_what_was_told_is_stamped_once(watch: Watch) -> None:
    (alert_id,) = watch.sos("bed-12")
    first = watch.now
    watch.forward(minutes=1)
    row = watch.connection.execute("select notified_at from anxin.alert where id = %s", (alert_id,)).fetchone()
    assert row == (first,)
    assert outbox(watch) == [("ear", "sent", 1), ("second", "sent", 1)] + [("ear", "sent", 1)] * 2 + [
        ("second", "sent", 1)
    ]


def test_an_answer_cancels_what_was_not_delivered(watch: Watch, second: HomeEar) -> None:
    second.deaf = DOWN
    watch.sos("bed-12")
    watch.carer("a").acknowledges(SOS)
    second.deaf = None
    watch.forward(minutes=4)
    assert second.heard == []
    assert outbox(watch) == [("ear", "sent", 1), ("second", "cancelled", 1)]


def test_nothing_is_tried_between_the_answer_and_its_end(watch: Watch, second: HomeEar) -> None:
    """Also a row that somebody forgot to cancel stays silent."""
    second.deaf = DOWN
    watch.sos("bed-12")
    watch.carer("a").acknowledges(SOS)
    watch.connection.execute("update anxin.outbox set state = 'pending' where state = 'cancelled'")
    tries = len(second.tries)
    watch.forward(minutes=4)
    assert len(second.tries) == tries


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


def test_a_worker_that_died_leaves_a_row_that_comes_due_again(watch: Watch, second: HomeEar) -> None:
    class DyingError(RuntimeError):
        pass

    class Dying(HomeEar):
        def send(self, message: Message) -> Result:
            self.tries.append(message)
            raise DyingError

    watch.clock.forward(timedelta(seconds=1))
    dying = Dying("third")
    watch.channels = (watch.ear, dying)
    watch.restart()
    with pytest.raises(DyingError):
        watch.sos("bed-12")
    third = HomeEar("third")
    watch.channels = (watch.ear, third)
    watch.restart()
    watch.work()
    assert third.heard == []
    watch.forward(seconds=30)
    assert third.heard[0].key == dying.tries[0].key


def test_two_workers_of_one_channel_tell_each_row_once(database: TestDatabase, watch: Watch, second: HomeEar) -> None:
    """The first has claimed a row and waits for its provider; the second finds nothing due."""

    class Slow(HomeEar):
        def send(self, message: Message) -> Result:
            with database.connect("anxin_analytics") as other:
                assert Delivery(second, lambda: 0.5).step(other, watch.now) == 0
            return super().send(message)

    slow = Slow("second")
    watch.channels = (watch.ear, slow)
    watch.restart()
    watch.sos("bed-12")
    assert len(slow.heard) == 1
    assert second.heard == []


def test_a_slow_provider_holds_up_no_nurse(database: TestDatabase, watch: Watch) -> None:
    """While a channel waits for its provider, an acknowledgement goes through; what was under way counts as sent."""

    class Slow(HomeEar):
        def send(self, message: Message) -> Result:
            with database.connect("anxin_api", autocommit=False) as page:
                page.execute("set local lock_timeout = '5s'")
                store.acknowledge(page, message.body["alert"]["id"], watch.nurse("n").account_id, watch.now)
            return super().send(message)

    watch.channels = (Slow("slow"),)
    watch.restart()
    (alert_id,) = watch.sos("bed-12")
    assert outbox(watch) == [("slow", "sent", 1)]
    assert watch.history(alert_id) == ["raised", "escalated", "acknowledged"]


def test_a_message_names_places_and_codes_but_no_person(watch: Watch) -> None:
    watch.sos("bed-12")
    body = watch.ear.heard[0].body
    assert body["text"] == {"zh": "【高】紧急呼叫 east 12 bed-12 02:10", "en": "[HIGH] SOS call, east 12 bed-12, 02:10"}
    assert (body["alert"]["resident"], body["recipient"]["account"]) == ("resident-bed-12", "carer-a")
    for name in ("王秀兰", "李静"):
        assert name not in str(body)


def test_a_flood_of_faults_holds_up_no_call(watch: Watch, second: HomeEar) -> None:
    """All is due at once, the faults since longer: the call is told first."""
    second.deaf = watch.ear.deaf = DOWN
    home = watch.home
    faults = [Subject(home.facility_id, ward_id=ward) for ward in home.wards.values()]
    faults += [home.equipment(), Subject(home.facility_id, gateway_id=home.gateway_id)]
    for subject in faults:
        watch.say(AlertKind.CALL_PATH_DOWN, subject)
    watch.sleep(minutes=10)
    call = Finding(AlertKind.SOS_CALL, home.in_bed("bed-12"), Change.BEGAN, watch.now, "pressed")
    store.apply(watch.connection, [call], watch.now)
    watch.ear.tries.clear()
    watch.work()
    assert [message.body["alert"]["kind"] for message in watch.ear.tries[:2]] == [SOS, "call_path_down"]


def test_a_message_to_the_home_says_who_was_told(watch: Watch, second: HomeEar) -> None:
    watch.sos("bed-12")
    watch.forward(minutes=1)
    rings = [message.body["ring"] for message in second.heard]
    assert [(ring["level"], ring["told"]) for ring in rings] == [(1, ["carer-a"]), (2, ["carer-a", "nurse-n"])]
    assert [message.body["recipient"] for message in second.heard] == [None, None]


def test_a_technical_alert_names_its_equipment(watch: Watch) -> None:
    watch.say(AlertKind.CALL_PATH_DOWN, watch.home.equipment())
    assert watch.ear.heard[0].body["text"]["en"] == "[HIGH] Call button cannot be heard, d1, 02:10"


def test_the_explanation_tells_the_whole_night(database: TestDatabase, watch: Watch, second: HomeEar) -> None:
    second.deaf = REFUSED
    with database.connect() as owner:
        owner.execute(
            "insert into anxin.policy (facility_id, ward_id, rule, parameter, value, valid_from, valid_to) values"
            " (%(f)s, null, 'call', 'same_s', '5', %(then)s, null),"
            " (%(f)s, %(w)s, 'call', 'old', '1', %(then)s, %(then)s)",
            {"f": watch.home.facility_id, "w": watch.home.wards["east"], "then": watch.now - timedelta(days=1)},
        )
    (alert_id,) = watch.sos("bed-12")
    watch.forward(seconds=30)
    watch.carer("a").acknowledges(SOS)
    watch.forward(minutes=6).sos("bed-12", Change.RECURRED)
    english = explain(watch.connection, alert_id, "en", watch.now)
    chinese = explain(watch.connection, alert_id, "zh", watch.now)
    for piece in (
        "SOS call",
        "bed bed-12",
        "ends only after an arrival",
        "rings again 5 min after",
        "carer after 0 s",
        "than the defaults: call.same_s=5 (facility)\n",
        "raised: sos_call began",
        "ear → carer-a: delivered 03-02 02:10:00",
        "second → the home: failed 03-02 02:10:00 (HTTP 401)",
        "carer-a took it and must arrive by 03-02 02:15:30",
        "carer-a took it but did not arrive in time",
        "came again (2)",
        "It rings: unanswered since 03-02 02:15:30",
    ):
        assert piece in english, english
    assert "正在响铃：自 03-02 02:15:30 起无人应答" in chinese
    assert len(chinese.splitlines()) == len(english.splitlines())
    told = explain_json(watch.connection, alert_id, watch.now)
    assert told["now"] == {"rings": True, "because": "unanswered"}
    assert [line["action"] for line in told["history"]] == watch.history(alert_id)
