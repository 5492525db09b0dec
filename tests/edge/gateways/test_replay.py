"""A replay sets state and never rings; a live edge rings once."""

from __future__ import annotations

from datetime import timedelta

from edge.gateways.model import Memory
from edge.gateways.timers import due, silent
from tests.edge.gateways.support import Home

RADAR = "zigbee2mqtt/radar"
FALLEN, FINE = {"fall_status": "fall_alarm", "occupancy": True}, {"fall_status": "normal"}


def test_a_fall_rings_once_and_again_after_it_was_cleared() -> None:
    home = Home()
    assert [home.rings(RADAR, body) for body in (FALLEN, FALLEN, FINE, FALLEN)] == [True, False, False, True]


def test_a_retained_fall_sets_the_level_so_that_the_restart_burst_is_silent() -> None:
    home = Home()
    first = home.say(RADAR, FALLEN, retain=True)[0]
    assert (first.alert, first.live_alert, first.signals["fall"]) == (False, True, True)
    assert not home.rings(RADAR, FALLEN)


def test_a_cached_field_carried_along_is_silent() -> None:
    home = Home()
    assert home.rings("zigbee2mqtt/pillow", {"sos": True})
    assert not home.rings("zigbee2mqtt/pillow", {"sos": True, "battery": 41})


def test_the_memory_survives_a_restart_as_json() -> None:
    home = Home()
    home.say(RADAR, FALLEN)
    home.memory = Memory.from_json(home.memory.to_json())
    assert not home.rings(RADAR, {**FALLEN, "battery": 80})


def test_unknown_ends_nothing() -> None:
    home = Home()
    said = [home.rings(RADAR, {"fall_status": word}) for word in ("fall_alarm", "unknown", "fall_alarm")]
    assert said == [True, False, False]


def test_every_press_of_a_one_shot_button_rings_and_its_twin_topic_does_not() -> None:
    home = Home()
    assert [home.rings("zigbee2mqtt/b", {"action": word}) for word in ("emergency", "", "emergency")] == [
        True,
        False,
        True,
    ]
    assert not home.rings("zigbee2mqtt/b/action", "emergency", seconds=0.1)


def test_a_radio_repeat_is_one_alarm() -> None:
    home = Home()
    frame = {"model": "X10-Security", "id": "31", "event": "KR18 PANIC"}
    assert [home.rings("rtl_433/a/events", frame, seconds=gap) for gap in (1, 0.3, 30)] == [True, False, True]


def test_two_gateways_that_hear_one_packet_count_it_once() -> None:
    home = Home()
    press = {"button": 1, "packet": 29, "mac": "BC:02:6E:AA:BB:CC"}
    said = [home.say(f"home/{name}/BTtoMQTT/BC026EAABBCC", press, after=timedelta(seconds=1))[0] for name in "ab"]
    assert [result.duplicate for result in said] == [False, True]


def test_one_fall_of_a_radar_rings_once_through_its_phases_and_the_next_again() -> None:
    home = Home()

    def phase(status: str, start: int) -> bool:
        body = {"type": 5, "payload": {"timestamp": start, "status": status, "deviceId": "d"}}
        return home.rings("/devices/d/events", body)

    first = [phase(word, 1768397900000) for word in ("fall_detected", "fall_confirmed", "calling", "on_call")]
    assert first == [False, True, False, False]
    assert not phase("fall_exit", 1768397900000)
    assert not phase("fall_confirmed", 1768397900000)  # late and out of order: the fall is over
    assert phase("fall_confirmed", 1768398900000)  # the end of the first was never heard
    assert phase("fall_confirmed", 1768399900000)


def test_an_alarm_id_that_is_used_again_later_is_a_new_alarm() -> None:
    home = Home()
    body = {"device_info": {"device_sn": "S"}, "trigger_data": {"trigger_id": 266, "event": 0, "status": 1}}
    assert [home.rings("any", body, seconds=gap) for gap in (1, 60, 3600)] == [True, False, True]


def test_a_level_without_an_end_clears_itself_so_that_the_next_rings() -> None:
    home = Home()
    tag = {"content": "motion info fall", "id": 5, "happen": "yes", "serial no": 1}
    assert home.rings("GW1_Health", tag)
    assert due(home.memory, home.now + timedelta(seconds=59)) == []
    (cleared,) = due(home.memory, home.now + timedelta(seconds=61))
    assert (cleared.device, cleared.signals, cleared.before) == ("5", {"fall": False}, {"fall": True})
    assert home.rings("GW1_Health", {**tag, "serial no": 2}, seconds=120)


def test_a_birth_is_a_picture_and_never_rings() -> None:
    home = Home()
    birth = b"\x08\x01" + _metric(b"fall", True)
    assert not home.rings("spBv1.0/g/DBIRTH/n/d", birth)
    assert not home.rings("spBv1.0/g/DDATA/n/d", birth)
    assert home.rings("spBv1.0/g/DDATA/n/other", birth)


def _metric(name: bytes, value: bool) -> bytes:
    body = b"\x0a" + bytes([len(name)]) + name + b"\x20\x0b" + b"\x70" + bytes([value])
    return b"\x12" + bytes([len(body)]) + body


def test_history_and_simulation_are_silent_and_leave_the_level_alone() -> None:
    home = Home()
    past = {"device": "d", "signals": {"fall": True}, "backfill": True}
    assert not home.rings(None, past)
    assert not home.rings(None, {"device": "d", "signals": {"fall": True}, "test": True})
    assert home.rings(None, {"device": "d", "signals": {"fall": True}})


def test_a_mat_that_says_its_state_again_after_reconnecting_is_no_new_exit() -> None:
    home = Home()
    events = [home.say("bed/1/exit", word)[0].event for word in ("STEPPED_ON_MAT", "STEPPED_ON_MAT", "OFF_MAT")]
    assert events == ["bed_exit", None, None]
    assert home.say("bed/1/exit", "STEPPED_ON_MAT")[0].event == "bed_exit"


def test_an_old_will_of_a_former_life_is_ignored() -> None:
    home = Home()
    home.say("spBv1.0/g/NBIRTH/n", _sequence(5))
    assert home.say("spBv1.0/g/NDEATH/n", _sequence(4))[0].ignore
    assert home.say("spBv1.0/g/NDEATH/n", _sequence(5))[0].availability == "offline"


def _sequence(number: int) -> bytes:
    body = b"\x0a\x05bdSeq\x20\x08\x58" + bytes([number])
    return b"\x12" + bytes([len(body)]) + body


def test_a_gateway_without_a_will_is_offline_when_it_is_not_heard() -> None:
    home = Home()
    home.say("dusun_pub", {"type": "HB_Msg", "mac": "M", "data": {"msg": "Online"}})
    limits = {mapping.name: mapping.silence_s for mapping in home.decoder.mappings}
    assert silent(home.memory, limits, home.now + timedelta(seconds=599)) == []
    late = home.now + timedelta(seconds=601)
    (gone,) = silent(home.memory, limits, late)
    assert (gone.availability, gone.scope, gone.via) == ("offline", "gateway", "M")
    assert silent(home.memory, limits, late + timedelta(hours=1)) == []


def test_unknown_messages_are_kept_bounded_with_a_proposal_and_without_names() -> None:
    home = Home()
    for number in range(300):
        result = home.say(f"strange/{number}", {"linkquality": 1, "contact": True, "patientName": "Li"})[0]
    assert (result.unknown, result.proposal) == (True, "looks like a Zigbee2MQTT contact sensor")
    assert len(home.memory.unknown) == 200
    assert "Li" not in home.memory.to_json().decode()
