"""Where a value stands in a message.

$.uplink_message.rx_metadata[0].time     from the whole payload
@.values                                 from the current record (of a fan-out)
^.line                                   from the object in which the record's list or map stands
$['device info']['device sn']            keys with blanks, colons, dots
$.history[*]   $.LwReceived.*            every element, every key (fan-out only)
contact                                  a plain key of the current record
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec


class Missing:
    """The key is not there: something else than null, "" and 0."""

    def __bool__(self) -> bool:
        return False


MISSING = Missing()
NOTHING: dict[str, Any] = {}
STARTS = {"$": "root", "@": "record", "^": "outer"}
_STEP = re.compile(r"""\.\*|\[\*\]|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|\.([^.\[\]'"*]+)""")


class LanguageError(ValueError):
    """A part of a mapping that cannot be understood; the text says what and how it should look."""


class Scope(msgspec.Struct):
    """What a path can start from: the payload, the current record, what it stands in, captures of topic and keys."""

    root: Any
    record: Any
    names: dict[str, str] = {}
    outer: Any = None


Steps = tuple[str | int | None, ...]  # a key, a place in a list, None for every one
Getter = Callable[[Scope], Any]
Place = tuple[tuple[str, ...], Any, Any]  # keys passed at `*`, the value, the object it stands in


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path. start: the part of the scope where it begins. get: returns the value there, or MISSING.

    parent: returns what it stands in.
    """

    text: str
    start: str
    steps: Steps
    get: Getter
    parent: Getter

    def every(self, scope: Scope) -> list[Place]:
        """Return every place the path leads to."""
        start = scope.root if self.start == "root" else scope.record
        places: list[Place] = [((), start, None)]
        for step in self.steps:
            places = _places(places, step)
        return places


def _getter(start: str, steps: Steps) -> Getter:
    """Return the function that follows the steps. The ways most paths go have functions of their own; these try and
    repent, because what they meet is nearly always an object."""
    begin, first, last = attrgetter(start), steps[0] if steps else None, steps[-1] if steps else None

    def in_root(scope: Scope) -> Any:
        try:
            return scope.root.get(first, MISSING)
        except AttributeError:
            return MISSING

    def in_record(scope: Scope) -> Any:
        try:
            return scope.record.get(first, MISSING)
        except AttributeError:
            return MISSING

    def inside_root(scope: Scope) -> Any:
        try:
            return scope.root.get(first, NOTHING).get(last, MISSING)
        except AttributeError:
            return MISSING

    short = {("root", 1): in_root, ("record", 1): in_record, ("root", 2): inside_root}.get((start, len(steps)))
    if short is not None and all(isinstance(step, str) for step in steps):
        return short
    return (lambda scope: _follow(begin(scope), steps)) if steps else begin


def _follow(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = _step(value, step)
        if value is MISSING:
            return MISSING
    return value


def _step(value: Any, step: str | int | None) -> Any:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    if step is None and value and isinstance(value, (dict, list)):  # one value is asked for: the first of all
        return next(iter(value.values())) if isinstance(value, dict) else value[0]
    return MISSING


def _places(places: list[Place], step: str | int | None) -> list[Place]:
    """Return where one step leads from each place."""
    found: list[Place] = []
    for keys, value, around in places:
        outer = value if isinstance(value, dict) else around
        if step is not None:
            if (inner := _step(value, step)) is not MISSING:
                found.append((keys, inner, outer))
        elif isinstance(value, dict):
            found += [((*keys, key), item, outer) for key, item in value.items()]
        elif isinstance(value, list):
            found += [((*keys, str(number)), item, outer) for number, item in enumerate(value)]
    return found


def compile_path(text: str) -> Path:
    """Raises LanguageError where the text is no path."""
    if text[:1] not in STARTS:
        return _path(text, "record", (text,))
    steps: list[str | int | None] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if not found:
            raise LanguageError(
                f"path {text!r} breaks off at {text[at:]!r}; write $.key, $['a key'], $[0] or $.list[*]"
            )
        index, single, double, bare = found.groups()
        key = next((part for part in (single, double, bare) if part is not None), None)
        steps.append(int(index) if index is not None else key)
        at = found.end()
    return _path(text, STARTS[text[0]], tuple(steps))


def _path(text: str, start: str, steps: Steps) -> Path:
    return Path(text, start, steps, _getter(start, steps), _getter(start, steps[:-1]))


def plain(value: Any) -> str | None:
    """Return a scalar as text (5345.0 as 5345), None for anything else and for the empty text."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else None
