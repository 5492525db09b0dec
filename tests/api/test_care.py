"""One-tap entries and coverage, through HTTP on the real database."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from analytics.coverage_store import write
from analytics.reload import load_directory
from anxin.log_reader import read
from anxin.log_row import START
from tests.api.conftest import SignIn
from tests.api.house import PASSWORD, House
from tests.support.browser import Served

pytestmark = pytest.mark.database


def entries(house: House) -> list[tuple[str, int | None, dict[str, object]]]:
    rows = house.connection.execute("select kind, resident_id, facts from anxin.care_entry order by id").fetchall()
    return [(kind, resident, facts) for kind, resident, facts in rows]


def test_a_scanned_bed_shows_one_button_for_each_entry_and_a_tap_is_noted_once(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    resident = house.resident_in(bed)
    nurse = sign_in("nurse1")
    shown = nurse.get(f"/care/scan-{bed}").text
    assert "已翻身" in shown
    form = shown.partition('value="turned"')[0].rpartition('name="key" value="')[2].partition('"')[0]
    tap = {"key": form, "place": f"scan-{bed}", "kind": "turned", "resident": str(resident)}
    for _ in range(2):
        answer = nurse.post("/care", data=tap)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/care/scan-{bed}?done=turned")
    assert entries(house) == [("turned", resident, {})]
    (row,) = (row for row in read(house.connection, 0, START) if row.lane == "entry")
    assert b'"turned"' in row.payload
    assert "已记录：已翻身" in nurse.get(f"/care/scan-{bed}?done=turned").text
    assert nurse.get("/care/nowhere").status_code == 404


def test_a_chart_a_leave_and_a_headcount_carry_their_facts(house: House, sign_in: SignIn) -> None:
    bed = house.beds()[0]
    resident = str(house.resident_in(bed))
    nurse = sign_in("nurse1")
    place = {"place": f"scan-{bed}", "resident": resident}
    nurse.post("/care", data={**place, "key": "1", "kind": "vitals", "pulse": "72", "oxygen": "no", "spo2": ""})
    nurse.post("/care", data={**place, "key": "2", "kind": "leave_out", "back_at": "2026-03-02T18:00"})
    shown = nurse.get("/care").text
    ward, expected = re.findall(r'name="ward" value="(\d+)"><input type="hidden" name="expected" value="(\d+)"', shown)[
        0
    ]
    nurse.post("/care", data={"key": "3", "kind": "headcount", "ward": ward, "present": "4", "expected": expected})
    noted = entries(house)
    assert [(kind, facts) for kind, _, facts in noted] == [
        ("vitals", {"pulse": 72.0, "oxygen": False}),
        ("leave_out", {"back_at": "2026-03-02T18:00:00+08:00"}),
        ("headcount", {"present": 4.0, "expected": float(expected)}),
    ]
    assert "请假外出" in nurse.get(f"/care/scan-{bed}").text


@pytest.mark.parametrize(
    ("tap", "says"),
    [
        ({"kind": "dance"}, "dance"),
        ({"kind": "headcount"}, "present, expected must be given"),
        ({"kind": "vitals", "pulse": "fast"}, "fast"),
        ({"kind": "turned", "resident": "999999"}, "no such one in this facility"),
    ],
)
def test_what_cannot_be_noted_is_said_and_nothing_is_kept(
    house: House, sign_in: SignIn, tap: dict[str, str], says: str
) -> None:
    answer = sign_in("nurse1").post("/care", data={"key": "1", **tap})
    assert answer.status_code == 400
    assert says in answer.text
    assert entries(house) == []


def bearer(served: Served, account: str) -> httpx.Client:
    client = httpx.Client(base_url=served.url)
    answer = client.post("/api/v1/session", json={"account": account, "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return client


def test_a_program_notes_an_entry_once_and_only_with_the_right(house: House, served: Served) -> None:
    bed = house.beds()[0]
    body = {"kind": "round", "key": "round-7", "scan_code": f"scan-{bed}", "facts": {"finding": "asleep"}}
    with closing(bearer(served, "nurse1")) as nurse:
        first, again = (nurse.post("/api/v1/entries", json=body) for _ in range(2))
        assert first.json() == again.json()
        wrong = nurse.post("/api/v1/entries", json={**body, "key": "x", "facts": {"mood": "fine"}})
        assert (wrong.status_code, "no fact 'mood'" in wrong.json()["detail"]) == (422, True)
        late = {**body, "key": "y", "time": (house.clock.now() - timedelta(days=9)).isoformat()}
        assert nurse.post("/api/v1/entries", json=late).status_code == 422
    wall = house.connection.execute("select code from anxin.account where role = 'wall'").fetchone()
    assert wall is not None
    with closing(bearer(served, wall[0])) as other:
        assert other.post("/api/v1/entries", json=body).status_code == 403
    assert [kind for kind, _, _ in entries(house)] == ["round"]


def test_the_page_of_coverage_says_what_is_missing(house: House, sign_in: SignIn) -> None:
    nurse = sign_in("nurse1")
    assert "值守尚未运行" in nurse.get("/coverage").text
    with house.database.connect("anxin_analytics") as connection:
        directory = load_directory(connection, 0, house.clock.now())
        write(connection, directory, house.clock.now())
        write(connection, directory, house.clock.now())
    shown = nurse.get("/coverage").text
    row = shown.partition("翻身超时")[2].partition("</tr>")[0]
    assert "未覆盖" in row and "日程：翻身" in row
    rows = nurse.get("/api/v1/coverage").json()
    turns = [one for one in rows if one["kind"] == "turn_overdue"]
    assert {tuple(one["missing"]) for one in turns} == {("schedule:turn",)}
    assert len(turns) == len({one["resident_id"] for one in turns})


def test_a_handover_that_is_signed_is_an_entry(house: House, sign_in: SignIn) -> None:
    sign_in("nurse1").post("/handover/begin", data={"note": "quiet"})
    handover = house.one("select id from anxin.handover")
    assert sign_in("nurse1").post(f"/handover/{handover}/sign").status_code == 409
    assert entries(house) == [], "nobody signs for what they gave"
    assert sign_in("nurse2").post(f"/handover/{handover}/sign").status_code == 303
    assert [kind for kind, _, _ in entries(house)] == ["handover"]
