"""From the outbox to the ear, with failing channels, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.alerts import store
from analytics.alerts.explain import explain, explain_json
from analytics.finding import Change
from analytics.notify.channel import Answer, Message, Result
from analytics.notify.delivery import Delivery
from anxin.vocabulary import AlertKind
from tests.support.databases import TestDatabase
from tests.support.watch import HomeEar, Watch

pytestmark = pytest.mark.database
SOS, BROKEN = "sos_call", "notify_failed"
DOWN, REFUSED = Result(Answer.NOT_NOW, "HTTP 503"), Result(Answer.REFUSED, "HTTP 401")


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


@pytest.mark.parametrize(("entered", "flag"), [("不插管", True), ("none", False), ("", False), (None, False)])
def test_limits_of_care_are_told_where_there_are_any(
    database: TestDatabase, watch: Watch, entered: str | None, flag: bool
) -> None:
    with database.connect() as owner:
        owner.execute("update anxin.resident set profile = jsonb_build_object('limits_of_care', %s::text)", (entered,))
    watch.sos("bed-12")
    (told,) = watch.ear.heard
    assert told.body["alert"]["limits_of_care"] is flag


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


def test_what_rings_anew_takes_the_place_of_what_was_not_delivered(watch: Watch, second: HomeEar) -> None:
    second.deaf = DOWN
    (alert_id,) = watch.sos("bed-12")
    for change in (Change.RECURRED, Change.RECURRED):
        watch.forward(seconds=1).sos("bed-12", change)
        assert waiting(watch, alert_id) == 1
    watch.forward(minutes=2)
    assert waiting(watch, alert_id) == 1


def waiting(watch: Watch, alert_id: int) -> int:
    rows = watch.connection.execute(
        "select 1 from anxin.outbox where alert_id = %s and channel = 'second' and state = 'pending'", (alert_id,)
    )
    return len(rows.fetchall())


def test_a_row_in_another_hand_is_left_alone(database: TestDatabase, watch: Watch, second: HomeEar) -> None:
    second.deaf = DOWN
    watch.sos("bed-12")
    tries = len(second.tries)
    watch.sleep(minutes=0.5)
    watch.connection.execute("set lock_timeout = '2s'")
    with database.connect("anxin_analytics", autocommit=False) as other:
        other.execute("select 1 from anxin.outbox for update")
        assert Delivery(second, lambda: 0.5).step(watch.connection, watch.now) == 0
    assert len(second.tries) == tries


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
        "at that time: one press, if within: 5 s (whole home)\n",
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
