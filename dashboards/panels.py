"""What every dashboard is built with: a query to the store, the four kinds of panel, variables, the whole as JSON.

Texts are written in Chinese and English side by side, since a Grafana dashboard has no language of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboards.sdk import Dataquery, JSONEncoder, common, dashboard, stat, statetimeline, table, timeseries

PLUGIN = "grafana-postgresql-datasource"
SOURCE = common.DataSourceRef(type_val=PLUGIN, uid="${datasource}")
UNKNOWN = "未知 unknown"
GREEN, ORANGE, YELLOW, RED, BLUE = "green", "orange", "yellow", "red", "blue"
CYAN, GREY = "#33b5c9", "#8e8e8e"
Override = dashboard.DashboardFieldConfigSourceOverrides
Words = Mapping[str, tuple[str, str]] | Mapping[int, tuple[str, str]]  # value in the store → (what is shown, colour)
Place = tuple[int, int, int, int]  # x, y, width, height on a grid of 24 columns


class Postgres(Dataquery):
    """One query of a panel. The SDK has no builder for this data source; fields as Grafana's own editor writes them."""

    def __init__(self, sql: str, *, time_series: bool = False, ref_id: str = "A") -> None:
        self.sql, self.time_series, self.ref_id = sql.strip(), time_series, ref_id

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.ref_id,
            "datasource": SOURCE,
            "editorMode": "code",
            "rawQuery": True,
            "format": "time_series" if self.time_series else "table",
            "rawSql": self.sql,
        }


def stat_panel(
    at: Place, title: str, description: str, sql: str, overrides: Sequence[Override] = (), unit: str = "none"
) -> dashboard.Panel:
    """One row of numbers, each column a big figure."""
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=common.BigValueColorMode.BACKGROUND,
        text_mode=common.BigValueTextMode.VALUE_AND_NAME,
        reduce_options=common.ReduceDataOptions(calcs=["lastNotNull"], fields="", values=False),
    )
    fields = dashboard.FieldConfig(unit=unit, no_value=UNKNOWN, color=_by_threshold(), thresholds=steps(BLUE))
    return _panel("stat", at, title, description, Postgres(sql), options, fields, overrides)


def table_panel(
    at: Place, title: str, description: str, sql: str, overrides: Sequence[Override] = (), no_value: str = UNKNOWN
) -> dashboard.Panel:
    """Rows as they come; columns are named by the query."""
    options = table.Options(cell_height=common.TableCellHeight.SM)
    fields = dashboard.FieldConfig(
        unit="none", decimals=0, no_value=no_value, custom=table.FieldConfig(cell_options=common.TableAutoCellOptions())
    )
    return _panel("table", at, title, description, Postgres(sql), options, fields, overrides)


def timeline_panel(at: Place, title: str, description: str, sql: str, states: Words) -> dashboard.Panel:
    """Numeric states over time, a row per series; a state holds until the next row of its series."""
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        legend=_legend(),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE),
    )
    fields = dashboard.FieldConfig(
        unit="none", no_value=UNKNOWN, mappings=[words(states)], custom=statetimeline.FieldConfig(span_nulls=True)
    )
    return _panel("state-timeline", at, title, description, Postgres(sql, time_series=True), options, fields, ())


def series_panel(
    at: Place,
    title: str,
    description: str,
    sql: str,
    *,
    bars: bool = False,
    interval: str | None = None,
    time_from: str | None = None,
    overrides: Sequence[Override] = (),
) -> dashboard.Panel:
    """Numbers over time, lines that break where nothing was measured, or stacked bars."""
    custom = timeseries.FieldConfig(span_nulls=False, line_width=1, show_points=common.VisibilityMode.AUTO)
    if bars:
        stacking = common.StackingConfig(mode=common.StackingMode.NORMAL, group="A")
        custom = timeseries.FieldConfig(draw_style=common.GraphDrawStyle.BARS, fill_opacity=80, stacking=stacking)
    options = timeseries.Options(
        legend=_legend(),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING),
    )
    fields = dashboard.FieldConfig(unit="none", decimals=0, no_value=UNKNOWN, custom=custom)
    panel = _panel("timeseries", at, title, description, Postgres(sql, time_series=True), options, fields, overrides)
    panel.interval, panel.time_from = interval, time_from
    return panel


