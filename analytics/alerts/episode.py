"""Which words are about one happening: the kinds of a ladder, and several sensors that see one thing. Pure.

A fall that was suspected, then confirmed, then a long lie is one alert that climbs. A second sensor that reports what
the first one has just reported adds to what is known of it and is no second occurrence; a call never joins, because
whoever presses again has pressed again (rule 2 of the watch).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from analytics.alerts.model import Alert, Sources
from analytics.finding import Evidence, Finding
from anxin.vocabulary import AlertKind

# How long after the first word a further sensor tells of the same happening, and not of the next one: the phases of a
# fall sensor are 30 to 60 s apart (clinical.md 3.4), a spooling one comes later. Our own choice, grade E.
SAME = timedelta(minutes=5)

FALL = "fall"
# kind → (name of the ladder, rung). A kind that is not here is a ladder of its own.
_K = AlertKind
LADDERS: dict[AlertKind, tuple[str, int]] = {
    _K.FALL_SUSPECTED: (FALL, 0),
    _K.FALL_CONFIRMED: (FALL, 1),
    _K.BED_FALL: (FALL, 1),
    _K.LONG_LIE: (FALL, 2),
}
# Conditions of a body, which several sensors may see at once.
SEEN_BY_SEVERAL = frozenset({
    *LADDERS, _K.BED_EDGE_PREEXIT, _K.BED_EXIT, _K.OUT_OF_BED_LONG, _K.BATHROOM_OVERSTAY, _K.NO_VITAL_SIGNS_IN_BED,
    _K.BREATHING_STOPPED, _K.HEART_RATE_ABNORMAL, _K.RESPIRATORY_RATE_ABNORMAL, _K.SPO2_ABNORMAL,
    _K.TEMPERATURE_ABNORMAL, _K.BLOOD_PRESSURE_ABNORMAL, _K.INACTIVITY_ROOM, _K.NO_SIGN_OF_LIFE, _K.NIGHT_WANDER,
})  # fmt: skip


def ladder(kind: AlertKind) -> str:
    """Return what makes kinds one: the name of their ladder, or the kind's own."""
    return LADDERS[kind][0] if kind in LADDERS else kind.value


def rung(kind: AlertKind) -> int:
    """Return how far up its ladder a kind stands."""
    return LADDERS[kind][1] if kind in LADDERS else 0


def source_of(finding: Finding) -> str:
    """Return who said it: the device, or the watch itself."""
    device = finding.subject.device_id
    return "watch" if device is None else f"device:{device}"


def said(alert_sources: Sources, finding: Finding, present: bool, numbers: Evidence) -> Sources:
    """Return what each sensor said, with this word added. The newest word of a sensor replaces its older one."""
    word: dict[str, object] = {
        "kind": finding.kind.value,
        "at": finding.at.isoformat(),
        "present": present,
        "evidence": numbers,
    }
    return {**alert_sources, source_of(finding): word}


def joins(alert: Alert, finding: Finding, now: datetime) -> bool:
    """Whether a word is a further sensor's about what the alert is about already, and no new occurrence."""
    return (
        finding.kind in SEEN_BY_SEVERAL
        and alert.condition_present
        and source_of(finding) not in alert.sources
        and abs(min(finding.at, now) - newest_word(alert)) <= SAME
    )


def newest_word(alert: Alert) -> datetime:
    """Return when a sensor last said that the condition is there; the onset where none is kept."""
    times = [datetime.fromisoformat(str(word["at"])) for word in alert.sources.values() if word["present"]]
    return max(times, default=alert.onset_at)


def has_climbed_on(alert: Alert, finding: Finding) -> bool:
    """Whether the end of a lower kind only says that this sensor's own word became a higher one."""
    mine = alert.sources.get(source_of(finding))
    return rung(finding.kind) < rung(alert.kind) and (mine is None or mine["kind"] != finding.kind.value)


def others_still_see(alert: Alert, finding: Finding) -> bool:
    """Whether another sensor has not taken its word back, for conditions that several see."""
    me = source_of(finding)
    return finding.kind in SEEN_BY_SEVERAL and any(
        word["present"] for name, word in alert.sources.items() if name != me
    )


def is_one_room(alert: Alert, finding: Finding) -> bool:
    """Whether a fall that is known for a room only may be the one that is known of a resident in it."""
    subject, other = finding.subject, alert.subject
    return (
        ladder(finding.kind) == ladder(alert.kind) == FALL
        and subject.resident_id is None
        and subject.bed_id is None
        and subject.room_id is not None
        and subject.room_id == other.room_id
    )


def climb(alert: Alert, finding: Finding) -> Alert:
    """Return the alert as the higher kind of its ladder."""
    spec = replace(alert, kind=finding.kind).spec
    return replace(alert, kind=finding.kind, life_safety=spec.life_safety, condition_present=True, cleared_at=None)
