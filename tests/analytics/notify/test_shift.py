"""Shifts change, phones are tested, texts grow old, a home sets its own plan: with the real store. Both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.alerts.explain import explain
from analytics.notify.channel import Answer, Result
from analytics.notify.delivery import LEASE
from analytics.notify.lights import Lights
from analytics.notify.phone_tests import PhoneTests, TestSender
from anxin.db import directory
from anxin.facility import parse
from tests.support.databases import TestDatabase
from tests.support.watch import HomeEar, Watch

pytestmark = pytest.mark.database
SOS, BROKEN = "sos_call", "notify_failed"


class Phones:
    """The tests of phones beside a night, on its clock."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.rounds = PhoneTests(watch.channels, timedelta(minutes=10))
        self.sender = TestSender(watch.ear, lambda: 0.5, LEASE)

    def forward(self, *, minutes: float) -> None:
        for _ in range(int(minutes * 2)):
            self.watch.forward(seconds=30)
            self.rounds.step(self.watch.connection, self.watch.now)
            while self.sender.step(self.watch.connection, self.watch.now):
                pass
        self.watch.work()

    def tested(self) -> list[str]:
        """Who heard a test since this was last asked."""
        ear = self.watch.ear
        codes = {f"account:{id_}": code for code, id_ in self.watch.home.accounts.items()}
        tests = [message for message in ear.heard if message.body.get("type") == "anxin.phone.test"]
        ear.heard = [message for message in ear.heard if message not in tests]
        return sorted(codes[message.recipient] for message in tests)

    def confirm(self, owner: TestDatabase, code: str) -> None:
        with owner.connect("anxin_api") as connection:
            connection.execute(
                "update anxin.phone_test set confirmed_at = %s where account_id = %s",
                (self.watch.now, self.watch.home.accounts[code]),
            )


def test_every_phone_is_tested_once_at_the_start_of_its_shift_and_silence_is_an_alert(
    database: TestDatabase, watch: Watch
) -> None:
    watch.at("06:59")
    phones = Phones(watch)
    phones.forward(minutes=3)
    assert phones.tested() == ["carer-b"]
    phones = Phones(watch)  # a restart tests nobody twice
    phones.forward(minutes=5)
    assert phones.tested() == []
    assert BROKEN not in [kind for _, kind in watch.loud()]
    phones.forward(minutes=4)
    broken = watch.open(BROKEN)
    reason = watch.connection.execute("select evidence from anxin.alert where id = %s", (broken,)).fetchone()
    assert reason == ({"phone of carer-b": "not confirmed"},)
    phones.confirm(database, "carer-b")
    phones.forward(minutes=1)
    assert watch.history(broken)[-1] == "resolved"


def test_a_phone_that_was_confirmed_is_no_alert(database: TestDatabase, watch: Watch) -> None:
    watch.at("18:59")
    phones = Phones(watch)
    phones.forward(minutes=2)
    assert phones.tested() == ["lead-l"]
    phones.confirm(database, "lead-l")
    phones.forward(minutes=30)
    assert BROKEN not in [kind for _, kind in watch.loud()]


def test_a_shift_that_nobody_can_be_reached_in_is_tested_by_who_stands_in(watch: Watch, database: TestDatabase) -> None:
    with database.connect() as owner:
        owner.execute(
            "insert into anxin.absence (facility_id, account_id, substitute_id, starts_at, ends_at, reason, noted_at)"
            " values (%s, %s, %s, %s, %s, 'swap', %s)",
            (
                watch.home.facility_id, watch.home.accounts["carer-b"], watch.home.accounts["carer-c"], watch.now,
                watch.now + timedelta(days=1), watch.now,
            ),
        )  # fmt: skip
    watch.at("06:59")
    phones = Phones(watch)
    phones.forward(minutes=2)
    assert phones.tested() == ["carer-c"]
    watch.at("12:00").sos("bed-12")
    watch.carer("c").hears(SOS)
    watch.nobody_else_hears()


def test_the_shift_changes_while_nobody_answers(watch: Watch) -> None:
    watch.at("06:58").sos("bed-12")
    watch.carer("a").hears(SOS)
    watch.forward(seconds=60)
    watch.carer("a").hears(SOS)
    watch.nurse("n").hears(SOS)
    watch.restart()
    watch.forward(seconds=60)  # 07:00: the shift lead of the night is gone, so the duty phone is next, at once
    watch.manager("m").hears(SOS)
    watch.nobody_else_hears()
    watch.forward(minutes=3)
    watch.carer("b").hears(SOS)
    watch.manager("m").hears(SOS)
    watch.nobody_else_hears()


