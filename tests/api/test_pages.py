"""What the pages show and do, through HTTP on the real database."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, Role
from api.access import ACCESS, is_public, may_open
from tests.api.conftest import SignIn
from tests.api.house import PASSWORD, House, message
from tests.support.browser import Served

pytestmark = pytest.mark.database
ACCOUNTS = {
    Role.NURSE: "nurse1",
    Role.MANAGER: "manager",
    Role.RELATIVE: "family1",
    Role.WALL: "wall",
    Role.INTEGRATOR: "integrator",
}
GETS = [
    r
    for r in [*ACCESS, "/login", "/health/live"]
    if not r.endswith(("/acknowledge", "/arrive", "/resolve", "/comment", "live", "logout", "/release"))
    and not r.endswith(("/assign", "/shelve", "/tick", "/end", "/present", "/button", "/begin", "/sign", "/entries"))
]
GETS = [r for r in GETS if not r.startswith(("/unassigned/", "/duty/", "/burden/"))]


@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_for_whom_the_table_says(house: House, sign_in: SignIn, role: Role) -> None:
    bed = house.beds()[0]
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed)
    house.connection.execute(
        "insert into anxin.quarantine (facility, gateway, topic, reason, detail, payload, digest, first_at, last_at)"
        " values ('home', 'g', 't', 'not_json', 'x', 'y', 'z', now(), now())"
    )
    values = {"alert_id": alert, "resident_id": house.resident_in(bed), "quarantine_id": 1, "code": f"scan-{bed}"}
    client, nobody = sign_in(ACCOUNTS[role]), sign_in("")
    for route in GETS:
        path = route.format(**values)
        answer = client.get(path)
        wanted = (200, 303) if may_open(role, route) else (403,)
        assert answer.status_code in wanted, (role, route, answer.text[:300])
        if not is_public(route):
            refused = nobody.get(path)
            assert refused.status_code in (303, 401), route
            assert refused.headers.get("location", "/login").startswith("/login"), route


def test_a_fall_from_the_worklist_to_its_outcome(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed, peak_g=4.2)
    nurse = sign_in("nurse1")
    shown = nurse.get("/console").text
    assert "跌倒" in shown
    assert "无人接手" in shown
    assert "4.2" in shown
    assert f'data-ringing="{alert}:1:1 "' in shown
    done = nurse.post(f"/alerts/{alert}/acknowledge", headers={"hx-request": "true"})
    assert done.status_code == 200
    assert "接手" in done.text
    assert 'data-ringing=""' in done.text
    early = nurse.post(f"/alerts/{alert}/resolve", data={"outcome": "real"})
    assert early.status_code == 409
    assert "请先到场" in early.text
    wrong = nurse.post(f"/alerts/{alert}/arrive", data={"code": "nowhere"})
    assert wrong.status_code == 409
    assert nurse.post(f"/alerts/{alert}/arrive", data={"code": f"scan-{bed}"}).status_code == 303
    assert nurse.post(f"/alerts/{alert}/comment", data={"text": "<b>冰敷</b>"}).status_code == 303
    assert nurse.post(f"/alerts/{alert}/resolve", data={"outcome": "real", "note": "髋部疼"}).status_code == 303
    page = nurse.get(f"/alerts/{alert}").text
    assert "已结束：属实" in page
    assert "髋部疼" in page
    assert "&lt;b&gt;冰敷&lt;/b&gt;" in page
    assert re.findall(r"<strong>([^<]+)</strong>(?: ·|</li|\n)", page)
    assert "没有未结束的报警" in nurse.get("/console").text


def test_a_scanned_code_opens_the_place_and_only_the_button_arrives(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    alert = house.alert(AlertKind.SOS_CALL, bed)
    nurse = sign_in("nurse2")
    assert "紧急呼叫" in nurse.get(f"/arrive/scan-{bed}").text
    assert nurse.get(f"/arrive?code=scan-{bed}").status_code == 200
    assert house.one("select count(*) from anxin.alert where arrived_at is not null") == 0
    moved = nurse.post(f"/arrive/scan-{bed}")
    assert (moved.status_code, moved.headers["location"]) == (303, f"/alerts/{alert}")
    assert house.one("select count(*) from anxin.alert where arrived_at is not null") == 1
    assert nurse.get("/arrive/no-such-code").status_code == 404


def test_who_pressed_the_carers_button_in_the_room_says_on_the_phone_that_it_was_she(
    house: House, sign_in: SignIn
) -> None:
    bed = house.beds()[0]
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed)
    nurse = sign_in("nurse2")
    path = f"/alerts/{alert}/arrive/button"
    assert path not in nurse.get(f"/alerts/{alert}").text
    assert nurse.post(path).status_code == 409, "nobody pressed"
    row = house.connection.execute(
        "select d.code, g.code from anxin.device d join anxin.gateway g on g.id = d.gateway_id where d.bed_id = %s",
        (house.bed(bed),),
    ).fetchone()
    assert row is not None
    message(house, row[1], 1, Detection(row[0], house.clock.now(), DetectionKind.CARER_PRESENT))
    assert path in nurse.get(f"/alerts/{alert}/facts").text
    assert nurse.post(path).status_code == 303
    assert house.one("select count(*) from anxin.alert where arrived_by = %s", house.account("nurse2")) == 1
    assert path not in nurse.get(f"/alerts/{alert}/facts").text


def test_a_dead_sensor_is_unknown_and_never_its_last_value(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    house.hear(bed, bed_occupied=1, heart_rate=71, respiratory_rate=15)
    nurse = sign_in("nurse1")
    tile = re.compile(rf'id="bed-{house.bed(bed)}" class="bed (o-\w+).*?</li>', re.DOTALL)

    def shown() -> str:
        found = tile.search(nurse.get("/beds/tiles").text)
        assert found is not None
        return found.group(0)

    assert "o-in" in shown()
    assert "<b>71</b>" in shown()
    house.clock.forward(timedelta(hours=3))
    house.hear_gateways()
    assert "o-unknown" in shown()
    assert "71" not in shown()
    assert "3 小时 0 分" in shown()


def test_words_follow_the_account_and_the_switch(house: House, sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    assert '<html lang="zh-CN">' in nurse.get("/console").text
    nurse.post("/appearance", data={"language": "en", "back": "/console"})
    nurse.post("/appearance", data={"type": "large", "back": "//evil.example/"})
    page = nurse.get("/console").text
    assert '<html lang="en" class="large">' in page
    assert "No open alerts" in page
    assert "SIMULATED DATA" in page
    assert '<html lang="en">' in sign_in("integrator").get("/equipment").text


def test_a_night_in_pictures_and_sums(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    start = house.clock.now() - timedelta(hours=5)  # 21:00 local
    night = [1.0] * 120 + [0.0] * 15 + [1.0] * 100 + [None] + [1.0] * 20
    from anxin.vocabulary import ObservationKind

    house.pack(bed, ObservationKind.BED_OCCUPIED, start, night)
    house.pack(bed, ObservationKind.HEART_RATE, start, [62.0] * 30)
    nurse = sign_in("nurse1")
    told = nurse.get(f"/api/v1/residents/{house.resident_in(bed)}/night").json()
    assert (told["out_of_bed_s"], told["times_up"]) == (900, 1)
    assert told["in_bed_s"] + told["out_of_bed_s"] + told["unknown_s"] == 5 * 3600
    page = nurse.get(f"/residents/{house.resident_in(bed)}").text
    assert "15 分" in page
    assert 'class="b-out"' in page
    assert 'class="b-unknown"' in page
    vitals = nurse.get(f"/residents/{house.resident_in(bed)}/vitals").json()
    assert vitals["heart_rate"][0] == pytest.approx(62)
    assert vitals["heart_rate"][30] is None


def test_the_database_away_is_said_and_survived(house: House, served: Served, sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    assert nurse.get("/health/ready").status_code == 200
    house.connection.close()
    with house.database.connect() as owner:
        name = house.database.settings.name
        served.app.state.web.pool.close()
        owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            (name,),
        )
    assert nurse.get("/health/ready").status_code == 503
    assert nurse.get("/health/live").status_code == 200
    away = nurse.get("/console")
    assert away.status_code == 503
    assert "数据库没有响应" in away.text


def test_password_is_the_one_of_the_test(sign_in: SignIn) -> None:
    assert sign_in("").post("/login", data={"account": "nurse1", "password": PASSWORD + "x"}).status_code == 401
