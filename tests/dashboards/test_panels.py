"""Every query of every dashboard runs as Grafana would run it, on both engines, and gives what its panel can draw."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from psycopg import errors

from anxin.vocabulary import ObservationKind
from dashboards.__main__ import DASHBOARDS
from dashboards.grafana_sql import Variable, expand
from tests.api.house import House
from tests.dashboards.support import Frame, check_series, everything, grafana, read, variables, view_of

pytestmark = pytest.mark.database
BUILT = {name: build() for name, build in DASHBOARDS}
PANELS = [(name, panel) for name, dashboard in BUILT.items() for panel in dashboard["panels"]]
_each_panel = pytest.mark.parametrize(("name", "panel"), PANELS, ids=[f"{n}-{p['id']}" for n, p in PANELS])


def _run(house: House, name: str, panel: dict[str, Any], chosen: dict[str, Variable] | None = None) -> list[Frame]:
    view = view_of(panel, BUILT[name], house.clock.now())
    with grafana(house) as connection:
        values = chosen or variables(connection, BUILT[name], view)
        minimum = panel.get("interval") or "1s"
        return [read(connection, expand(target["rawSql"], values, view, minimum)) for target in panel["targets"]]


@_each_panel
def test_a_panel_s_sql_gives_what_it_draws(busy: House, name: str, panel: dict[str, Any]) -> None:
    for frame in _run(busy, name, panel):
        assert frame.rows
        if panel["targets"][0]["format"] == "time_series":
            check_series(frame)
        shown = set(frame.columns) | (set(frame.column("metric")) if "metric" in frame.columns else set())
        for override in panel["fieldConfig"]["overrides"]:
            at = override["matcher"]["options"]
            assert at in shown or "metric" in frame.columns, f"{at} is no column of panel {panel['id']}"


@_each_panel
def test_all_wards_at_once_is_the_same_as_each_chosen(busy: House, name: str, panel: dict[str, Any]) -> None:
    assert _run(busy, name, panel, everything(BUILT[name])) == _run(busy, name, panel)


@_each_panel
def test_another_ward_shows_nothing_of_this_one(busy: House, name: str, panel: dict[str, Any]) -> None:
    """A ward that is not there: figures are zero, tables and series empty. The watch itself has no ward."""
    nowhere = {"ward": Variable(["-1"], multi=True)}
    for frame in _run(busy, name, panel, nowhere):
        if panel["type"] != "stat":
            assert frame.rows == []
        elif "入库 Stored" not in frame.columns:
            assert set(frame.rows[0]) == {0}


def test_an_empty_home_is_no_error(quiet: House) -> None:
    quiet.connection.execute("update anxin.ward set active = false")
    for name, panel in PANELS:
        assert _run(quiet, name, panel, everything(BUILT[name]))


def test_no_panel_tells_a_resident_s_name(busy: House) -> None:
    names = {name for (name,) in busy.connection.execute("select name from anxin.resident")}
    cells = {
        str(cell) for name, panel in PANELS for frame in _run(busy, name, panel) for row in frame.rows for cell in row
    }
    assert names and not [cell for cell in cells if any(name in cell for name in names)]


def test_a_panel_of_several_wards_shows_each(busy: House) -> None:
    beds = next(panel for name, panel in PANELS if panel["title"].startswith("床位现状"))
    wards = [str(id_) for (id_,) in busy.connection.execute("select id from anxin.ward order by id")]
    (everywhere,), parts = (
        _run(busy, "ward", beds),
        [_run(busy, "ward", beds, {"ward": Variable([w], True)})[0] for w in wards],
    )
    assert sum(len(part.rows) for part in parts) == len(everywhere.rows) and len(wards) > 1


def test_a_query_that_takes_too_long_is_broken_off(busy: House) -> None:
    with grafana(busy) as connection:
        connection.execute("set statement_timeout = 50")
        with pytest.raises(errors.QueryCanceled):
            read(connection, "select pg_sleep(5)")


def test_a_panel_that_gives_text_where_a_number_belongs_is_found(busy: House) -> None:
    panel = copy.deepcopy(next(panel for _, panel in PANELS if panel["type"] == "state-timeline"))
    panel["targets"][0]["rawSql"] = "select now() as time, 'bed' as metric, 'in' as state"
    with pytest.raises(AssertionError):
        check_series(_run(busy, "ward", panel)[0])


def test_the_open_alerts_are_those_of_the_night(busy: House) -> None:
    counts = next(panel for _, panel in PANELS if panel["title"].startswith("未关闭告警"))
    assert _run(busy, "ward", counts)[0].rows == [(2, 2, 1)]
    listed = next(panel for _, panel in PANELS if panel["title"].startswith("告警列表"))
    rows = _run(busy, "ward", listed)[0].records()
    assert [row["告警 Alert"].split()[0] for row in rows] == [
        "紧急呼叫",
        "跌倒",
        "夜间离床过久",
        "心率异常",
        "设备失联",
    ]
    assert rows[0]["次数 Times"] == 2 and rows[0]["已持续 Since"] == 125
    assert [row["谁在处理 Who"] == "无人 nobody" for row in rows] == [True, True, True, False, True]


def test_the_response_times_are_those_of_the_night(busy: House) -> None:
    response = next(panel for _, panel in PANELS if panel["title"].startswith("响应时间"))
    rows = {row["告警 Alert"]: row for row in _run(busy, "ward", response)[0].records()}
    fall, sos = rows["跌倒 Fall"], rows["紧急呼叫 SOS call"]
    assert (fall["数量 Alerts"], fall["无人接手 Nobody took"]) == (2, 1)
    assert (fall["接手 Taken p50"], fall["到场 There p90"]) == (30, 100)
    assert (sos["接手 Taken p50"], sos["到场 There p50"], sos["无人接手 Nobody took"]) == (None, None, 1)


def test_the_timeline_ends_at_the_present(quiet: House) -> None:
    """With a range that reaches beyond the present, the last state must not be drawn on into the future."""
    timeline = next(panel for _, panel in PANELS if panel["type"] == "state-timeline")
    now = quiet.clock.now()
    quiet.clock.forward(timedelta(hours=2))
    frame = _run(quiet, "ward", timeline)[0]
    last = {bed: (at, state) for at, bed, state in frame.rows}
    assert set(last.values()) == {(now, 0)}


def test_two_sensors_of_a_bed_are_weighed_by_their_samples(quiet: House) -> None:
    bed, minute = quiet.beds()[0], quiet.clock.now() - timedelta(minutes=5)
    quiet.pack(bed, ObservationKind.HEART_RATE, minute, [60.0])
    quiet.connection.execute(
        "insert into anxin.observation_pack (minute, device_id, n, start_ms, step_ms, arrival, kinds, scaled)"
        " select %s, min(id), 3, 0, 20000, 1, array[1]::smallint[], array[800, 800, 800]::smallint[]"
        " from anxin.device where bed_id = %s and id <> %s",
        (minute, quiet.bed(bed), quiet.sensor(bed)),
    )
    rates = next(panel for _, panel in PANELS if panel["title"].startswith("心率"))
    assert [float(row[2]) for row in _run(quiet, "ward", rates)[0].rows] == [75.0]
