"""What must hold for a dashboard that no types and no database can see. Pure: dashboard JSON in, findings out.

The rules of Grafana's dashboard-linter that concern a SQL source, with our own about SQL, units and the grid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dashboards.grafana_sql import MACROS
from dashboards.panels import PLUGIN
from dashboards.sdk import units

SOURCE = {"type": PLUGIN, "uid": "${datasource}"}
KINDS = ("stat", "table", "state-timeline", "timeseries")
UNITS = frozenset(value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str))
PROPERTIES = frozenset(
    (
        "unit",
        "decimals",
        "mappings",
        "thresholds",
        "color",
        "noValue",
        "displayName",
        "custom.cellOptions",
        "custom.width",
    )
)
_COLUMNS = 24
_MACRO = re.compile(r"\$(__\w+)\(([^)]*)\)")
_NAME = re.compile(r"\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)[^\]]*\]\]")
_BUILT_IN = ("__interval", "__interval_ms")
_BUCKET = re.compile(r"\b(date_bin|time_bucket)\(|\$__timeGroup|\$__unixEpochGroup")
_RANGE = re.compile(r"\$__(timeFilter|timeFrom|unixEpochFilter|unixEpochFrom)\b")
Json = dict[str, Any]
Rule = Callable[[Json], Iterator[str]]


def findings(dashboard: Json) -> list[str]:
    """Return what is wrong with a dashboard, each with its place; empty when it is clean."""
    return [finding for rule in RULES for finding in rule(dashboard)]


def _whole(dashboard: Json) -> Iterator[str]:
    for name in ("uid", "title", "description"):
        if not dashboard.get(name):
            yield f"{name} is missing"
    if dashboard.get("editable") is not False:
        yield "editable must be false: changes belong into the code"
    if dashboard.get("schemaVersion") != 42:
        yield "schemaVersion must be 42, the classic format that Grafana 12 and 13 take from files"


def _source_variable(dashboard: Json) -> Iterator[str]:
    found = [v for v in _variables(dashboard) if v["type"] == "datasource"]
    if [(v["name"], v.get("label"), v.get("query")) for v in found] != [("datasource", "Data source", PLUGIN)]:
        yield f"there must be one variable `datasource`, labelled `Data source`, of type {PLUGIN}"


def _query_variables(dashboard: Json) -> Iterator[str]:
    known = {"datasource"}
    for variable in _variables(dashboard):
        if variable["type"] != "query":
            continue
        where = f"variable {variable['name']}"
        sql = str(variable.get("query"))
        refresh = variable.get("refresh", 0)
        if refresh == 0 or (_RANGE.search(sql) and refresh != 2):
            yield f"{where}: refreshed too rarely: on load (1), on a change of time (2) where it uses the time range"
        if variable.get("datasource") != SOURCE:
            yield f"{where}: its data source must be ${{datasource}}"
        if not variable.get("label"):
            yield f"{where}: label is missing"
        multi = {v["name"] for v in _variables(dashboard) if v.get("multi")}
        yield from _sql(where, sql, known, multi)  # `known` so far: a later one is not there yet
        known.add(variable["name"])


def _panel_texts(dashboard: Json) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for name in ("title", "description"):
            if not panel.get(name):
                yield f"{_where(panel)}: {name} is missing"
        if panel["type"] not in KINDS:
            yield f"{_where(panel)}: type {panel['type']} is not one of {', '.join(KINDS)}"


def _panel_ids(dashboard: Json) -> Iterator[str]:
    ids = [panel.get("id") for panel in dashboard["panels"]]
    if ids != list(range(1, len(ids) + 1)):
        yield f"panel ids must be 1..{len(ids)}, not {ids}"


def _grid(dashboard: Json) -> Iterator[str]:
    taken: dict[tuple[int, int], Json] = {}
    for panel in dashboard["panels"]:
        at = panel.get("gridPos", {})
        if not {"x", "y", "w", "h"} <= at.keys() or at["w"] < 1 or at["h"] < 1 or at["x"] + at["w"] > _COLUMNS:
            yield f"{_where(panel)}: does not fit on the grid of {_COLUMNS} columns: {at}"
            continue
        cells = [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
        if others := {_where(taken[cell]) for cell in cells if cell in taken}:
            yield f"{_where(panel)}: lies on {', '.join(sorted(others))}"
        taken.update(dict.fromkeys(cells, panel))


def _fields(dashboard: Json) -> Iterator[str]:
    for panel in dashboard["panels"]:
        config = panel.get("fieldConfig", {})
        defaults = config.get("defaults", {})
        if not defaults.get("noValue"):
            yield f"{_where(panel)}: noValue is missing: nothing must not look like zero"
        given = [("unit", defaults.get("unit"))]
        for override in config.get("overrides", []):
            given += [(p["id"], p.get("value")) for p in override["properties"]]
        for name, value in given:
            if name not in PROPERTIES:
                yield f"{_where(panel)}: an override sets {name}, which is none of {', '.join(sorted(PROPERTIES))}"
            elif name == "unit" and value not in UNITS:
                yield f"{_where(panel)}: unit {value!r} is unknown to Grafana"


def _targets(dashboard: Json) -> Iterator[str]:
    multi = {v["name"] for v in _variables(dashboard) if v.get("multi")}
    known = {v["name"] for v in _variables(dashboard)}
    for panel in dashboard["panels"]:
        where, targets = _where(panel), panel.get("targets", [])
        if panel.get("datasource") != SOURCE or any(target.get("datasource") != SOURCE for target in targets):
            yield f"{where}: the data source of panel and queries must be ${{datasource}}"
        if not targets or len({target["refId"] for target in targets}) != len(targets):
            yield f"{where}: needs queries with refIds of their own"
        for target in targets:
            if target.get("rawQuery") is not True or target.get("editorMode") != "code":
                yield f"{where}: the query must be raw SQL (rawQuery true, editorMode code)"
            if target.get("format") not in ("time_series", "table"):
                yield f"{where}: format must be time_series or table"
            if (panel["type"] in ("timeseries", "state-timeline")) != (target.get("format") == "time_series"):
                yield f"{where}: format {target.get('format')} does not suit a {panel['type']}"
            yield from _sql(where, str(target.get("rawSql", "")), known, multi)


def _sql(where: str, sql: str, known: set[str], multi: set[str]) -> Iterator[str]:
    if not sql.strip():
        yield f"{where}: the SQL is empty"
    for name, arguments in _MACRO.findall(sql):
        if "(" in arguments:
            yield f"{where}: ${name}({arguments}): Grafana ends a macro's arguments at the first bracket"
    for found in _NAME.finditer(sql):
        name = next(group for group in found.groups() if group)
        macro = sql[found.end() : found.end() + 1] == "("
        if macro and name not in MACROS:
            yield f"{where}: ${name}(…) is no macro of Grafana's PostgreSQL source"
        elif not macro and name not in known and name not in _BUILT_IN:
            yield f"{where}: ${name} is no variable, or one that is filled later"
        elif name in multi and sql[found.start() - 1 : found.start()] == "'":
            yield f"{where}: '${name}' is quoted, but Grafana quotes a variable of several values itself"
    if _BUCKET.search(sql) and not _RANGE.search(sql):
        yield f"{where}: groups by time without a filter on the time range"
    if "time_bucket" in sql or "$__timeGroup" in sql:
        yield f"{where}: time_bucket and $__timeGroup give other types on the other engine; use date_bin"


def _variables(dashboard: Json) -> Sequence[Json]:
    found: Sequence[Json] = dashboard.get("templating", {}).get("list", [])
    return found


def _where(panel: Json) -> str:
    return f"panel {panel.get('id')} ({panel.get('title')})"


RULES: tuple[Rule, ...] = (
    _whole, _source_variable, _query_variables, _panel_texts, _panel_ids, _grid, _fields, _targets,
)  # fmt: skip
