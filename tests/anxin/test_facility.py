"""A facility file is checked with the line of each error."""

from __future__ import annotations

import pytest

from anxin.config import ConfigError
from tests.support.homes import SMALL_HOME, small_home


def test_the_small_home_is_read() -> None:
    home = small_home()
    assert [bed.code for ward in home.wards for room in ward.rooms for bed in room.beds] == ["bed-101-1", "bed-101-2"]
    assert home.gateways[0].devices[2].id == "radar 101"


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('kind = "bed_sensor"', 'kind = "bedsensor"', "gateways[0].devices[0].kind: Invalid enum value 'bedsensor'"),
        ('bed = "bed-101-2"', 'bed = "bed-9"', "residents[1].bed: there is no bed 'bed-9' in this file"),
        ('bed = "bed-101-2"', 'bed = "bed-101-1"', "residents[1].bed: bed 'bed-101-1' is taken by 'wang'"),
        ("birth_year = 1938", "birthyear = 1938", "residents[0].birthyear: Object contains unknown field `birthyear`"),
        ('starts = "21:00"', 'starts = "9pm"', "duties[0].starts: '9pm' is no time of day; write 21:00"),
        ('id = "button-101-1"', 'id = "pad-101-1"', "devices[1].id: device of gw-1 'pad-101-1' is there already"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Peking"', "time_zone: 'Peking' is no time zone"),
        ('times = ["08:00", "20:00"]', 'times = ["8 am"]', "schedules[0].times: '8 am' is no time of day; write 21:00"),
        ("every_min = 120", "every_min = 2", "schedules[1].every_min: 2 is less than 5 minutes"),
        ('care_level = "full"\n', 'care_level = "high"\n', "schedules[1].care_level: 'high' is none of self, partial"),
        ('fall_risk = "high"', 'fall_risk = "very"', "residents[0].profile: fall_risk 'very' is none of low, medium"),
        ('consent_by = "wang"\n', "", "accounts[1]: residents are given without consent_by"),
    ],
)
def test_an_error_names_line_and_place(right: str, wrong: str, complaint: str) -> None:
    text = SMALL_HOME.replace(right, wrong, 1)
    anchor = right if wrong else '[[accounts]]\ncode = "daughter"'
    line = SMALL_HOME[: SMALL_HOME.index(anchor)].count("\n") + 1
    with pytest.raises(ConfigError) as caught:
        small_home(text)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"small_home.toml:{line}: ")


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("every_min = 120", "", "schedules[1].kind: give either times or every_min"),
        ('code = "metformin"', "", "schedules[0].kind: a medication needs a code: which one"),
        ('ends = "05:00"', "", "policies[1].starts: starts and ends go together"),
        ('kind = "round"', 'kind = "handover"', "schedules[1].kind: a handover is for a ward or all"),
    ],
)
def test_a_schedule_or_policy_that_cannot_be_meant_is_refused(right: str, wrong: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        small_home(SMALL_HOME.replace(right, wrong, 1))
    assert complaint in str(caught.value)
