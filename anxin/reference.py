"""Writes the reference page from the code: commands, settings, words. So the page cannot miss one."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Any

import msgspec

from anxin.catalogue import ALERTS
from anxin.cli import COMMANDS
from anxin.config import Settings
from anxin.vocabulary import OBSERVATIONS, CallKind, DetectionKind, DeviceKind, Outcome, Phase, Role, RoomKind

Rows = Sequence[tuple[str, ...]]
_LISTS = (
    ("Calls", CallKind),
    ("Detections", DetectionKind),
    ("Phases of a detection", Phase),
    ("Device kinds", DeviceKind),
    ("Room kinds", RoomKind),
    ("Roles", Role),
    ("Outcomes of an alert", Outcome),
)


def page() -> str:
    """Return the page as Markdown."""
    alert_head = ("kind", "class", "priority", "latches", "ends at the place", "English", "中文")
    parts = ["# Reference", "", "Made from the code by `make contract`; `make check` fails when it is out of date.", ""]
    parts += ["## Commands", "", *_table(("command", "what it does"), _commands()), ""]
    parts += ["## Settings", "", "In one TOML file; `ANXIN_DATABASE__PORT=5433` overrides `port` in `[database]`.", ""]
    for field in msgspec.structs.fields(Settings):
        parts += _section(field.name, field) or [f"`{field.name}` (top level), default {_default(field) or 'none'}", ""]
    observation_head = ("kind", "unit (UCUM)", "possible", "English", "中文")
    parts += ["## Observations", "", *_table(observation_head, _observations()), ""]
    parts += ["## Alerts", "", *_table(alert_head, _alerts()), ""]
    for title, words in _LISTS:
        parts += [f"## {title}", "", ", ".join(f"`{word}`" for word in words), ""]
    return "\n".join(parts)


def _commands() -> list[tuple[str, ...]]:
    return [(f"`anxin {name}`", text) for name, (_, _, text) in COMMANDS.items()]


def _observations() -> list[tuple[str, ...]]:
    return [(f"`{k}`", s.unit, f"{s.low:g} … {s.high:g}", s.en, s.zh) for k, s in OBSERVATIONS.items()]


def _alerts() -> list[tuple[str, ...]]:
    return [
        (f"`{k}`", s.alert_class, s.priority.name.lower(), _yes(s.latching), _yes(s.life_safety), s.en, s.zh)
        for k, s in ALERTS.items()
    ]


def _section(name: str, field: msgspec.structs.FieldInfo) -> list[str]:
    """Return the lines about a table of settings and those inside it; none for a plain value."""
    struct, shown = field.type, f"[{name}]"
    if getattr(struct, "__origin__", None) is tuple:
        struct, shown = struct.__args__[0], f"[[{name}]]"
    if isinstance(struct, UnionType):
        return [line for one in struct.__args__ for line in _table_of(one, f"[[{name}]]", name)]
    return _table_of(struct, shown, name)


def _table_of(struct: Any, shown: str, name: str) -> list[str]:
    if not (isinstance(struct, type) and issubclass(struct, msgspec.Struct)):
        return []
    fields = msgspec.structs.fields(struct)
    if (tag := struct.__struct_config__.tag) is not None:
        shown = f'{shown} kind = "{tag}"'
    rows: Rows = [(f"`{part.name}`", _type(part.type), _default(part)) for part in fields]
    text = " ".join((struct.__doc__ or "").split())
    lines = [f"### `{shown}`", "", text, "", *_table(("key", "type", "default"), rows), ""]
    return lines + [line for part in fields for line in _section(f"{name}.{part.name}", part)]


def _type(kind: Any) -> str:
    text = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    return text.replace("anxin.config.", "").replace("datetime.datetime", "datetime").replace("|", "or")


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    return "" if value is None or isinstance(value, msgspec.Struct) or value in ((), {}) else f"`{value}`"


def _table(head: tuple[str, ...], rows: Rows) -> list[str]:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return [f"| {line} |" for line in lines]


def _yes(value: bool) -> str:
    return "yes" if value else ""