def test_what_is_too_old_is_not_told_and_the_alert_says_so(watch: Watch) -> None:
    watch.ear.deaf = Result(Answer.NOT_NOW, "HTTP 503")
    (alert_id,) = watch.sos("bed-12")
    watch.sleep(minutes=60 * 24 * 90)  # three months
    watch.ear.deaf = None
    delivery = watch._deliveries[0]  # before the escalation, as after a restart it may happen
    while delivery.step(watch.connection, watch.now):
        pass
    watch.nobody_else_hears()
    assert watch.history(alert_id)[-1] == "not_sent"
    rows = watch.connection.execute("select state, last_error from anxin.outbox where channel = 'ear'").fetchall()
    assert rows == [("cancelled", "too old")]
    assert "level 1 had left to tell was 129600 min old" in explain(watch.connection, alert_id, "en", watch.now)
    watch.work()  # it is still unanswered: the escalation rings anew, and says how it is now
    assert [kind for _, kind in watch.loud()] == [SOS, SOS]


def test_what_was_answered_is_never_told_again(watch: Watch) -> None:
    watch.ear.deaf = Result(Answer.NOT_NOW, "HTTP 503")
    watch.sos("bed-12")
    watch.carer("a").arrives(SOS, "scan-bed-12")
    watch.ear.deaf = None
    watch.sleep(minutes=60 * 24 * 120)
    watch.restart()
    watch.work()
    watch.nobody_else_hears()


FILE = """
code = "home"
name = "Home"
[[wards]]
code = "east"
name = "East"
  [[wards.rooms]]
  code = "12"
  name = "12"
    [[wards.rooms.beds]]
    code = "bed-12"
    name = "bed-12"
[[accounts]]
code = "carer-a"
name = "a"
role = "nurse"
[[accounts]]
code = "nurse-n"
name = "n"
role = "nurse"
phone = "13800138000"
[[duties]]
account = "carer-a"
post = "carer"
shift = "night"
starts = "21:00"
ends = "07:00"
[[duties]]
account = "nurse-n"
post = "nurse"
shift = "night"
starts = "21:00"
ends = "07:00"
"""
PLAN = """
[[escalations]]
priority = "high"
kind = "sos_call"
ward = "east"
shift = "night"
repeat_s = 60
levels = [{ after_s = 0, posts = ["nurse"], channels = ["second"] }, { after_s = 20, posts = ["carer"] }]
"""


def test_a_homes_own_plan_holds_from_its_load_on(database: TestDatabase, watch: Watch, second: HomeEar) -> None:
    with database.connect() as owner:
        directory.load(owner, parse(FILE, "home.toml"), watch.now)
        watch.sos("bed-12")
        watch.carer("a").hears(SOS)
        watch.forward(seconds=59)
        watch.nobody_else_hears()
        directory.load(owner, parse(FILE + PLAN, "home.toml"), watch.now)
        watch.forward(seconds=1)  # the second step, now of the new plan
        watch.carer("a").hears(SOS)
        watch.nobody_else_hears()
        watch.forward(seconds=60)
        watch.carer("a").hears(SOS)
        watch.nurse("n").hears(SOS)
        assert "nurse after 0 s; carer after 20 s; then" in explain(watch.connection, watch.open(SOS), "en", watch.now)
        watch.carer("a").arrives(SOS, "scan-bed-12")
        watch.fall("bed-12")  # another kind: the defaults
        watch.carer("a").hears("fall_confirmed")
        heard = len(second.heard)
        directory.load(owner, parse(FILE, "home.toml"), watch.now)
        rows = owner.execute("select valid_to is null from anxin.escalation_plan").fetchall()
    assert rows == [(False,)]
    assert heard > 0


def test_a_lights_state_follows_the_alerts(watch: Watch) -> None:
    shown: dict[str, bytes] = {}
    up = True

    def publish(name: str, payload: bytes) -> bool:
        if up:
            shown[name] = payload
        return up

    lights = Lights(publish)
    lights.step(watch.connection, watch.now)
    assert {name.rpartition("/")[2] for name in shown} == {"east", "west"}
    assert all(b'"light":"off"' in payload for payload in shown.values())
    shown.clear()
    watch.sos("bed-12")
    lights.step(watch.connection, watch.now)
    (name,) = shown
    assert name == "anxin/v1/home/signal/light/east"
    assert b'"light":"high","buzzer":true' in shown[name]
    watch.carer("a").acknowledges(SOS)
    lights.step(watch.connection, watch.now)
    assert b'"light":"off","buzzer":false' in shown[name]
    up = False
    for _ in range(3):
        watch.forward(seconds=25)
        lights.step(watch.connection, watch.now)
    broken = watch.open(BROKEN)
    up = True
    lights.step(watch.connection, watch.now)
    assert watch.history(broken)[-1] == "resolved"
