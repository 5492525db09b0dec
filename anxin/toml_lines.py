"""Finds the line of a key in a TOML text, because tomllib keeps no positions and an error without a line is no help."""

from __future__ import annotations

import re

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


def line_of(text: str, path: str) -> int | None:
    """Return the 1-based line of `path`, for example `wards[1].rooms[0].name`, or of its nearest parent that is there.

    An element of an inline array is found by its array's line.
    """
    lines = _index(text)
    while path:
        if path in lines:
            return lines[path]
        path = path[: path.rindex("[")] if path.endswith("]") else path.rpartition(".")[0]
    return None


def _index(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    quote: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = None if quote in line else quote
            continue
        if table := _TABLE.match(line):
            prefix = _enter(table.group(2), table.group(1) == "[[", counts)
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            path = ".".join([prefix, *_parts(key.group(1))] if prefix else _parts(key.group(1)))
            lines.setdefault(path, number)
            quote = next((q for q in ('"""', "'''") if line.count(q) == 1), None)
    return lines


def _enter(name: str, is_array: bool, counts: dict[str, int]) -> str:
    """Return the path of a table header; parents that are arrays stand at their newest element."""
    path = ""
    parts = _parts(name)
    for depth, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        if is_array and depth == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
            _forget_children(path, counts)
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _forget_children(path: str, counts: dict[str, int]) -> None:
    for known in [key for key in counts if key.startswith(f"{path}[{counts[path]}]")]:
        del counts[known]


def _parts(name: str) -> list[str]:
    return ["".join(match) for match in _PART.findall(name)]
