"""The truth timeline: what a world's stretches and moments say, as spans and moments that score the watch. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from anxin.vocabulary import RoomKind
from simulators.calendar import DAY_S
from simulators.hazards import PER_DAY
from simulators.truth import OUTSIDE, Moment, Span, Stretch, moment_of
from simulators.world import World

LOOK_AHEAD_DAYS = 3
_DETAILS: dict[str, Callable[[Stretch], str | None]] = {
    "room": lambda s: s.room,
    "in_bed": lambda s: "" if s.in_bed else None,
    "asleep": lambda s: "" if s.asleep else None,
    "fallen": lambda s: s.room if s.posture == "floor" else None,
    "wandering": lambda s: "" if s.doing == "wander" else None,
    "stuck": lambda s: s.room if s.doing == "stuck" else None,
    "lifeless": lambda s: s.room if s.doing == "lifeless" else None,
    "left_building": lambda s: ("alone" if s.doing == "away" else "accompanied") if s.room == OUTSIDE else None,
}


def truth(world: World, start: float, end: float, ongoing: bool = False) -> list[Span | Moment]:
    """Return all spans that begin, and all moments, in [start, end), in order of time.

    A span's end may lie after `end`; one that lasts for more than LOOK_AHEAD_DAYS is cut there. ongoing: also those
    that hold at `start` and began before, with `start` as their beginning.
    """
    found: list[Span | Moment] = []
    for code in world.people:
        found += world.moments(code, start, end)
        found += _spans(world, code, start, end, ongoing)
        found += _illnesses(world, code, start, end, ongoing)
    found += _hazards(world, start, end, ongoing)
    return sorted(found, key=lambda item: (_time(item), item.resident, item.kind))


def row(item: Span | Moment) -> dict[str, str]:
    """Return a span (start, end) or moment (at) as a line of the truth file, with times in UTC."""
    shown = {"resident": item.resident, "kind": item.kind}
    if isinstance(item, Moment):
        shown["at"] = moment_of(item.at).isoformat(timespec="milliseconds")
    else:
        shown["start"] = moment_of(item.start).isoformat(timespec="milliseconds")
        shown["end"] = moment_of(item.end).isoformat(timespec="milliseconds")
    return shown | ({"detail": item.detail} if item.detail else {})


def _time(item: Span | Moment) -> float:
    return item.at if isinstance(item, Moment) else item.start


def _spans(world: World, code: str, start: float, end: float, ongoing: bool) -> Iterator[Span]:
    longest = LOOK_AHEAD_DAYS * DAY_S
    opened: dict[str, tuple[float, str]] = {}
    before: dict[str, str | None] = {}
    for stretch in world.stretches(code, start - 60.0, end + longest):
        runs_in = stretch.start < start
        for kind, detail_of in _DETAILS.items():
            detail = detail_of(stretch)
            if detail == before.get(kind) and not (runs_in and ongoing):
                continue
            if kind in opened:
                since, told = opened.pop(kind)
                yield Span(code, kind, since, min(stretch.start, since + longest), told)
            begins = ongoing and stretch.end > start if runs_in else stretch.start < end
            if detail is not None and begins:
                opened[kind] = max(start, stretch.start), detail
            before[kind] = detail
        if stretch.end >= end and not opened:
            return
    for kind, (since, told) in opened.items():
        yield Span(code, kind, since, since + longest, told)


def _hazards(world: World, start: float, end: float, ongoing: bool) -> Iterator[Span]:
    """Smoke and gas, of nobody; the detail is the room."""
    for ward in world.facility.wards:
        for room in ward.rooms:
            for kind in PER_DAY if room.kind is RoomKind.COMMON else ():
                for one in world.hazards(kind, room.code, start, end):
                    if ongoing or one.start >= start:
                        yield Span("", kind, max(start, one.start), one.end, room.code)


def _illnesses(world: World, code: str, start: float, end: float, ongoing: bool) -> Iterator[Span]:
    seen = set()
    for day in world.calendar.days(start, end):
        for ill in world.illnesses(code, day):
            begins = start <= ill.onset < end or (ongoing and ill.onset < start < ill.end)
            if begins and ill not in seen:
                seen.add(ill)
                yield Span(code, "unwell", max(start, ill.onset), ill.end, f"{ill.kind}, crisis {_iso(ill.crisis)}")


def _iso(t: float) -> str:
    return moment_of(t).isoformat(timespec="seconds")
