"""What may be a slip of the pen in a mapping: names that are nearly ours, captures that nothing fills."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from anxin.toml_lines import Path
from edge.gateways.events import EVENT_NAMES
from edge.gateways.rule import FLAGS
from edge.gateways.schema import Node
from edge.gateways.signals import SIGNALS

_NEAR = 0.75
_CAPTURE = re.compile(r"\{([A-Za-z_]\w*)(?:\|\w+)*\}")
_GUARDED = ("when", "where", *FLAGS)
_FILLED = re.compile(r"key\d*|topic|retain")  # what every rule has


def note_signals(node: Node, names: Iterable[str], *inside: str) -> None:
    """Note signals that are not ours; names with a placeholder are not judged. inside: the key they stand under."""
    for name in names:
        if name not in SIGNALS and "{" not in name:
            hint = f"{name!r} is a signal of your own: shown, not sent{_nearest(name, SIGNALS)}"
            node.document.note((*node.path, *inside, *([name] if inside else [])), hint)


def note_events(node: Node, names: Iterable[object]) -> None:
    """Note events that nothing is made of."""
    for name in names:
        ours = name in EVENT_NAMES or str(name).startswith(("button", "presence_"))
        if isinstance(name, str) and name and not ours and "{" not in name:
            hint = f"{name!r} is an event of your own: shown, not sent{_nearest(name, EVENT_NAMES)}"
            node.document.note((*node.path, "event"), hint)


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name.lower(), list(known), 1, _NEAR)
    return f"; did you mean {found[0]!r}?" if found else ""


def unfilled(templates: Iterable[str], captures: Iterable[str]) -> str | None:
    """Return the first capture that a template names and no topic of the rule has."""
    known = set(captures)
    names = (name for text in templates for name in _CAPTURE.findall(text))
    return next((name for name in names if name not in known and not _FILLED.fullmatch(name)), None)


def guarded(path: Path, value: Any, guard: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield the place and the key of every guard: what stands in a table `when`, `where`, or under a flag."""
    if isinstance(value, dict):
        for key, part in value.items():
            if guard:
                yield (*path, key), key
            else:
                yield from guarded((*path, key), part, key in _GUARDED)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from guarded((*path, place), part, guard)
