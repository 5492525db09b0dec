"""For how long nothing watched a resident: blind time, by what is watched. Pure.

A kind of device watches her while at least one of its devices is heard; what is not heard is unknown, never fine. A
device that promises no interval is unsupervised: its silence would be told by nobody, so it is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Watcher:
    """A device that watches a resident, and when it was out of hearing. supervised: it promises to be heard."""

    kind: str
    supervised: bool
    silent: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Blind:
    """Of one kind of device of one resident: how long none was heard, and whether only unsupervised ones are there."""

    kind: str
    devices: int
    blind: timedelta
    unsupervised: bool


def blind_times(watchers: Sequence[Watcher], start: datetime, stop: datetime) -> list[Blind]:
    """Return the blind time of each kind within start..stop, by kind."""
    kinds: dict[str, list[Watcher]] = {}
    for watcher in watchers:
        kinds.setdefault(watcher.kind, []).append(watcher)
    return [
        Blind(kind, len(ones), _all_silent(ones, start, stop), not any(one.supervised for one in ones))
        for kind, ones in sorted(kinds.items())
    ]


def _all_silent(watchers: Sequence[Watcher], start: datetime, stop: datetime) -> timedelta:
    """How long all of them were silent at once."""
    edges: list[tuple[datetime, int]] = []
    for watcher in watchers:
        for first, last in union(watcher.silent, start, stop):
            edges += [(first, 1), (last, -1)]
    total, silent, since = timedelta(), 0, start
    for at, step in sorted(edges):
        if silent == len(watchers):
            total += at - since
        silent, since = silent + step, at
    return total


def union(spans: Iterable[Span], start: datetime, stop: datetime) -> list[Span]:
    """Return spans cut to start..stop, overlapping ones joined, in order."""
    joined: list[Span] = []
    for first, last in sorted((max(a, start), min(b, stop)) for a, b in spans):
        if last <= first:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def watchers_of(rows: Iterable[Mapping[str, object]], now: datetime) -> list[Watcher]:
    """Return the watchers in rows of device id, kind, supervision and one silence each (silent_from None: none)."""
    found: dict[object, tuple[str, bool, list[Span]]] = {}
    for row in rows:
        one = found.setdefault(row["device_id"], (str(row["kind"]), row["supervision_s"] is not None, []))
        first, last = row["silent_from"], row["silent_until"]
        if isinstance(first, datetime):
            one[2].append((first, last if isinstance(last, datetime) else now))
    return [Watcher(kind, supervised, tuple(spans)) for kind, supervised, spans in found.values()]
