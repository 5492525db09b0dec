"""Signing in, staying signed in and out again, and what a foreign page cannot do."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from anxin.clock import ScaledClock, SystemClock
from api.people import lifetime
from api.security import HEADERS
from tests.api.conftest import SignIn
from tests.api.house import PASSWORD, House
from tests.support.browser import Served

pytestmark = pytest.mark.database
WRONG = {"account": "nurse1", "password": "wrong-wrong"}


def test_the_cookie_is_out_of_reach_and_its_token_is_not_in_the_store(house: House, sign_in: SignIn) -> None:
    answer = sign_in("").post("/login", data={"account": " nurse1 ", "password": PASSWORD, "next": "//evil.example"})
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    token = answer.cookies["anxin_session"]
    stored = house.connection.execute("select token_hash from anxin.session").fetchall()
    assert all(token.encode() not in bytes(hashed) for (hashed,) in stored)


def test_wrong_passwords_are_refused_then_slowed_down(house: House, sign_in: SignIn) -> None:
    client = sign_in("")
    for account in ("nurse1", "nobody", "nurse1", "nurse1", "nurse1", "nurse1"):
        answer = client.post("/login", data={**WRONG, "account": account})
        assert answer.status_code == 401
    assert client.post("/login", data={"account": "nurse1", "password": PASSWORD}).status_code == 429
    house.clock.forward(timedelta(seconds=10))
    assert client.post("/login", data={"account": "nurse1", "password": PASSWORD}).status_code == 303


def test_a_session_ends_by_time_by_signing_out_and_with_the_account(house: House, sign_in: SignIn) -> None:
    nurse, other, third = sign_in("nurse1"), sign_in("nurse1"), sign_in("nurse2")
    assert nurse.post("/logout").status_code == 303
    assert nurse.get("/console").status_code == 303
    house.connection.execute("update anxin.account set active = false where code = 'nurse2'")
    assert third.get("/console").headers["location"] == "/login?next=/console"
    assert third.get("/console/worklist", headers={"hx-request": "true"}).status_code == 401
    assert third.get("/session").status_code == 401
    assert other.get("/console").status_code == 200
    house.clock.forward(timedelta(hours=12))
    assert other.get("/console").status_code == 303


def test_a_wall_in_use_stays_signed_in(house: House, sign_in: SignIn) -> None:
    wall = sign_in("wall")
    for _ in range(5):
        house.clock.forward(timedelta(hours=7))
        assert wall.get("/wall/board").status_code == 200


def test_hours_of_a_session_are_real_hours() -> None:
    now = SystemClock().now()
    assert lifetime(12, SystemClock()) == timedelta(hours=12)
    assert lifetime(12, ScaledClock(now, now, 60)) == timedelta(hours=720)


def test_foreign_pages_can_change_nothing(sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
        assert nurse.post("/logout", headers=headers).status_code == 403
    assert nurse.get("/console").status_code == 200


def test_every_answer_has_the_strict_headers(sign_in: SignIn) -> None:
    client = sign_in("")
    for path in ("/login", "/static/js/page.js", "/console", "/nowhere", "/api/v1/alerts", "/health/live"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_two_homes_without_a_setting_are_said(house: House, sign_in: SignIn) -> None:
    house.connection.execute(
        "insert into anxin.facility (code, name, time_zone) values ('other', 'x', 'Asia/Shanghai')"
    )
    answer = sign_in("").post("/login", data={"account": "nurse1", "password": PASSWORD})
    assert answer.status_code == 503
    assert "api.facility" in answer.text


def test_a_broken_token_is_nobodys(served: Served) -> None:
    for headers in ({"authorization": "Bearer nonsense"}, {"authorization": "Basic x"}, {"cookie": "anxin_session="}):
        assert httpx.get(f"{served.url}/api/v1/alerts", headers=headers).status_code == 401
