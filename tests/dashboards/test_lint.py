"""Every rule of the lint fails on a dashboard that breaks it, and only there."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dashboards import lint, ward

Json = dict[str, Any]
WARD = ward.build()


def _panel(dashboard: Json, kind: str) -> Json:
    found: Json = next(panel for panel in dashboard["panels"] if panel["type"] == kind)
    return found


def _sql(new: str, kind: str = "timeseries") -> Callable[[Json], object]:
    return lambda d: _panel(d, kind)["targets"][0].update(rawSql=new)


def _variable(dashboard: Json, **changes: object) -> None:
    dashboard["templating"]["list"][1].update(changes)


def _override(dashboard: Json, name: str, value: object) -> None:
    _panel(dashboard, "table")["fieldConfig"]["overrides"][0]["properties"].append({"id": name, "value": value})


BROKEN: list[tuple[str, Callable[[Json], object]]] = [
    ("uid is missing", lambda d: d.pop("uid")),
    ("title is missing", lambda d: d.update(title="")),
    ("editable must be false", lambda d: d.update(editable=True)),
    ("schemaVersion must be 42", lambda d: d.update(schemaVersion=41)),
    ("one variable `datasource`", lambda d: d["templating"]["list"][0].update(name="source")),
    ("one variable `datasource`", lambda d: d["templating"]["list"][0].update(label="Store")),
    ("refreshed too rarely", lambda d: _variable(d, refresh=0)),
    ("refreshed too rarely", lambda d: _variable(d, query="select 1 where $__timeFilter(t)")),
    ("variable ward: its data source", lambda d: _variable(d, datasource={"type": "x", "uid": "y"})),
    ("variable ward: label", lambda d: _variable(d, label="")),
    ("one that is filled later", lambda d: _variable(d, query="select 1 where ward in ($ward)")),
    ("description is missing", lambda d: d["panels"][2].pop("description")),
    ("title is missing", lambda d: d["panels"][2].update(title="")),
    ("type alertlist is not one of", lambda d: d["panels"][2].update(type="alertlist")),
    ("panel ids must be", lambda d: d["panels"][2].update(id=1)),
    ("does not fit on the grid", lambda d: d["panels"][3]["gridPos"].update(w=25)),
    ("does not fit on the grid", lambda d: d["panels"][3]["gridPos"].pop("h")),
    ("lies on panel", lambda d: d["panels"][3]["gridPos"].update(y=3)),
    ("noValue is missing", lambda d: d["panels"][0]["fieldConfig"]["defaults"].pop("noValue")),
    ("unit 'seconds' is unknown", lambda d: d["panels"][2]["fieldConfig"]["defaults"].update(unit="seconds")),
    ("unit 'bpm' is unknown", lambda d: _override(d, "unit", "bpm")),
    ("an override sets custom.colour", lambda d: _override(d, "custom.colour", "red")),
    ("the data source of panel and queries", lambda d: d["panels"][1].update(datasource={"uid": "fixed"})),
    ("the data source of panel and queries", lambda d: d["panels"][1]["targets"][0].pop("datasource")),
    ("needs queries", lambda d: d["panels"][1].update(targets=[])),
    ("needs queries", lambda d: d["panels"][1]["targets"].append(d["panels"][1]["targets"][0])),
    ("must be raw SQL", lambda d: d["panels"][1]["targets"][0].update(rawQuery=False)),
    ("format must be", lambda d: d["panels"][1]["targets"][0].update(format="logs")),
    ("does not suit a timeseries", lambda d: _panel(d, "timeseries")["targets"][0].update(format="table")),
    ("does not suit a stat", lambda d: _panel(d, "stat")["targets"][0].update(format="time_series")),
    ("the SQL is empty", _sql(" ")),
    ("at the first bracket", _sql("select a from b where $__timeFilter(coalesce(c, d))")),
    ("$__timeFiltr(…) is no macro", _sql("select a from b where $__timeFiltr(c)")),
    ("$room is no variable", _sql("select a from b where $__timeFilter(c) and d in ($room)")),
    ("'$ward' is quoted", _sql("select a from b where $__timeFilter(c) and d = '$ward'")),
    ("'$ward' is quoted", _sql("select a from b where $__timeFilter(c) and d = '${ward}'")),
    ("without a filter on the time range", _sql("select date_bin('$__interval', t, 'epoch') from b")),
    ("other types on the other engine", _sql("select $__timeGroup(t,'5m') from b where $__timeFilter(t)")),
]


def test_the_ward_dashboard_is_clean() -> None:
    assert lint.findings(WARD) == []


@pytest.mark.parametrize(("says", "break_it"), BROKEN, ids=[f"{n}-{says}" for n, (says, _) in enumerate(BROKEN)])
def test_a_broken_dashboard_is_found(says: str, break_it: Callable[[Json], object]) -> None:
    broken = copy.deepcopy(WARD)
    break_it(broken)
    assert [finding for finding in lint.findings(broken) if says in finding], lint.findings(broken)


def test_every_rule_has_a_dashboard_that_breaks_it() -> None:
    silent = set(lint.RULES)
    for _, break_it in BROKEN:
        broken = copy.deepcopy(WARD)
        break_it(broken)
        silent -= {rule for rule in silent if list(rule(broken))}
    assert not silent


def test_the_units_are_the_sdk_s() -> None:
    assert {"s", "none", "percent"} <= lint.UNITS and len(lint.UNITS) > 250
