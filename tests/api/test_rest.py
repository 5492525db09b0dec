"""The JSON interface, with a bearer token as an integrator uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from anxin.vocabulary import AlertKind
from api.access import ACCESS, PUBLIC
from tests.api.house import PASSWORD, House
from tests.support.browser import Served

pytestmark = pytest.mark.database
Bearer = Callable[[str], httpx.Client]


@pytest.fixture
def bearer(served: Served) -> Iterator[Bearer]:
    clients: list[httpx.Client] = []

    def open_client(account: str) -> httpx.Client:
        client = httpx.Client(base_url=served.url)
        clients.append(client)
        answer = client.post("/api/v1/session", json={"account": account, "password": PASSWORD})
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return client

    yield open_client
    for client in clients:
        client.close()


def test_an_alert_from_list_to_outcome(house: House, bearer: Bearer) -> None:
    bed = house.beds()[0]
    alert = house.alert(AlertKind.FALL_CONFIRMED, bed, peak_g=4.2)
    nurse = bearer("nurse1")
    (listed,) = nurse.get("/api/v1/alerts").json()
    assert (listed["id"], listed["state"], listed["evidence"], listed["history"]) == (
        alert,
        "on",
        {"peak_g": 4.2},
        None,
    )
    assert nurse.post(f"/api/v1/alerts/{alert}/acknowledge").json()["state"] == "ack"
    early = nurse.post(f"/api/v1/alerts/{alert}/resolve", json={"outcome": "real"})
    assert (early.status_code, early.json()["detail"]["code"]) == (409, "arrival_first")
    wrong = nurse.post(f"/api/v1/alerts/{alert}/arrive", json={"scan_code": "x"})
    assert (wrong.status_code, wrong.json()["detail"]["code"]) == (409, "wrong_place")
    assert nurse.post(f"/api/v1/alerts/{alert}/arrive", json={"scan_code": f"scan-{bed}"}).status_code == 200
    done = nurse.post(f"/api/v1/alerts/{alert}/resolve", json={"outcome": "real", "note": "x"}).json()
    assert [entry["action"] for entry in done["history"]] == ["raised", "acknowledged", "arrived", "resolved"]
    assert nurse.get("/api/v1/alerts").json() == []
    assert [one["id"] for one in nurse.get("/api/v1/alerts?state=all").json()] == [alert]
    assert nurse.get(f"/api/v1/alerts?state=all&before={alert}").json() == []


def test_what_is_wrong_is_said_and_nothing_happens(house: House, bearer: Bearer) -> None:
    alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[0])
    nurse = bearer("nurse1")
    assert nurse.get("/api/v1/alerts/999").status_code == 404
    assert nurse.post("/api/v1/alerts/999/acknowledge").status_code == 404
    assert nurse.post(f"/api/v1/alerts/{alert}/resolve", json={"outcome": "fine"}).status_code == 422
    assert nurse.get("/api/v1/alerts?limit=0").status_code == 422
    assert nurse.get("/api/v1/residents/999/night").status_code == 404
    assert bearer("integrator").post(f"/api/v1/alerts/{alert}/acknowledge").status_code == 403
    bad = httpx.post(f"{nurse.base_url}/api/v1/session", json={"account": "nurse1", "password": "x"})
    assert bad.status_code == 401


def test_beds_say_unknown_as_null_with_the_time_of_the_last_value(house: House, bearer: Bearer) -> None:
    first, second = house.beds()[:2]
    house.hear(first, 5, bed_occupied=1, heart_rate=70)
    house.hear(second, 9_000, bed_occupied=1, heart_rate=71)
    beds = {bed["id"]: bed for bed in bearer("integrator").get("/api/v1/beds").json()}
    alive, dead = beds[house.bed(first)], beds[house.bed(second)]
    assert (alive["occupancy"], alive["heart_rate"]["value"]) == ("in", 70)
    assert (dead["occupancy"], dead["heart_rate"]) == ("unknown", {"value": None, "at": "2026-03-01T15:30:00Z"})


def test_the_document_names_every_route_and_loads_nothing(bearer: Bearer) -> None:
    document = bearer("integrator").get("/api/openapi.json").json()
    assert set(document["paths"]) == {route for route in {*ACCESS, *PUBLIC} if route.startswith("/api/v1/")}
    assert "http" not in str(document["paths"])
