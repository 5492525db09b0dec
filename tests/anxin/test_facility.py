"""A facility file is checked with the line of each error."""

from __future__ import annotations

import pytest

from anxin.config import ConfigError
from anxin.facility import parse
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


_PEOPLE = """code = "home"
name = "Home"
[[accounts]]
code = "a"
name = "A"
role = "nurse"
[[duties]]
account = "a"
post = "carer"
shift = "night"
starts = "21:00"
ends = "07:00"
"""
_LEVELS = 'levels = [{ after_s = 0, posts = ["nurse"] }]'


@pytest.mark.parametrize(
    ("more", "line", "says"),
    [
        ('days = ["monday"]', 13, "'monday' is none of mon"),
        ("first_day = 2026-03-02\nlast_day = 2026-03-01", 14, "lies before first_day"),
        ('[[absences]]\naccount = "b"\nstarts = 2026-03-01T00:00:00\nends = 2026-03-02T00:00:00', 14, "no account 'b'"),
        ('[[absences]]\naccount = "a"\nstarts = 2026-03-02T00:00:00\nends = 2026-03-01T00:00:00', 16, "not later"),
        ('[[escalations]]\npriority = "low"\nlevels = [{ after_s = 0, posts = ["nurse"] }]', 14, "low is never sent"),
        ('[[escalations]]\npriority = "high"\nlevels = []', 15, "nobody would be told"),
        (f'[[escalations]]\npriority = "high"\nkind = "sos"\n{_LEVELS}', 15, "no kind"),
        (f'[[escalations]]\npriority = "high"\nshift = "day"\n{_LEVELS}', 15, "shift 'day'"),
        ('[[escalations]]\npriority = "high"\nlevels = [{ after_s = 9, posts = ["nurse"] }]', 15, "told at once"),
        ('[[escalations]]\npriority = "high"\nlevels = [{ after_s = 0, posts = ["cook"] }]', 15, "'cook' is none of"),
        ('[[escalations]]\npriority = "high"\nrepeat_s = 1\nlevels = [{ after_s = 0, posts = ["nurse"] }]', 15, "30 s"),
    ],
)  # fmt: skip
def test_a_wrong_roster_or_escalation_is_named_with_its_line(more: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        parse(_PEOPLE + more, "home.toml")
    assert f"home.toml:{line}: " in str(error.value)
