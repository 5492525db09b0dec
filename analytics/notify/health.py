"""A channel that fails is an alert like any other. Pure: decides what to say of the home's notifications.

There is one alert a home; its evidence holds one word a channel, and None for a channel that works again. A person
whose phone was tested in vain stands there like a channel, by her account's code.
"""

from __future__ import annotations

from datetime import datetime

from analytics.finding import Change, Evidence, Finding, Subject
from anxin.vocabulary import AlertKind


def phone_of(code: str) -> str:
    """Return the name under which somebody's phone stands in the evidence."""
    return f"phone of {code}"


def failed(
    facility_id: int, open_evidence: Evidence | None, channel: str, detail: str, now: datetime
) -> Finding | None:
    """Return what to say when a channel is in trouble. open_evidence: of the open alert, None without one."""
    if open_evidence is None:
        return _finding(facility_id, Change.BEGAN, channel, detail, f"{channel} does not deliver: {detail}", now)
    if open_evidence.get(channel) is not None:
        return None
    return _finding(facility_id, Change.RECURRED, channel, detail, f"{channel} fails too: {detail}", now)


def delivered(facility_id: int, open_evidence: Evidence | None, channel: str, now: datetime) -> Finding | None:
    """Return what to say when a channel has delivered: nothing, unless it was in trouble."""
    if open_evidence is None or open_evidence.get(channel) is None:
        return None
    others = [name for name, word in open_evidence.items() if word is not None and name != channel]
    change = Change.UPDATED if others else Change.ENDED
    return _finding(facility_id, change, channel, None, f"{channel} delivers again", now)


def _finding(facility_id: int, change: Change, channel: str, word: str | None, reason: str, now: datetime) -> Finding:
    return Finding(AlertKind.NOTIFY_FAILED, Subject(facility_id), change, now, reason, evidence={channel: word})
