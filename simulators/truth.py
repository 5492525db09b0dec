"""What truly happened: the pieces of a resident's timeline. Times are seconds since 1970, UTC, because a world makes
millions of them; `moment_of` and `seconds_of` cross to aware datetimes at the border."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

OUTSIDE = "outside"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """From start to end a person is in one place, in one posture. A timeline is a gapless series of them.

    room: a room's code, or `outside`. posture: lying, sitting, standing, walking or floor. doing: sleep, rest, edge,
    toilet, wash, meal, activity, walk, wander, away, fallen, bathroom …
    """

    start: float
    end: float
    room: str
    posture: str
    doing: str
    in_bed: bool = False
    asleep: bool = False


class Moment(NamedTuple):
    """Something that happens at one time: `fall`, `bed_fall` (that a fall was one from bed), `sos`, `exit` (through the
    outer door) or `return`."""

    resident: str
    kind: str
    at: float
    detail: str = ""


class Span(NamedTuple):
    """A truth that holds for a while: `room`, `in_bed`, `asleep`, `fallen`, `left_building`, `wandering`, `stuck` (in
    the bathroom), `lifeless`, `unwell`; of nobody, in a room: `smoke`, `gas`."""

    resident: str
    kind: str
    start: float
    end: float
    detail: str = ""


def moment_of(seconds: float) -> datetime:
    """Return aware UTC of seconds since 1970."""
    return _EPOCH + timedelta(seconds=seconds)


def seconds_of(moment: datetime) -> float:
    """Return seconds since 1970 of an aware datetime."""
    return (moment - _EPOCH).total_seconds()
