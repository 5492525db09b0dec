"""On duty, alarm burden, hand-over sheet and release to the family, through HTTP on the real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from anxin.channel_settings import Notify, WebPush
from api.app import create
from tests.api.conftest import SignIn
from tests.api.house import House
from tests.support.browser import Served

pytestmark = pytest.mark.database


def test_i_am_ill_and_back_again(house: House, sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    assert "我病了" in nurse.get("/duty").text
    assert nurse.post("/duty/absent", data={"account": str(house.account("nurse2")), "hours": "72"}).status_code == 303
    rows = house.connection.execute(
        "select account_id, ends_at - starts_at, reason, noted_by, by_hand from anxin.absence"
    ).fetchall()
    mine = house.account("nurse1")
    assert rows == [(mine, timedelta(hours=72), "ill", mine, True)], "only a manager notes it for others"
    other = sign_in("nurse2")
    absence = house.one("select id from anxin.absence")
    other.post("/duty/back", data={"absence": str(absence)})
    assert house.one("select count(*) from anxin.absence where ended_at is null") == 1
    nurse.post("/duty/back", data={"absence": str(absence)})
    assert house.one("select count(*) from anxin.absence where ended_at is null") == 0


def test_a_shift_is_swapped_and_the_page_says_who_is_there(house: House, sign_in: SignIn) -> None:
    code = _on_duty(house)
    nurse = sign_in(code)
    shown = nurse.get("/duty").text
    turn = shown.partition('<select name="turn"><option value="')[2].partition('"')[0]
    colleague = house.one("select id from anxin.account where role = 'nurse' and code <> %s order by id", code)
    assert nurse.post("/duty/swap", data={"turn": "2026-01-01", "colleague": str(colleague)}).status_code == 409
    wall = house.one("select id from anxin.account where role = 'wall'")
    assert nurse.post("/duty/swap", data={"turn": turn, "colleague": str(wall)}).status_code == 409
    assert nurse.post("/duty/swap", data={"turn": turn, "colleague": str(colleague)}).status_code == 303
    assert "代替" in nurse.get("/duty").text
    assert house.one("select substitute_id from anxin.absence") == colleague


def _on_duty(house: House) -> str:
    row = house.connection.execute(
        "select a.code from anxin.duty d join anxin.account a on a.id = d.account_id where a.role = 'nurse'"
        " order by d.id limit 1"
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_my_phone_rang(house: House, sign_in: SignIn) -> None:
    now = house.clock.now()
    house.connection.execute(
        "insert into anxin.phone_test (facility_id, account_id, channel, shift, shift_at, due_at, state)"
        " select facility_id, id, 'aliyun_sms', 'night', %s, %s, 'sent' from anxin.account where code = any(%s)",
        (now, now, ["nurse1", "nurse2"]),
    )
    nurse = sign_in("nurse1")
    assert "是的，手机响了" in nurse.get("/duty").text
    assert nurse.post("/duty/confirm").status_code == 303
    assert "是的，手机响了" not in nurse.get("/duty").text
    unconfirmed = house.connection.execute(
        "select a.code from anxin.phone_test t join anxin.account a on a.id = t.account_id where confirmed_at is null"
    ).fetchall()
    assert unconfirmed == [("nurse2",)]


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    """The application, with a push channel in its settings."""
    push = WebPush(private_key="/nowhere", public_key="BKey", contact="mailto:a@b.c")
    settings = msgspec.structs.replace(house.settings, notify=Notify(channels=(push,)))
    server = Served(create(settings, house.clock))
    server.start()
    yield server
    server.stop()


def test_a_browser_agrees_to_be_told_and_only_known_services_are_posted_to(house: House, sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    assert 'data-key="BKey"' in nurse.get("/duty").text
    keys = {"p256dh": "A" * 86 + "A", "auth": "A" * 22}
    good = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "expirationTime": None, "keys": keys}
    wrong: tuple[object, ...] = (
        {**good, "endpoint": "https://evil.example/x"},
        {**good, "endpoint": "http://fcm.googleapis.com/x"},
        {**good, "endpoint": "https://fcm.googleapis.com.evil.example/x"},
        {**good, "keys": {"p256dh": "short", "auth": "A" * 22}},
        {**good, "keys": {"auth": "A" * 22}},
        {"x": 1},
        [],
    )
    for bad in wrong:
        assert nurse.post("/duty/push", content=json.dumps(bad)).status_code == 400, bad
    assert nurse.post("/duty/push", content=json.dumps(good)).status_code == 200
    assert nurse.post("/duty/push", content=json.dumps(good)).status_code == 200
    assert house.one("select account_id from anxin.push_subscription") == house.account("nurse1")
    assert sign_in("nurse2").post("/duty/push", content=json.dumps(good)).status_code == 200
    assert house.one("select account_id from anxin.push_subscription") == house.account("nurse2")
    assert sign_in("nurse2").post("/duty/push-off").status_code == 303
    assert house.one("select count(*) from anxin.push_subscription") == 0
