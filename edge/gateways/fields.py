"""The field part of the language: what a key becomes. Forms and examples: docs/mappings.md."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as MappingType
from difflib import get_close_matches
from typing import Any, TypeVar

from edge.gateways.codecs import FIELD_CODECS
from edge.gateways.conditions import Guard, compile_guard, together
from edge.gateways.convert import ABSENT, UNREADABLE, Conversion, Reader, unit_change, word
from edge.gateways.hints import note_events, note_signals
from edge.gateways.outcome import Outcome, Words
from edge.gateways.output import Output
from edge.gateways.paths import LanguageError, compile_path
from edge.gateways.schema import Node
from edge.gateways.signals import FALL, FLAG, NUMBER, OPENING, OWN, SIGNALS, TEXT, SignalSpec
from edge.gateways.slices import Slice, compile_slice
from edge.gateways.table import Table, loosely

T = TypeVar("T")
FORMS = {form: SignalSpec(form) for form in (NUMBER, FLAG, OPENING, FALL, TEXT)}
OTHERS = ("ignore", "drop", "keep", "descend", "keep+descend")
SETTINGS = ("_like", "_boxed", "_loose", "_nulls", "_others", "_silent", "_rest")
OUTCOME_FLAGS = ("suppressed", "backfill", "stale", "ignore", "seen", "undecodable")
CALLS = ("sos", "routine", "toilet", "bath", "staff_assist", "duress")


def compile_table(node: Node, name: str, tables: dict[str, Table], named: bool = False) -> Table:
    """Return the table of a node: keys, `/regex/` keys, and the SETTINGS."""
    table = Table(name, nulls=node.choice("_nulls", ("absent", "unknown"), "absent"))
    if named:  # first, so that a table can be used inside itself
        tables[name] = table
    table.loose, table.boxed = node.get("_loose", bool, False), node.get("_boxed", bool, False)
    others = node.choice("_others", OTHERS, "ignore")
    table.others = tuple(others.split("+")) if others != "ignore" else ()
    silent = node.texts("_silent")
    table.silent = frozenset(loosely(key) if table.loose else key for key in silent)
    for place, base in enumerate(node.texts("_like")):
        if base not in tables:
            raise node.document.error((*node.path, "_like", place), f"no table {base!r} before this one")
        table.fields |= tables[base].fields
        table.patterns = table.patterns + tables[base].patterns
        table.silent |= tables[base].silent
    patterns: list[Any] = []
    for key in node.data:
        if key in SETTINGS:
            continue
        if near := get_close_matches(key, SETTINGS, 1, 0.8) if key.startswith("_") else []:
            raise node.error(key, f"no such setting of a table; did you mean {near[0]!r}?")
        outputs = tuple(_alternatives(node, key, tables))
        pattern = node.compiled(key, _pattern, key[1:-1]) if _is_pattern(key) else None
        for output in outputs:
            _check_name(node, key, output.signal, pattern.groups if pattern else 0)
        if pattern is not None:
            patterns.append((pattern, outputs))
        else:
            table.fields[loosely(key) if table.loose else key] = outputs
    table.patterns = patterns + table.patterns
    if "_rest" in node.data:
        table.patterns.append((re.compile("."), tuple(_alternatives(node, "_rest", tables))))
    node.done()
    return table


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise LanguageError(f"/{text}/: {error}") from error


def _alternatives(node: Node, key: str, tables: dict[str, Table]) -> list[Output]:
    value = node.get(key, (str, dict, list))
    items = value if isinstance(value, list) else [value]
    outputs: list[Output] = []
    for place, item in enumerate(items):
        path = (*node.path, key, place) if isinstance(value, list) else (*node.path, key)
        content = {"signal": item} if isinstance(item, str) else item
        outputs.append(_output(Node(node.document, path, content), tables))
    return outputs


def _output(node: Node, tables: dict[str, Table]) -> Output:
    signal = node.get("signal", str)
    note_signals(node, [signal] if signal else [])
    path = node.get("path", str)
    codec = node.get("codec", str)
    if codec is not None and codec not in FIELD_CODECS:
        raise node.error("codec", f"no codec {codec!r}; there are {', '.join(FIELD_CODECS)}")
    event, events = _event(node)
    availability = node.get("availability", bool, False)
    output = Output(
        when=together(guards(when)) if (when := node.child("when")) is not None else None,
        path=node.compiled("path", compile_path, path) if path else None,
        codec=FIELD_CODECS[codec] if codec else None,
        slices=_slices(node),
        bits=_bits(node),
        signal=signal,
        read=_reader(node, "presence" if availability else signal),
        diagnostic=node.get("diagnostic", bool, False),
        event=event,
        events=events,
        call=_call(node),
        availability=availability,
        fault=node.get("fault", bool, False),
        cases=_cases(node),
        table=nested.apply if (nested := _nested(node, tables)) is not None else None,
        clear_after_s=node.number("clear_after_s"),
        debounce_s=node.number("debounce_s"),
        also=tuple(_output(part, tables) for part in node.children("also")),
    )
    node.done()
    return output


def _reader(node: Node, signal: str | None) -> Reader | None:
    form = node.get("form", str)
    if form is not None and form not in FORMS:
        raise node.error("form", f"{form!r} is not one of {', '.join(FORMS)}")
    spec = FORMS[form] if form else SIGNALS.get(signal or "", OWN)
    values = node.child("values")
    table = (
        None if values is None else {word(key): _value(values.get(key, (str, bool, int, float))) for key in values.data}
    )
    unit = node.get("unit", str)
    factor, offset = node.compiled("unit", unit_change, unit, spec.unit) if unit else (1.0, 0.0)
    scale = node.number("scale", 1.0)
    null = frozenset(word(item) for item in node.get("null", list, []))
    default = node.get("default", (str, bool, int, float), UNREADABLE)
    conversion = Conversion(
        spec,
        table,
        default if default is UNREADABLE else _value(default),
        factor * scale,
        offset + node.number("offset") * factor,
        null,
        node.number("low", -math.inf),
        node.number("high", math.inf),
        node.get("invert", bool, False),
    )
    return conversion.reader() if signal is not None else None


def _value(text: Any) -> Any:
    """In a value table `unknown` stands for "explicitly unknown" and `absent` for "says nothing"."""
    return None if text == "unknown" else ABSENT if text == "absent" else text


def _event(node: Node) -> tuple[str | None, Words[str] | None]:
    value = node.get("event", (str, dict))
    note_events(node, value.values() if isinstance(value, dict) else [value])
    if not isinstance(value, dict):
        _check_name(node, "event", value, 0)
        return value, None
    part = Node(node.document, (*node.path, "event"), value)
    return None, _words(part, {key: str(part.get(key, str)) for key in value})


def _words(node: Node, meanings: MappingType[str, T]) -> Words[T]:
    """Sort the keys of a word table into exact words, `/patterns/` and `*`."""
    exact = {word(key): item for key, item in meanings.items() if key != "*" and not _is_pattern(key)}
    patterns = tuple(
        (node.compiled(key, _pattern, key[1:-1]), item) for key, item in meanings.items() if _is_pattern(key)
    )
    for key, item in meanings.items():
        if isinstance(item, str):
            groups = re.compile(key[1:-1]).groups if _is_pattern(key) else 0
            _check_name(node, key, item, groups)
    return Words(exact, patterns, meanings.get("*"))


def _check_name(node: Node, key: str, name: str | None, groups: int) -> None:
    """Refuse a name with a placeholder that nothing fills."""
    try:
        (name or "").format(*[""] * groups, key="", value="")
    except (IndexError, KeyError, ValueError) as error:
        raise node.error(key, f"{name!r} has a placeholder that nothing fills ({error})") from error


def _is_pattern(key: str) -> bool:
    return len(key) > 2 and key[0] == key[-1] == "/"


def _call(node: Node) -> str | None:
    value = node.get("call", (str, bool))
    call = "sos" if value is True else value or None
    if call is not None and call not in CALLS:
        raise node.error("call", f"{call!r} is not one of {', '.join(CALLS)}")
    return call


def _bits(node: Node) -> tuple[tuple[int, str], ...]:
    part = node.child("bits")
    if part is None:
        return ()
    wrong = [key for key in part.data if not key.isdecimal()]
    if wrong:
        raise part.error(wrong[0], "a bit number from 0 is needed")
    return tuple((int(key), str(part.get(key, str))) for key in part.data)


def _slices(node: Node) -> tuple[Slice, ...]:
    part = node.child("slices")
    return (
        () if part is None else tuple(part.compiled(key, compile_slice, key, part.get(key, str)) for key in part.data)
    )


def _cases(node: Node) -> Words[Outcome] | None:
    part = node.child("cases")
    if part is None:
        return None
    return _words(
        part,
        {key: compile_outcome(Node(part.document, (*part.path, key), part.get(key, dict)), True) for key in part.data},
    )


def compile_outcome(node: Node, whole: bool = False) -> Outcome:
    """Return the constants of a node: `set`, `event`, `call`, and (of a case) `availability`, `fault` and flags."""
    part = node.child("set")
    signals = {} if part is None else {key: _value(part.get(key, (str, bool, int, float))) for key in part.data}
    note_signals(node, signals, "set")
    note_events(node, [node.data.get("event")])
    if not whole:
        return Outcome(signals, node.get("event", str), _call(node))
    flags = tuple(flag for flag in OUTCOME_FLAGS if node.get(flag, bool, False))
    availability = node.get("availability", str)
    outcome = Outcome(signals, node.get("event", str), _call(node), availability, node.get("fault", str), flags)
    node.done()
    return outcome


def _nested(node: Node, tables: dict[str, Table]) -> Table | None:
    name = node.get("table", str)
    inline = node.child("fields")
    if inline is not None:
        return compile_table(inline, "fields", tables)
    if name is None:
        return None
    if name not in tables:
        raise node.error("table", f"no table {name!r} before this one")
    return tables[name]


def guards(node: Node) -> list[Guard]:
    """Return the guards of a node, each key one."""
    scalars = (str, bool, int, float, list, dict)
    return [node.compiled(key, compile_guard, key, node.get(key, scalars)) for key in node.data]
