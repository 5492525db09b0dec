"""How times and ages are written on screens. Pure; the pages' own clock never counts."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, tzinfo

from api.words import Translate


def age(since: datetime | None, now: datetime, _: Translate) -> str:
    """Return how long ago something was, in words; static/js/ages.js writes the same."""
    if since is None:
        return _("never")
    seconds = int((now - since).total_seconds())
    if seconds < 0:
        return _("{n} s", n=0)
    if seconds < 60:
        return _("{n} s", n=seconds)
    minutes = seconds // 60
    if minutes < 60:
        return _("{n} min", n=minutes)
    if minutes < 48 * 60:
        return _("{h} h {m} min", h=minutes // 60, m=minutes % 60)
    return _("{n} days", n=minutes // (24 * 60))


def span(length: timedelta, _: Translate) -> str:
    """Return a length of time in hours and minutes."""
    minutes = round(length.total_seconds() / 60)
    return _("{h} h {m} min", h=minutes // 60, m=minutes % 60) if minutes >= 60 else _("{n} min", n=minutes)


def moment(at: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Return a time of day in the facility's zone, with the date unless it is today's; 24 hours."""
    if at is None:
        return "—"
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    return local.strftime("%H:%M:%S") if local.date() == today else local.strftime("%m-%d %H:%M")


def place(*names: str | None) -> str:
    """Return ward, room and bed in one line; a name that the next one repeats (101, 101-1) is left away."""
    known = [name for name in names if name]
    repeated = {name for name, after in itertools.pairwise(known) if after.startswith(name)}
    return " · ".join(name for name in known if name not in repeated)


def day_time(at: datetime, zone: tzinfo) -> str:
    """Return month, day, hours and minutes in the facility's zone."""
    return at.astimezone(zone).strftime("%m-%d %H:%M")


def clock_time(at: datetime, zone: tzinfo) -> str:
    """Return hours and minutes in the facility's zone."""
    return at.astimezone(zone).strftime("%H:%M")
