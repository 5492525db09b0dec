"""Vectors of what Grafana makes of SQL, after its PostgreSQL source and @grafana/data 13.2.3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.grafana_sql import MacroError, Variable, View, expand, interval

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VIEW = View(START, START + timedelta(hours=6))
TIMESCALE = View(VIEW.start, VIEW.end, timescale=True)
FROM, TO = "'2026-03-01T12:00:00Z'", "'2026-03-01T18:00:00Z'"
EPOCH = int(START.timestamp())
MULTI = {"ward": Variable(["1", "o'2"], multi=True), "bed": Variable("a'b"), "n": Variable(5)}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select $__time(t)", 'select t AS "time"'),
        ("select $__timeEpoch(t)", 'select extract(epoch from t) as "time"'),
        ("where $__timeFilter(t)", f"where t BETWEEN {FROM} AND {TO}"),
        ("where t > $__timeFrom() and t < $__timeTo()", f"where t > {FROM} and t < {TO}"),
        ("$__timeGroup(t,'5m')", "floor(extract(epoch from t)/300)*300"),
        ("$__timeGroup(t, 30d)", "floor(extract(epoch from t)/2592000)*2592000"),
        ("$__timeGroup(t,'500ms')", "floor(extract(epoch from t)/0.5)*0.5"),
        ("$__timeGroup(t,'5m', NULL)", "floor(extract(epoch from t)/300)*300"),
        ("$__timeGroupAlias(t,'1h')", 'floor(extract(epoch from t)/3600)*3600 AS "time"'),
        ("select $__timeGroup(t,'1m'), x", 'select floor(extract(epoch from t)/60)*60 AS "time", x'),
        ("$__timeGroup(t,$__interval)", "floor(extract(epoch from t)/20)*20"),
        ("$__unixEpochFilter(t)", f"t >= {EPOCH} AND t <= {EPOCH + 21600}"),
        ("$__unixEpochFrom() $__unixEpochTo()", f"{EPOCH} {EPOCH + 21600}"),
        ("$__unixEpochNanoFilter(t)", f"t >= {EPOCH}000000000 AND t <= {EPOCH + 21600}000000000"),
        ("$__unixEpochNanoFrom()", f"{EPOCH}000000000"),
        ("$__unixEpochGroup(t,'5m')", "floor((t)/300)*300"),
        ("$__unixEpochGroupAlias(t,'5m')", 'floor((t)/300)*300 AS "time"'),
        ("$__interval $__interval_ms", "20s 20000"),
        ("in ($ward)", "in ('1','o''2')"),
        ("in ([[ward]]) in (${ward})", "in ('1','o''2') in ('1','o''2')"),
        ("'$bed' = $n", "'a''b' = 5"),
        ("a -- $bed, b\n, c", "a \n, c"),
        ("a /* b\n c */ d", "a  d"),
        ("'--' \"/*\" '*/'", "'--' \"/*\" '*/'"),
    ],
)
def test_what_reaches_the_server(sql: str, expected: str) -> None:
    assert expand(sql, MULTI, VIEW) == expected


def test_with_timescale_buckets_are_timestamps() -> None:
    assert expand("$__timeGroup(t,'5m')", {}, TIMESCALE) == "time_bucket('300.000s',t)"
    assert expand("$__timeGroupAlias(t,'5m')", {}, TIMESCALE) == "time_bucket('300.000s',t) AS \"time\""


def test_the_first_place_of_a_time_group_decides_about_its_alias() -> None:
    sql = "select $__timeGroup(t,'1m') as time, x group by $__timeGroup(t,'1m'), x"
    assert '"time"' not in expand(sql, {}, VIEW)


def test_a_fraction_of_a_second_has_no_trailing_zeros() -> None:
    view = View(START + timedelta(milliseconds=500), VIEW.end)
    assert expand("$__timeFrom()", {}, view) == "'2026-03-01T12:00:00.5Z'"


def test_the_text_for_all_goes_in_as_it_is_and_a_single_choice_of_several_is_quoted() -> None:
    everything = Variable("select id from w where name = 'a'", multi=True, raw=True)
    assert expand("in ($ward)", {"ward": everything}, VIEW) == "in (select id from w where name = 'a')"
    assert expand("in ($ward)", {"ward": Variable("7", multi=True)}, VIEW) == "in ('7')"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("$__timeFilter(coalesce(a, b))", "first bracket"),
        ("$__timeBucket(t)", "no macro"),
        ("$__timeFilter()", "no macro"),
        ("$__timeGroup(t)", "no macro"),
        ("$__timeGroup(t,'0m')", "no interval"),
        ("$__timeGroup(t,'5x')", "no interval"),
        ("$__unixEpochNanoGroup(t,'5m')", "no macro"),
        ("in ($room)", "a $ is left"),
        ("${ward:csv}", "formats"),
    ],
)
def test_what_grafana_would_refuse_or_misread_is_an_error(sql: str, says: str) -> None:
    with pytest.raises(MacroError, match=says.replace("$", r"\$")):
        expand(sql, MULTI, VIEW)


@pytest.mark.parametrize(
    ("seconds", "points", "minimum", "expected_s"),
    [
        (21_600, 1_000, "1s", 20),
        (21_600, 1_000, "1m", 60),
        (3_600, 1_000, "10ms", 5),
        (8, 1_000, "1ms", 0.001),
        (86_400, 1_000, "1s", 60),
        (90_000, 1_000, "1s", 120),  # 90 s is not below 90 s
        (14 * 86_400, 100, "1s", 10_800),
        (365 * 86_400, 100, "1s", 86_400),
        (365 * 86_400, 20, "1s", 604_800),
        (365 * 86_400, 10, "1s", 2_592_000),
        (365 * 86_400, 2, "1s", 31_536_000),
    ],
)
def test_the_interval(seconds: int, points: int, minimum: str, expected_s: float) -> None:
    assert interval(View(START, START + timedelta(seconds=seconds), points), minimum) == expected_s * 1_000


def test_the_interval_is_written_in_its_largest_whole_unit() -> None:
    def text(days: int, points: int) -> str:
        return expand("$__interval", {}, View(START, START + timedelta(days=days), points))

    assert [text(1, 1_000), text(365, 20), text(365, 2)] == ["1m", "7d", "1y"]
