"""What may be said about a bed now. Pure: decides from the newest values whether each still lives, else says unknown.

A sensor that died must never look like a sleeping resident: a value counts only while its device and its gateway are
heard as often as they promised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anxin.vocabulary import ObservationKind
from api.model import BedValue

# A device without a promise is believed for this long; the alert for silence comes from analytics, not from here.
UNSUPERVISED = timedelta(minutes=10)
# Two beats may get lost on the way; the third missing one means that the gateway is gone.
MISSED_BEATS = 3
# Heart and respiratory rate are momentary: after this long a number says nothing about now.
MOMENTARY = timedelta(seconds=120)
_MOMENTARY_KINDS = (ObservationKind.HEART_RATE, ObservationKind.RESPIRATORY_RATE)


class Occupancy(StrEnum):
    """Where the resident is, as far as the bed knows."""

    IN = "in"
    EDGE = "edge"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with its time. value None: unknown now; `at` then is when something was last known, None if never."""

    value: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BedNow:
    """The state of one bed."""

    occupancy: Occupancy
    occupancy_at: datetime | None
    heart_rate: Reading
    respiratory_rate: Reading


def bed_now(values: Iterable[BedValue], now: datetime) -> BedNow:
    """Return what is known of a bed at `now` from the newest values of the devices around it."""
    newest: dict[str, BedValue] = {}
    for value in values:
        if value.kind is not None and _better(value, newest.get(value.kind), now):
            newest[value.kind] = value
    occupied = _reading(newest.get(ObservationKind.BED_OCCUPIED), now)
    edge = _reading(newest.get(ObservationKind.BED_EDGE), now)
    return BedNow(
        _occupancy(occupied, edge),
        occupied.at,
        _reading(newest.get(ObservationKind.HEART_RATE), now),
        _reading(newest.get(ObservationKind.RESPIRATORY_RATE), now),
    )


def is_alive(value: BedValue, now: datetime) -> bool:
    """Whether the device behind a value is heard as often as it promised, through a gateway that is up."""
    promised = timedelta(seconds=value.supervision_s) if value.supervision_s else UNSUPERVISED
    if now - value.device_heard_at > promised:
        return False
    if value.gateway_up is None:
        return True
    beats = timedelta(seconds=value.heartbeat_s * MISSED_BEATS)
    return value.gateway_up and value.gateway_heard_at is not None and now - value.gateway_heard_at <= beats


def _better(value: BedValue, than: BedValue | None, now: datetime) -> bool:
    """A living device's word beats a dead one's, a newer beats an older."""
    return than is None or (is_alive(value, now), value.time) > (is_alive(than, now), than.time)


def _reading(value: BedValue | None, now: datetime) -> Reading:
    if value is None:
        return Reading()
    stale = value.kind in _MOMENTARY_KINDS and now - value.time > MOMENTARY
    if value.value is None or stale or not is_alive(value, now):
        return Reading(None, value.time)
    return Reading(value.value, value.time)


def _occupancy(occupied: Reading, edge: Reading) -> Occupancy:
    if occupied.value is None:
        return Occupancy.UNKNOWN
    if occupied.value >= 0.5:
        return Occupancy.EDGE if edge.value is not None and edge.value >= 0.5 else Occupancy.IN
    return Occupancy.OUT
