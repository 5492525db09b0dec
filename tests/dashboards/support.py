"""Reading the store as Grafana does: as its role, with variables and macros expanded, within a time limit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from anxin.db.connect import Connection, connect
from dashboards.grafana_sql import Variable, View, expand
from tests.api.house import House

Json = dict[str, Any]
STATEMENT_MS = 10_000
_UNITS = {"h": "hours", "d": "days", "m": "minutes"}


@dataclass(frozen=True)
class Frame:
    """What a query gave: column names and rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def column(self, name: str) -> list[Any]:
        return [row[self.columns.index(name)] for row in self.rows]

    def records(self) -> list[Json]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def tell(house: House) -> None:
    """Let the store's views stand at the house's clock."""
    house.connection.execute("delete from anxin.simulated_clock")
    house.connection.execute(
        "insert into anxin.simulated_clock (origin, anchor, speed) values (%s, now(), 0)", (house.clock.now(),)
    )


@contextmanager
def grafana(house: House) -> Iterator[Connection]:
    """Connect as Grafana's role, read only and within a time limit."""
    settings = msgspec.structs.replace(house.database.settings, statement_timeout_ms=STATEMENT_MS)
    with connect(settings, "anxin_report", autocommit=True) as connection:
        connection.read_only = True
        yield connection


def read(connection: Connection, sql: str) -> Frame:
    cursor = connection.execute(sql.encode())
    return Frame(tuple(column.name for column in cursor.description or ()), cursor.fetchall())


def view_of(panel: Json, dashboard: Json, now: datetime) -> View:
    """What a viewer's panel covers at `now`: the dashboard's range, or the panel's own."""
    span = panel.get("timeFrom") or dashboard["time"]["from"].removeprefix("now-")
    found = re.fullmatch(r"(\d+)([hdm])", span)
    assert found, span
    return View(now - timedelta(**{_UNITS[found[2]]: int(found[1])}), now)


def variables(connection: Connection, dashboard: Json, view: View) -> dict[str, Variable]:
    """Load the dashboard's variables in their order, all values chosen one by one."""
    loaded: dict[str, Variable] = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            frame = read(connection, expand(variable["query"], loaded, view))
            assert frame.columns == ("__text", "__value") and frame.rows, variable["name"]
            assert all(isinstance(cell, str) for row in frame.rows for cell in row), frame.rows
            loaded[variable["name"]] = Variable(frame.column("__value"), multi=variable["multi"])
    return loaded


def everything(dashboard: Json) -> dict[str, Variable]:
    """The dashboard's variables with `All` chosen."""
    found = [v for v in dashboard["templating"]["list"] if v["type"] == "query"]
    return {v["name"]: Variable(v["allValue"], multi=True, raw=True) for v in found}


def check_series(frame: Frame) -> None:
    """What Grafana's time_series format needs of a frame: an ascending `time`, labels of text, numbers as values."""
    assert frame.columns.count("time") == 1, frame.columns
    times = frame.column("time")
    assert all(isinstance(time, datetime) for time in times) and times == sorted(times)
    kinds = [_kind(frame.column(name)) for name in frame.columns if name != "time"]
    assert kinds.count("number") == 1 and kinds.count("text") <= 1, (frame.columns, kinds)
    assert len(set(zip(times, frame.column("metric"), strict=True))) == len(frame.rows), (
        "two values of a series at once"
    )


def _kind(cells: Sequence[Any]) -> str:
    known = {type(cell) for cell in cells if cell is not None}
    assert known, "a column without any value: Grafana cannot tell what it is"
    return "number" if known <= {int, float, Decimal} else "text" if known == {str} else str(known)
