"""Where a value stands in a message: paths, and templates made of captures and paths.

$.uplink_message.rx_metadata[0].time     from the whole payload
@.values                                 from the current record (of a fan-out)
^.line                                   from the object in which the record's list or map stands
$['device info']['device sn']            keys with blanks, colons, dots
$.history[*]   $.LwReceived.*            every element, every key (fan-out only)
contact                                  a plain key of the current record
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


class Missing:
    """The key is not there: something else than null, "" and 0."""

    def __bool__(self) -> bool:
        return False


MISSING = Missing()
STARTS = ("$", "@", "^")
_STEP = re.compile(r"""\.\*|\[\*\]|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|\.([^.\[\]'"*]+)""")
_PART = re.compile(r"\{([^{}]*)\}")


class LanguageError(ValueError):
    """A part of a mapping that cannot be understood; the text says what and how it should look."""


class Scope:
    """What a path can start from: the payload, the current record, what it stands in, captures of topic and keys."""

    __slots__ = ("names", "outer", "record", "root")

    def __init__(self, root: Any, record: Any, names: dict[str, str] | None = None, outer: Any = None) -> None:
        self.root, self.record, self.names, self.outer = root, record, {} if names is None else names, outer


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path; `every` stands where all elements are meant."""

    text: str
    from_root: bool
    steps: tuple[str | int | None, ...]
    outward: bool = False

    def get(self, scope: Scope) -> Any:
        """Return the value, or MISSING."""
        value = scope.root if self.from_root else scope.outer if self.outward else scope.record
        for step in self.steps:
            value = value.get(step, MISSING) if type(value) is dict and step is not None else _step(value, step)
            if value is MISSING:
                return MISSING
        return value

    def every(self, scope: Scope) -> Iterator[tuple[list[str], Any, Any]]:
        """Yield (keys passed at `*`, value, the object it stands in) for every place the path leads to."""
        start = scope.root if self.from_root else scope.record
        yield from _every(start, self.steps, [], None)


def _step(value: Any, step: str | int | None) -> Any:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    if step is None and value and isinstance(value, (dict, list)):  # one value is asked for: the first of all
        return next(iter(value.values())) if isinstance(value, dict) else value[0]
    return MISSING


def _every(
    value: Any, steps: tuple[str | int | None, ...], keys: list[str], outer: Any
) -> Iterator[tuple[list[str], Any, Any]]:
    if not steps:
        yield keys, value, outer
        return
    outer = value if isinstance(value, dict) else outer
    if steps[0] is not None:
        found = _step(value, steps[0])
        if found is not MISSING:
            yield from _every(found, steps[1:], keys, outer)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _every(item, steps[1:], [*keys, key], outer)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _every(item, steps[1:], [*keys, str(number)], outer)


def compile_path(text: str) -> Path:
    """Raises LanguageError where the text is no path."""
    if not text.startswith(STARTS):
        return Path(text, False, (text,))
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
    return Path(text, text[0] == "$", tuple(steps), text[0] == "^")


def _mac(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


FILTERS: dict[str, Callable[[str], str]] = {
    "mac": _mac,
    "upper": str.upper,
    "lower": str.lower,
    "strip": str.strip,
    "last": lambda text: text.rsplit("/", 1)[-1],
}


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{capture}`, `{$.path}` and `{@.path|filter}` parts; empty or missing parts make it void."""

    text: str
    parts: tuple[str | tuple[str | Path, tuple[Callable[[str], str], ...]], ...]
    capture: str | None = None  # the only part, where it is a bare capture

    def fill(self, scope: Scope) -> str | None:
        """Return the text, or None where a part is missing, null or empty."""
        if self.capture is not None:
            return scope.names.get(self.capture) or None
        done: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                done.append(part)
                continue
            source, filters = part
            value = scope.names.get(source) if isinstance(source, str) else source.get(scope)
            text = plain(value)
            if text is None:
                return None
            for change in filters:
                text = change(text)
            done.append(text)
        return "".join(done)


def plain(value: Any) -> str | None:
    """Return a scalar as text (5345.0 as 5345), None for anything else and for the empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) or None if isinstance(value, (str, int, float)) else None


def compile_template(text: str) -> Template:
    """Raises LanguageError for an unknown filter or path."""
    parts: list[str | tuple[str | Path, tuple[Callable[[str], str], ...]]] = []
    at = 0
    for found in _PART.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        source, *filters = (piece.strip() for piece in found.group(1).split("|"))
        unknown = [name for name in filters if name not in FILTERS]
        if unknown:
            raise LanguageError(f"filter {unknown[0]!r} in {text!r}; there are {', '.join(FILTERS)}")
        where = compile_path(source) if source.startswith(STARTS) else source
        parts.append((where, tuple(FILTERS[name] for name in filters)))
        at = found.end()
    if at < len(text):
        parts.append(text[at:])
    only = parts[0] if len(parts) == 1 else None
    capture = only[0] if isinstance(only, tuple) and isinstance(only[0], str) and not only[1] else None
    return Template(text, tuple(parts), capture)
