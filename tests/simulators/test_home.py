"""A made-up home holds together, survives a round trip through TOML, and keeps its people when it grows."""

from __future__ import annotations

import pytest

from anxin.config import Broker
from anxin.facility import parse
from anxin.vocabulary import DeviceKind, Role, RoomKind
from simulators.home import make_home
from simulators.home_devices import family_of
from simulators.people import people_of
from simulators.toml import facility_text
from simulators.wiring import edge_settings


@pytest.mark.parametrize("residents", [1, 4, 60])
def test_the_text_of_a_home_reads_back_as_the_same_home(residents: int) -> None:
    home = make_home(7, residents)
    assert parse(facility_text(home), "made.toml") == home


def test_the_seed_decides_everything() -> None:
    assert make_home(3, 20) == make_home(3, 20)
    assert make_home(3, 20) != make_home(4, 20)


def test_a_resident_stays_the_same_when_others_move_in() -> None:
    small, large = make_home(1, 10), make_home(1, 61)
    assert small.residents == large.residents[:10]
    alone = {person.code: person for person in people_of(small, 1)}
    together = {person.code: person for person in people_of(large, 1)}
    assert all(alone[code].heart == together[code].heart for code in alone)


def test_every_bed_has_a_bed_sensor_a_vitals_source_and_a_call_button() -> None:
    home = make_home(1, 60)
    devices = [device for gateway in home.gateways for device in gateway.devices]
    beds = {resident.bed for resident in home.residents}
    assert len(beds) == 60
    assert {d.bed for d in devices if d.kind == DeviceKind.BED_SENSOR} == beds
    assert {d.bed for d in devices if d.kind == DeviceKind.CALL_BUTTON} == beds
    assert {d.resident for d in devices if d.kind == DeviceKind.VITALS} == {r.code for r in home.residents}
    rooms = {room.code: room for ward in home.wards for room in ward.rooms}
    bedrooms = {code for code, room in rooms.items() if room.kind == RoomKind.BEDROOM}
    assert {d.room for d in devices if d.kind == DeviceKind.PRESENCE} >= bedrooms
    assert {d.room for d in devices if d.kind == DeviceKind.DOOR} >= bedrooms
    assert {len(room.beds) for room in rooms.values() if room.code in bedrooms} == {1, 2}
    assert sum(room.kind == RoomKind.EXIT for room in rooms.values()) == len(home.wards) == 3


def test_no_device_has_a_blank_that_the_embedded_broker_would_refuse() -> None:
    home = make_home(1, 60)
    for edge in edge_settings(home, Broker(), "spools", 7_000):
        assert not any(" " in topic for topic in edge.sources[0].topics)
    assert not any(" " in device.id for gateway in home.gateways for device in gateway.devices)


def test_there_are_staff_relatives_and_duties_around_the_clock() -> None:
    home = make_home(1, 60)
    roles = [account.role for account in home.accounts]
    assert roles.count(Role.NURSE) == 6
    assert {Role.MANAGER, Role.WALL, Role.INTEGRATOR, Role.RELATIVE} <= set(roles)
    for ward in home.wards:
        shifts = [(duty.starts, duty.ends) for duty in home.duties if duty.ward == ward.code]
        assert shifts == [("07:00", "19:00"), ("19:00", "07:00")]


def test_each_gateway_gets_an_agent_with_its_own_topics() -> None:
    home = make_home(1, 12)
    edges = edge_settings(home, Broker(port=1_999, secrets="keys"), "spools", 7_000, speed=60)
    assert [edge.gateway for edge in edges] == [gateway.code for gateway in home.gateways]
    assert all(family_of(edge.gateway) for edge in edges)
    topics = [topic for edge in edges for topic in edge.sources[0].topics]
    assert len(set(topics)) == len(topics) == 9
    by_code = {edge.gateway: edge for edge in edges}
    assert by_code["w2-zigbee"].sources[0].parameters == {"base": "zigbee2mqtt-w2"}
    assert by_code["w2-zigbee"].sources[0].password_file == "keys/edge"
    assert (by_code["w1-motion"].sources[0].kind, by_code["w1-motion"].sources[0].port) == ("feed", 7_000)


@pytest.mark.parametrize("residents", [0, 901])
def test_an_impossible_number_of_residents_is_refused(residents: int) -> None:
    with pytest.raises(ValueError, match="1 to 900"):
        make_home(1, residents)
