"""The alarm burden of a home: how often it rings, how often for nothing, how soon somebody came, and what to do. Pure.

A share is of the alerts that a person closed with an outcome; tests and what ended by itself say nothing about right or
wrong. Percentiles are nearest ranks of the alerts that were answered; how many never were is counted beside them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from analytics.alerts.roster import Post, Roster
from anxin.vocabulary import AlertKind, Outcome, Priority

_K = TypeVar("_K")
NIGHT_STARTS, NIGHT_ENDS = 21, 6  # as the policy `night` begins and ends by default
MOST_CAUSES = 10
FEW = 3  # alerts, below which no cause is suggested
_WRONG, _SILENT = {Outcome.FALSE, Outcome.NOT_FOUND}, {Outcome.TEST, Outcome.SELF_CLEARED}
# The parameter that decides how soon a kind rings; a larger number is a later alert.
KNOBS: dict[AlertKind, tuple[str, str]] = {
    AlertKind.OUT_OF_BED_LONG: ("bed_absence", "warn_min"),
    AlertKind.BATHROOM_OVERSTAY: ("bathroom", "warn_min"),
    AlertKind.HEART_RATE_ABNORMAL: ("heart_rate", "persist_s"),
    AlertKind.RESPIRATORY_RATE_ABNORMAL: ("respiratory_rate", "persist_s"),
    AlertKind.SPO2_ABNORMAL: ("spo2", "persist_s"),
    AlertKind.TEMPERATURE_ABNORMAL: ("temperature", "persist_s"),
    AlertKind.DEVICE_SILENT: ("device_silence", "factor"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One alert. device: the sensor that said so, its gateway's code where only that is known. place: in words.
    lasted_s: until it was closed. rings: when how many people were told."""

    kind: AlertKind
    priority: Priority
    technical: bool
    device: str | None
    place: str | None
    resident_id: int | None
    raised_at: datetime
    outcome: Outcome | None
    taken_s: float | None
    arrived_s: float | None
    lasted_s: float | None
    rings: tuple[tuple[datetime, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those that a person judged were wrong."""

    judged: int
    wrong: int

    @property
    def value(self) -> float | None:
        return self.wrong / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Times:
    """How soon, in seconds; None where nobody did. missing: alerts of which it never happened."""

    p50: float | None
    p90: float | None
    missing: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One source of noise: a kind at a device or place. suggestion: a key of SUGGESTIONS; knob: what to try."""

    kind: AlertKind
    source: str
    alerts: int
    share: Share
    ended_alone: int
    suggestion: str
    knob: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Burden:
    """The figures of a span. Rates are None where there was nobody to divide by."""

    since: datetime
    until: datetime
    alerts: dict[Priority, int]
    resident_days: float
    carer_hours: float
    night_carer_hours: float
    per_resident_day: float | None
    told_per_carer_hour: float | None
    told_per_carer_hour_at_night: float | None
    false_share: dict[Priority, Share]
    taken: Times
    arrived: Times
    by_kind: dict[AlertKind, Share]
    by_device: dict[str, Share]
    causes: tuple[Cause, ...]


SUGGESTIONS: dict[str, dict[str, str]] = {
    "sensor": {
        "zh": "多为误报：请检查该传感器的位置、安装和灵敏度，再考虑更换。",
        "en": "Mostly wrong: check this sensor's place, mounting and sensitivity before anything else.",
    },
    "later": {
        "zh": "多数自行消失：可把时限放宽一些，先用“假如”看上月会怎样。",
        "en": "Most ended by themselves: a longer delay may do; ask “what if” what last month would have been.",
    },
    "fault": {
        "zh": "设备故障反复出现：请检查电池、供电和信号，2小时未修复须安排人工巡视。",
        "en": "A fault that comes again: check battery, power and radio; after 2 h unrepaired, make substitute rounds.",
    },
    "person": {
        "zh": "集中在一位老人：请为其单独设置参数，并复评照护计划。",
        "en": "Mostly one resident: give her numbers of her own, and look at her care plan again.",
    },
    "real": {
        "zh": "多为真实：不要放宽，请看如何减少发生。",
        "en": "Mostly real: change no number; see how it can happen less often.",
    },
    "few": {"zh": "次数太少，暂无建议。", "en": "Too few to say."},
    "unjudged": {
        "zh": "多数未填写结果：请结束时填写结果，才能判断是否误报。",
        "en": "Most were closed without an outcome: with outcomes this page can tell noise from need.",
    },
}


def measure(cases: Sequence[Case], roster: Roster, resident_days: float, since: datetime, until: datetime) -> Burden:
    """Return the burden of the cases raised in since..until (aware)."""
    zone = ZoneInfo(roster.zone)
    hours, night_hours = carer_hours(roster, since, until)
    urgent = [case for case in cases if case.priority is not Priority.LOW]
    rings = [ring for case in cases for ring in case.rings]
    at_night = [count for at, count in rings if _is_night(at.astimezone(zone).hour)]
    return Burden(
        since=since,
        until=until,
        alerts={priority: sum(case.priority is priority for case in cases) for priority in Priority},
        resident_days=resident_days,
        carer_hours=hours,
        night_carer_hours=night_hours,
        per_resident_day=_rate(len(urgent), resident_days),
        told_per_carer_hour=_rate(sum(count for _, count in rings), hours),
        told_per_carer_hour_at_night=_rate(sum(at_night), night_hours),
        false_share={p: share([case for case in cases if case.priority is p]) for p in Priority},
        taken=times([case.taken_s for case in urgent]),
        arrived=times([case.arrived_s for case in urgent if not case.technical]),
        by_kind=_shares(cases, lambda case: case.kind),
        by_device=_shares([case for case in cases if case.device], lambda case: case.device or ""),
        causes=causes(cases),
    )


def share(cases: Iterable[Case]) -> Share:
    judged = [case for case in cases if case.outcome is not None and case.outcome not in _SILENT]
    return Share(len(judged), sum(case.outcome in _WRONG for case in judged))


def times(seconds: Sequence[float | None]) -> Times:
    known = sorted(value for value in seconds if value is not None)
    return Times(_rank(known, 0.5), _rank(known, 0.9), len(seconds) - len(known))


def causes(cases: Sequence[Case]) -> tuple[Cause, ...]:
    """Return the noisiest sources, those first that rang most."""
    groups: dict[tuple[AlertKind, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.kind, case.device or case.place or "–"].append(case)
    order = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(_cause(kind, source, group) for (kind, source), group in order[:MOST_CAUSES])


def carer_hours(roster: Roster, since: datetime, until: datetime) -> tuple[float, float]:
    """Return how many hours carers and nurses were on duty in a span, and how many of them at night."""
    zone = ZoneInfo(roster.zone)
    there = night = 0
    step = timedelta(minutes=30)
    at = since
    while at < until:
        count = len(roster.on_duty((Post.CARER, Post.NURSE), None, at))
        there += count
        night += count if _is_night(at.astimezone(zone).hour) else 0
        at += step
    return there / 2, night / 2


def _cause(kind: AlertKind, source: str, group: list[Case]) -> Cause:
    found, alone = share(group), sum(case.outcome is Outcome.SELF_CLEARED for case in group)
    residents = Counter(case.resident_id for case in group if case.resident_id is not None)
    knob = KNOBS.get(kind)
    if len(group) < FEW:
        suggestion = "few"
    elif group[0].technical:
        suggestion = "fault"
    elif found.judged >= 3 and found.wrong * 2 >= found.judged:
        suggestion = "sensor"
    elif found.judged >= 3:
        suggestion = "person" if residents and max(residents.values()) >= 5 else "real"
    elif knob is not None and alone * 10 >= len(group) * 7:
        suggestion = "later"
    else:
        suggestion = "unjudged"
    return Cause(kind, source, len(group), found, alone, suggestion, knob if suggestion in ("later", "fault") else None)


def _shares(cases: Iterable[Case], key: Callable[[Case], _K]) -> dict[_K, Share]:
    groups: dict[_K, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    found = {name: share(group) for name, group in groups.items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1].wrong, -item[1].judged, str(item[0]))))


def _rank(known: Sequence[float], part: float) -> float | None:
    return known[max(0, math.ceil(part * len(known)) - 1)] if known else None


def _rate(count: float, by: float) -> float | None:
    return count / by if by > 0 else None


def _is_night(hour: int) -> bool:
    return hour >= NIGHT_STARTS or hour < NIGHT_ENDS
