"""Time inside the engine: whole milliseconds since 1970, UTC, as integers, because columns of them are cheap to
compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NEVER = 2**62
CELL_MS = 5_000  # the engine judges that time passed at the ends of cells
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return an aware moment in milliseconds, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Return milliseconds as an aware UTC moment."""
    return _EPOCH + timedelta(milliseconds=int(ms))


def seconds(value: float) -> int:
    """Return a number of seconds in milliseconds."""
    return round(value * 1_000)


def minutes(value: float) -> int:
    """Return a number of minutes in milliseconds."""
    return round(value * 60_000)


def spoken(ms: int) -> str:
    """Return a span in words for people: seconds below three minutes, then minutes, from three hours on hours."""
    if ms < 180_000:
        return f"{ms / 1_000:.0f} s"
    return f"{ms / 60_000:.0f} min" if ms < 10_800_000 else f"{ms / 3_600_000:.1f} h"


def cell_end(ms: int) -> int:
    """Return the end of the cell that a moment belongs to; a cell's end belongs to it."""
    return -(-ms // CELL_MS) * CELL_MS
