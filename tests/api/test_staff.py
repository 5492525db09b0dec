"""On duty, alarm burden, hand-over sheet and release to the family, through HTTP on the real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from analytics.alerts import burden_store
from anxin.channel_settings import Notify, WebPush
from anxin.vocabulary import AlertKind
from api.app import create
from tests.api.conftest import SignIn
from tests.api.house import House
from tests.api.scene import busy_night
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


def test_the_burden_counts_what_the_store_holds(house: House, sign_in: SignIn) -> None:
    busy_night(house)
    shown = sign_in("nurse1").get("/burden?days=1").text
    assert "最吵的十个来源" in shown
    assert "跌倒" in shown
    with house.database.connect("anxin_analytics") as connection:
        burden = burden_store.load_burden(connection, house.facility_id, 1, house.clock.now() + timedelta(seconds=1))
    assert {p.name: n for p, n in burden.alerts.items()} == {"HIGH": 3, "MEDIUM": 2, "LOW": 1}
    assert burden.resident_days == pytest.approx(12, rel=0.01)
    assert (burden.arrived.p50, burden.taken.missing) == (100.0, 3)
    assert burden.by_kind[AlertKind.FALL_CONFIRMED].judged == 1
    with house.database.connect("anxin_report") as connection:
        query = "select sum(alerts), sum(judged), sum(wrong) from report.burden where kind = 'fall_confirmed'"
        assert connection.execute(query).fetchall() == [(2, 1, 0)]


def test_the_family_hears_only_what_a_nurse_has_released(house: House, sign_in: SignIn) -> None:
    resident = house.one("select resident_id from anxin.consent where account_id = %s", house.account("family1"))
    bed = next(bed for bed in house.beds() if house.subject(bed).resident_id == resident)
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed)
    nurse, family = sign_in("nurse1"), sign_in("family1")
    assert nurse.post(f"/alerts/{alert}/release").status_code == 409
    nurse.post(f"/alerts/{alert}/arrive", data={"code": f"scan-{bed}"})
    nurse.post(f"/alerts/{alert}/resolve", data={"outcome": "real"})
    assert "跌倒" not in family.get("/family").text
    assert "向家属公布" in nurse.get(f"/alerts/{alert}").text
    for _ in range(2):
        assert nurse.post(f"/alerts/{alert}/release").status_code == 303
    assert "跌倒" in family.get("/family").text
    assert "已向家属公布" in nurse.get(f"/alerts/{alert}").text
    assert house.one("select count(*) from anxin.alert_history where alert_id = %s and action = 'released'", alert) == 1
    assert family.post(f"/alerts/{alert}/release").status_code == 403
    false = house.alert(AlertKind.SOS_CALL, bed)
    nurse.post(f"/alerts/{false}/arrive", data={"code": f"scan-{bed}"})
    nurse.post(f"/alerts/{false}/resolve", data={"outcome": "false"})
    assert nurse.post(f"/alerts/{false}/release").status_code == 409


def test_the_hand_over_sheet_says_what_is_known_and_what_is_not(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    house.hear(bed, 125, heart_rate=88, respiratory_rate=19)
    profile = {"limits_of_care": "不插管", "medication": ["华法林 3mg", "二甲双胍"], "allergies": ""}
    house.connection.execute(
        "update anxin.resident set profile = %s where id = %s", (json.dumps(profile), house.resident_in(bed))
    )
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed)
    nurse = sign_in("nurse1")
    nurse.post(f"/alerts/{alert}/comment", data={"text": "额头有擦伤"})
    assert "照护与抢救约定</strong> 不插管" in nurse.get(f"/alerts/{alert}").text
    assert "不插管" not in sign_in("wall").get("/wall").text
    shown = nurse.get(f"/alerts/{alert}/sheet").text
    for piece in ("不插管", "华法林 3mg, 二甲双胍", "额头有擦伤", "88", "2 分", "未填写", "尚无人确认到场"):
        assert piece in shown, piece
    assert sign_in("wall").get(f"/alerts/{alert}/sheet").status_code == 403
    technical = house.one("select coalesce(max(id), 0) + 1 from anxin.alert")
    assert nurse.get(f"/alerts/{technical}/sheet").status_code == 404


def test_a_manager_asks_what_if_and_reads_the_answer(house: House, sign_in: SignIn) -> None:
    asked = {"parameter": "bed_absence.warn_min", "value": "40", "days": "7"}
    assert sign_in("nurse1").post("/burden/ask", data=asked).status_code == 403
    manager = sign_in("manager")
    assert manager.post("/burden/ask", data=asked).status_code == 303
    assert "计算中" in manager.get("/burden").text
    row = house.connection.execute("select rule, parameter, value, days from anxin.what_if").fetchone()
    assert row == ("bed_absence", "warn_min", 40.0, 7.0)
    result = {
        "old": 30.0, "gone": 3, "new": 1, "gone_by_outcome": {"real": 2, "false": 1},
        "kinds": [{"kind": "out_of_bed_long", "before": 9, "after": 7}],
    }  # fmt: skip
    house.connection.execute("update anxin.what_if set state = 'done', result = %s", (json.dumps(result),))
    shown = manager.get("/burden").text
    assert "会少响：3次；会多响：1次。" in shown
    assert "其中2次为真实事件" in shown
    house.connection.execute("""update anxin.what_if set state = 'failed', result = '{"problem": "no such <x>"}'""")
    assert "no such &lt;x&gt;" in manager.get("/burden").text
