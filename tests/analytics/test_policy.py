"""The rules' numbers: scopes, times, night, bad input."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.moment import NEVER, from_ms, to_ms
from analytics.parameters import DEFAULTS, PARAMETERS
from analytics.policy import PolicyError, PolicyRow, PolicyView, check, night_around

ZONES = {1: ZoneInfo("Asia/Shanghai")}
RULE = ("bed_absence", "warn_min")


def row(
    value: float, ward: int | None = None, resident: int | None = None, from_ms: int = 0, to_ms: int = NEVER
) -> PolicyRow:
    return PolicyRow(1, ward, resident, *RULE, value, from_ms, to_ms)


def test_the_narrowest_scope_wins() -> None:
    view = PolicyView([row(30, resident=7), row(10), row(25, ward=2)], 0, ZONES)
    assert [view.value(*RULE, 1, 2, 7), view.value(*RULE, 1, 2, 8), view.value(*RULE, 1, 3, 8)] == [30, 25, 10]
    assert view.value(*RULE, 2) == DEFAULTS[RULE]


def test_a_value_holds_from_its_time_on() -> None:
    rows = [row(10, from_ms=100, to_ms=200), row(15, from_ms=200)]
    assert [PolicyView(rows, at, ZONES).value(*RULE, 1) for at in (99, 100, 199, 200)] == [DEFAULTS[RULE], 10, 10, 15]


def test_a_value_for_a_time_of_the_day_wins_there_and_says_when_it_ends() -> None:
    rows = [PolicyRow(1, None, None, *RULE, 5.0, starts="22:00", ends="05:00"), row(30)]
    at = [
        to_ms(datetime.fromisoformat(f"2026-03-01T{clock}:00+08:00")) for clock in ("21:59", "22:00", "04:59", "05:00")
    ]
    views = [PolicyView(rows, ms, ZONES) for ms in at]
    assert [view.value(*RULE, 1) for view in views] == [30, 5, 5, 30]
    assert views[0].until_ms == at[1]
    assert views[2].until_ms == at[3]


def test_every_parameter_is_said_once_in_two_languages() -> None:
    assert len(DEFAULTS) == len(PARAMETERS)
    for one in PARAMETERS:
        assert one.grade in ("V", "V2", "M", "C", "E")
        assert one.source
        assert one.en.isascii()
        assert not one.zh.isascii()
        check(PolicyRow(1, None, None, one.rule, one.name, one.default))


@pytest.mark.parametrize(
    ("rule", "name", "value", "says"),
    [
        ("bed_absence", "warn", 5.0, "bed_absence has alarm_min, .*warn_min"),
        ("bed", "warn", 5.0, "rules are activity, bathroom"),
        ("bed_absence", "warn_min", "5", r"no value like \d+\.0"),
        ("bed_absence", "warn_min", True, r"no value like \d+\.0"),
        (
            "bed_absence",
            "warn",
            5.0,
            "bed_absence has alarm_min, cap_min, return_s",
        ),
        ("bed", "warn", 5.0, "rules are activity"),
        ("bed_absence", "warn_min", "5", "no value like 30.0"),
        ("bed_absence", "warn_min", True, "no value like 30.0"),
        ("night", "starts", 21.0, "no value like '21:00'"),
        ("night", "starts", "nine", "write 21:00"),
        ("resident", "care_level", "high", "none of self, partial, full, special"),
    ],
)
def test_a_wrong_policy_is_refused_in_words(rule: str, name: str, value: float | str | bool, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        check(PolicyRow(1, None, None, rule, name, value))


@pytest.mark.parametrize(
    ("at", "night"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("05:59", True), ("06:00", False)],
)
def test_night_is_local(at: str, night: bool) -> None:
    moment = to_ms(datetime.fromisoformat(f"2026-03-01T{at}:00+08:00"))
    assert (night_around(moment, "21:00", "06:00", ZoneInfo("Asia/Shanghai")) is not None) == night


def test_a_night_with_a_clock_change_ends_at_its_local_end() -> None:
    zone = ZoneInfo("Europe/Berlin")
    found = night_around(to_ms(datetime(2026, 3, 29, 0, 30, tzinfo=UTC)), "21:00", "06:00", zone)
    assert found is not None
    assert [from_ms(ms).astimezone(zone).strftime("%d %H:%M") for ms in found] == ["28 21:00", "29 06:00"]
    assert found[1] - found[0] == 8 * 3_600_000


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  as the strategy wants
def test_milliseconds_and_moments_agree(moment: datetime) -> None:
    assert from_ms(to_ms(moment)) == moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)