def _panel(
    kind: str,
    at: Place,
    title: str,
    description: str,
    query: Postgres,
    options: object,
    fields: dashboard.FieldConfig,
    overrides: Sequence[Override],
) -> dashboard.Panel:
    x, y, width, height = at
    return dashboard.Panel(
        type_val=kind,
        title=title,
        description=description,
        datasource=SOURCE,
        grid_pos=dashboard.GridPos(x=x, y=y, w=width, h=height),
        targets=[query],
        options=options,
        field_config=dashboard.FieldConfigSource(defaults=fields, overrides=list(overrides)),
    )


def column(name: str, **properties: object) -> Override:
    """What is special about one column or series. unit, mappings, color, thresholds, width: as Grafana names them;
    `cell="background"` colours a table's cell."""
    given = dict(properties)
    if cell := given.pop("cell", None):
        given["custom.cellOptions"] = {"type": f"color-{cell}"}
    if width := given.pop("width", None):
        given["custom.width"] = width
    return Override(
        matcher=dashboard.MatcherConfig(id_val="byName", options=name),
        properties=[dashboard.DynamicConfigValue(id_val=key, value=value) for key, value in given.items()],
    )


def words(states: Words) -> dashboard.ValueMap:
    """Show words and colours for values."""
    shown = enumerate(states.items())
    return dashboard.ValueMap(
        options={
            str(value): dashboard.ValueMappingResult(text=text, color=color, index=place)
            for place, (value, (text, color)) in shown
        }
    )


def steps(base: str, *more: tuple[float, str]) -> dashboard.ThresholdsConfig:
    """Colours by value: `base` at first, each of `more` from its value on."""
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE,
        steps=[dashboard.Threshold(value=None, color=base)]
        + [dashboard.Threshold(value=value, color=color) for value, color in more],
    )


def fixed(color: str) -> dashboard.FieldColor:
    """One colour for a series."""
    return dashboard.FieldColor(mode=dashboard.FieldColorModeId.FIXED, fixed_color=color)


def source_variable() -> dashboard.VariableModel:
    """Which data source the dashboard reads; name and label as Grafana's linter expects them."""
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.DATASOURCE, name="datasource", label="Data source", query=PLUGIN
    )


def query_variable(name: str, label: str, sql: str, all_value: str) -> dashboard.VariableModel:
    """A choice of several, all at first. The query gives `__text` and `__value`. all_value: raw SQL that stands for
    all, so that an empty choice is still SQL."""
    everything = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.QUERY,
        name=name,
        label=label,
        datasource=SOURCE,
        query=sql,
        current=everything,
        multi=True,
        include_all=True,
        all_value=all_value,
        allow_custom_value=False,
        refresh=dashboard.VariableRefresh.ON_DASHBOARD_LOAD,
    )


def whole(
    uid: str,
    title: str,
    description: str,
    variables: Sequence[dashboard.VariableModel],
    panels: Iterable[dashboard.Panel],
) -> dict[str, Any]:
    """Return the dashboard as JSON: classic format, not editable, panels numbered from 1."""
    numbered = list(panels)
    for number, panel in enumerate(numbered, 1):
        panel.id_val = number
    built = dashboard.Dashboard(
        uid=uid,
        title=title,
        description=description,
        tags=["anxin"],
        timezone="browser",
        editable=False,
        graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
        time=dashboard.DashboardDashboardTime(from_val="now-6h", to="now"),
        timepicker=dashboard.TimePickerConfig(refresh_intervals=["10s", "30s", "1m", "5m"]),
        refresh="30s",
        panels=list(numbered),
        templating=dashboard.DashboardDashboardTemplating(list_val=list(variables)),
        annotations=dashboard.AnnotationContainer(list_val=[]),
    )
    plain: dict[str, Any] = json.loads(json.dumps(built, cls=JSONEncoder))
    return _without_leftovers(plain)


def _without_leftovers(plain: dict[str, Any]) -> dict[str, Any]:
    """Drop what the SDK writes and Grafana 13 does not know: a table's footer, `auto…` of most kinds of variable."""
    for panel in plain["panels"]:
        if panel["type"] == "table":
            panel["options"].pop("footer", None)
    for variable in plain["templating"]["list"]:
        for name in ("auto", "auto_min", "auto_count"):
            variable.pop(name, None)
    return plain


def _legend() -> common.VizLegendOptions:
    return common.VizLegendOptions(
        show_legend=True, display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM
    )


def _by_threshold() -> dashboard.FieldColor:
    return dashboard.FieldColor(mode=dashboard.FieldColorModeId.THRESHOLDS)
