"""New devices and gateways: seen, judged by what they sent, believed only after a person's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin import event
from anxin.db import admission
from anxin.event import UNMAPPED, Call, Detection, DeviceStatus, Event, Observations
from anxin.topic import LaneKey
from anxin.vocabulary import OBSERVATIONS, DetectionKind, DeviceKind, Lane, ObservationKind
from api.integrator.proposal import Proposal, propose
from api.integrator.unassigned import access_state
from tests.api.conftest import SignIn
from tests.api.house import House, message

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
_BELIEVED = (
    "select count(*) from anxin.current_state c join anxin.device d on d.id = c.device_id where d.code = 'radar <7>'"
)


def gateway_of(house: House) -> str:
    row = house.connection.execute("select code from anxin.gateway order by code limit 1").fetchone()
    assert row is not None
    return str(row[0])


def payload(*events: Event) -> bytes:
    return event.encode(event.compose(LaneKey("h", "g", Lane.DATA, "e"), 1, NOW, list(events)))


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([Observations(NOW, ["x", "y"], {"heart_rate": [60, 70], "bed_occupied": [1, None]})], DeviceKind.BED_SENSOR),
        ([Observations(NOW, ["y", "x"], {"heart_rate": [60, 70], "bed_occupied": [1, None]})], DeviceKind.VITALS),
        ([Observations(NOW, ["x"], {"battery": [80]}), Call("x", NOW)], DeviceKind.CALL_BUTTON),
        ([Observations(NOW, ["x"], {"worn": [1], "heart_rate": [60]}), Call("x", NOW)], DeviceKind.WEARABLE),
        ([Detection("x", NOW, DetectionKind.FALL)], DeviceKind.FALL_SENSOR),
        ([Detection("y", NOW, DetectionKind.FALL)], DeviceKind.OTHER),
    ],
)
def test_a_device_is_judged_by_what_it_sent_itself(events: list[Event], kind: DeviceKind) -> None:
    assert propose(payload(*events), "x").kind is kind


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_can_be_judged(data: bytes, device: str) -> None:
    assert propose(data, device) == Proposal(DeviceKind.OTHER)


def test_an_expired_code_is_no_admission() -> None:
    row = {"known": True, "revoked_at": None, "enrolled_at": None, "code_expires_at": NOW}
    assert access_state(row, NOW) == "outside"
    assert access_state(row, NOW - timedelta(seconds=1)) == "waiting"


@pytest.mark.database
def test_a_new_device_is_put_aside_until_somebody_assigns_it(house: House, sign_in: SignIn) -> None:
    gateway, bed = gateway_of(house), house.beds()[0]
    message(
        house, gateway, 1, Observations(house.clock.now(), ["radar <7>"], {"presence": [1]}), Call("radar <7>", NOW)
    )
    assert house.one(_BELIEVED) == 0
    integrator = sign_in("integrator")
    shown = integrator.get("/unassigned").text
    assert "radar &lt;7&gt;" in shown and OBSERVATIONS[ObservationKind.PRESENCE].en in shown
    form = {"gateway": gateway, "device": "radar <7>", "kind": "presence", "place": f"bed:{bed}", "supervision": "2.5"}
    assert integrator.post("/unassigned/assign", data=form | {"place": "bed:nowhere"}).status_code == 409
    assert integrator.post("/unassigned/assign", data=form | {"supervision": "-1"}).status_code == 409
    assert integrator.post("/unassigned/assign", data=form).status_code == 303
    assert "radar &lt;7&gt;" not in integrator.get("/unassigned").text
    assert integrator.post("/unassigned/assign", data=form).status_code == 409, "twice"
    found = house.connection.execute(
        "select d.supervision_s, d.room_id = b.room_id, a.code from anxin.device d join anxin.bed b on b.id = d.bed_id"
        " join anxin.account a on a.id = d.assigned_by where d.code = 'radar <7>'"
    ).fetchone()
    assert found == (150.0, True, "integrator")
    message(house, gateway, 2, Observations(house.clock.now(), ["radar <7>"], {"presence": [1]}))
    assert house.one(_BELIEVED) == 1


@pytest.mark.database
def test_a_topic_without_a_mapping_is_shown_with_its_proposal(house: House, sign_in: SignIn) -> None:
    message(
        house,
        gateway_of(house),
        1,
        DeviceStatus("door/7/raw", NOW, True, UNMAPPED + "looks like a Zigbee2MQTT contact"),
    )
    shown = sign_in("manager").get("/unassigned").text
    assert "door/7/raw" in shown and "Zigbee2MQTT contact" in shown
    assert 'name="device" value="door/7/raw"' not in shown, "a topic is no device that could be assigned"
    assert "0 个待分配" in shown


@pytest.mark.database
def test_an_unknown_gateway_is_shown_enrols_and_is_revoked(house: House, sign_in: SignIn) -> None:
    message(house, "stranger", 1, Call("b", NOW))
    manager = sign_in("manager")
    assert "stranger" in manager.get("/unassigned").text
    shown = manager.post("/unassigned/enrol", data={"gateway": "stranger"}).text
    code = shown.split('class="once">')[1].split("<")[0]
    assert code not in manager.get("/unassigned").text, "it is shown only once"
    box = httpx.Client(base_url=manager.base_url)
    assert box.post("/api/v1/enrol", json={"code": "AAAA-BBBB-CCCC-DDDD"}).status_code == 403
    given = box.post("/api/v1/enrol", json={"code": code}).json()
    assert given["user"] == "home.stranger"
    assert box.post("/api/v1/enrol", json={"code": code}).status_code == 403, "a code works once"
    box.close()
    assert [rights.user for rights, _ in admission.admitted(house.connection)] == ["home.stranger"]
    assert manager.post("/unassigned/revoke", data={"gateway": "stranger"}).status_code == 303
    assert admission.admitted(house.connection) == []
    assert manager.post("/unassigned/enrol", data={"gateway": "no blank"}).status_code == 409


@pytest.mark.database
def test_guessing_codes_is_slowed_down(house: House, sign_in: SignIn) -> None:
    box = sign_in("")
    answers = [box.post("/api/v1/enrol", json={"code": f"AAAA-{n}"}).status_code for n in range(7)]
    assert answers == [403] * 5 + [429] * 2
