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
