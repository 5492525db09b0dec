"""What Grafana's PostgreSQL data source makes of a panel's SQL, so that a test can run exactly that.

Re-expressed from the behaviour of grafana/grafana's PostgreSQL macros and of @grafana/sql 13.2.3: the browser replaces
variables and `$__interval`, the server strips comments and expands the macros. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Value = str | int | float | Sequence[str]

# (raw interval below this many ms, becomes this many ms); @grafana/data roundInterval, the part a ward wall needs.
_STEPS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000),
)  # fmt: skip
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+)(?::\w+)?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::[^}]+)?\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")  # arguments end at the first ")"
_COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class MacroError(ValueError):
    """SQL that Grafana would refuse or quietly misread; the text says where."""


@dataclass(frozen=True, slots=True)
class View:
    """What a viewer sees: the time range and how many points a panel has room for. timescale: the source's setting."""

    start: datetime
    end: datetime
    points: int = 1_000
    timescale: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A dashboard variable's state. multi: it may have several values (Grafana then quotes them)."""

    value: Value
    multi: bool = False


def expand(sql: str, variables: Mapping[str, Variable], view: View, min_interval: str = "1s") -> str:
    """Return the SQL that reaches the server. Raises MacroError."""
    interval_ms = interval(view, min_interval)
    replaced = _VARIABLE.sub(lambda found: _variable(found, variables, interval_ms), sql)
    stripped = _COMMENT.sub(lambda found: found.group(1) or "", replaced)
    expanded = _MACRO.sub(lambda found: _macro(found.group(1), found.group(2), view), stripped)
    if "$" in expanded:
        raise MacroError(f"a $ is left: {expanded[max(0, expanded.index('$') - 30) :][:80]}")
    return expanded


def interval(view: View, min_interval: str) -> int:
    """Return `$__interval` in milliseconds."""
    raw = (view.end - view.start).total_seconds() * 1_000 / view.points
    rounded = next((step for limit, step in _STEPS if raw < limit), 86_400_000)
    return max(rounded, _milliseconds(min_interval))


def _variable(found: re.Match[str], variables: Mapping[str, Variable], interval_ms: int) -> str:
    name = next(group for group in found.groups() if group)
    if name in ("__interval", "__interval_ms"):
        return str(interval_ms) if name.endswith("_ms") else _text(interval_ms)
    if name not in variables:
        return found.group(0)  # Grafana leaves it; a macro's name is one of these
    variable = variables[name]
    if isinstance(variable.value, int | float):
        return str(variable.value)
    if variable.multi:
        values = [variable.value] if isinstance(variable.value, str) else variable.value
        return ",".join("'" + value.replace("'", "''") + "'" for value in values)
    return str(variable.value).replace("'", "''")


def _macro(name: str, arguments: str, view: View) -> str:
    if "(" in arguments:
        raise MacroError(f"${name}({arguments}): Grafana ends the arguments at the first bracket")
    parts = [part.strip() for part in arguments.split(",")]
    start, end = (f"'{_rfc3339(moment)}'" for moment in (view.start, view.end))
    match name, parts:
        case "__time", [column]:
            return f'{column} AS "time"'
        case "__timeFilter", [column]:
            return f"{column} BETWEEN {start} AND {end}"
        case "__timeFrom", _:
            return start
        case "__timeTo", _:
            return end
        case "__timeGroup", [column, width, *_]:
            return _group(column, width, view)
        case "__timeGroupAlias", [column, width, *_]:
            return _group(column, width, view) + ' AS "time"'
        case "__unixEpochFilter", [column]:
            return f"{column} >= {int(view.start.timestamp())} AND {column} <= {int(view.end.timestamp())}"
    raise MacroError(f"${name}({arguments}): no macro of Grafana's PostgreSQL source, or wrong arguments")


def _group(column: str, width: str, view: View) -> str:
    seconds = _milliseconds(width.strip("'\"")) / 1_000
    if view.timescale:
        return f"time_bucket('{seconds:.3f}s',{column})"
    return f"floor(extract(epoch from {column})/{seconds:g})*{seconds:g}"


def _milliseconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None or int(found.group(1)) == 0:
        raise MacroError(f"{text!r} is no interval; write 30s, 5m, 1h")
    return int(found.group(1)) * _UNIT_MS[found.group(2)]


def _text(milliseconds: int) -> str:
    unit, size = next((u, s) for u, s in reversed(_UNIT_MS.items()) if milliseconds % s == 0)
    return f"{milliseconds // size}{unit}"


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
