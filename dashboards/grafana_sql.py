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

# (raw interval below this many ms, becomes this many ms); @grafana/data roundInterval. Above: a year.
_STEPS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000), (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
)  # fmt: skip
_YEAR_MS = 31_536_000_000
MACROS = frozenset(
    f"__{name}"
    for name in (
        "time", "timeEpoch", "timeFilter", "timeFrom", "timeTo", "timeGroup", "timeGroupAlias", "unixEpochFilter",
        "unixEpochFrom", "unixEpochTo", "unixEpochNanoFilter", "unixEpochNanoFrom", "unixEpochNanoTo",
        "unixEpochGroup", "unixEpochGroupAlias",
    )
)  # fmt: skip
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+)(:\w+)?\]\]|\$\{(\w+)((?:\.[^:}]+)?(?::[^}]+)?)\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")  # arguments end at the first ")"
# Texts, names and dollar quotes are kept, whatever looks like a comment inside of them.
_COMMENT = re.compile(r"""('(?:[^']|'')*'|"[^"]*"|\$(\w*)\$.*?\$\2\$)|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|w)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_TEXT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "y": _YEAR_MS}


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
    """A dashboard variable's state. multi: it may have several values (Grafana then quotes them). raw: `All` is chosen
    and the variable has a text of its own for that, which goes in as it is."""

    value: Value
    multi: bool = False
    raw: bool = False


def expand(sql: str, variables: Mapping[str, Variable], view: View, min_interval: str = "1s") -> str:
    """Return the SQL that reaches the server. Raises MacroError."""
    interval_ms = interval(view, min_interval)
    replaced = _VARIABLE.sub(lambda found: _variable(found, variables, interval_ms), sql)
    stripped = _COMMENT.sub(lambda found: found.group(1) or "", replaced)
    expanded = _MACRO.sub(lambda found: _macro(_name(found, stripped), found.group(2), view), stripped)
    if "$" in expanded:
        raise MacroError(f"a $ is left: {expanded[max(0, expanded.index('$') - 30) :][:80]}")
    return expanded


def interval(view: View, min_interval: str) -> int:
    """Return `$__interval` in milliseconds."""
    raw = (view.end - view.start).total_seconds() * 1_000 / view.points
    rounded = next((step for limit, step in _STEPS if raw < limit), _YEAR_MS)
    return max(rounded, _milliseconds(min_interval))


def _variable(found: re.Match[str], variables: Mapping[str, Variable], interval_ms: int) -> str:
    name = found.group(1) or found.group(2) or found.group(4)
    if name in ("__interval", "__interval_ms"):
        return str(interval_ms) if name.endswith("_ms") else _text(interval_ms)
    if name not in variables:
        return found.group(0)  # Grafana leaves it; a macro's name is one of these
    if found.group(3) or found.group(5):
        raise MacroError(f"{found.group(0)}: formats and paths of variables are not known here; write ${name}")
    variable = variables[name]
    if variable.raw or isinstance(variable.value, int | float):
        return str(variable.value)
    if variable.multi:
        values = [variable.value] if isinstance(variable.value, str) else variable.value
        return ",".join("'" + value.replace("'", "''") + "'" for value in values)
    return str(variable.value).replace("'", "''")


def _name(found: re.Match[str], sql: str) -> str:
    """A $__timeGroup is taken for its alias where a comma follows, at the first place where the same text stands."""
    name, whole = found.group(1), found.group(0)
    after = sql.index(whole) + len(whole)
    return "__timeGroupAlias" if name == "__timeGroup" and sql[after : after + 1] == "," else name


def _macro(name: str, arguments: str, view: View) -> str:
    if "(" in arguments:
        raise MacroError(f"${name}({arguments}): Grafana ends the arguments at the first bracket")
    parts = [part.strip() for part in arguments.split(",")]
    start, end = (f"'{_rfc3339(moment)}'" for moment in (view.start, view.end))
    if name.startswith("__unixEpoch"):
        return _epoch_macro(name, parts, arguments, view)
    match name, parts:
        case "__time", [column] if column:
            return f'{column} AS "time"'
        case "__timeEpoch", [column] if column:
            return f'extract(epoch from {column}) as "time"'
        case "__timeFilter", [column] if column:
            return f"{column} BETWEEN {start} AND {end}"
        case "__timeFrom", _:
            return start
        case "__timeTo", _:
            return end
        case "__timeGroup", [column, width, *_]:
            return _group(column, width, view)
        case "__timeGroupAlias", [column, width, *_]:
            return _group(column, width, view) + ' AS "time"'
    raise MacroError(f"${name}({arguments}): no macro of Grafana's PostgreSQL source, or wrong arguments")


def _epoch_macro(name: str, parts: Sequence[str], arguments: str, view: View) -> str:
    """Macros over columns that hold seconds (or nanoseconds) since 1970."""
    size = 1_000_000_000 if "Nano" in name else 1
    start, end = (int(moment.timestamp()) * size for moment in (view.start, view.end))
    match name.replace("Nano", ""), parts:
        case "__unixEpochFilter", [column] if column:
            return f"{column} >= {start} AND {column} <= {end}"
        case "__unixEpochFrom", _:
            return str(start)
        case "__unixEpochTo", _:
            return str(end)
        case "__unixEpochGroup" | "__unixEpochGroupAlias", [column, width, *_] if size == 1:
            seconds = _number(_milliseconds(width.strip("'\"")) / 1_000)
            alias = ' AS "time"' if name.endswith("Alias") else ""
            return f"floor(({column})/{seconds})*{seconds}{alias}"
    raise MacroError(f"${name}({arguments}): no macro of Grafana's PostgreSQL source, or wrong arguments")


def _group(column: str, width: str, view: View) -> str:
    seconds = _milliseconds(width.strip("'\"")) / 1_000
    if view.timescale:
        return f"time_bucket('{seconds:.3f}s',{column})"
    return f"floor(extract(epoch from {column})/{_number(seconds)})*{_number(seconds)}"


def _number(seconds: float) -> str:
    return str(int(seconds)) if seconds.is_integer() else str(seconds)


def _milliseconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None or int(found.group(1)) == 0:
        raise MacroError(f"{text!r} is no interval; write 30s, 5m, 1h")
    return int(found.group(1)) * _UNIT_MS[found.group(2)]


def _text(milliseconds: int) -> str:
    unit, size = next((u, s) for u, s in reversed(_TEXT_MS.items()) if milliseconds % s == 0)
    return f"{milliseconds // size}{unit}"


def _rfc3339(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"
