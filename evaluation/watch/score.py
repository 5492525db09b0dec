"""Sets alerts against truths: recall, precision, delays, burden, how soon somebody was reached. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind, Priority
from evaluation.watch.desk import Record
from evaluation.watch.equipment import broken
from evaluation.watch.matching import BY_KIND, HOUR, MATCHES, Match
from evaluation.watch.places import Places, Truth
from evaluation.watch.run import Watched, room_code
from evaluation.watch.truths import heard, lived, scripted, tapped
from evaluation.watch.vitals_truth import near_limit
from simulators.truth import Span, seconds_of

Row = dict[str, object]
LOST_AFTER_S = 600.0
NIGHT = (21.0, 6.0)
SETTLE_S = 1_800.0  # what begins so shortly before the end of a run is not scored
DAY_S = 86_400.0
SLOW = (AlertKind.TREND_DETERIORATION.value, AlertKind.NOCTURIA_RISE.value)  # told of nights, not of the moment
EARLY_S = 60.0  # an alert so shortly before a truth holds is not false: cells, debounce


@dataclass
class Tally:
    """Counts of one kind over all runs; times in seconds."""

    due: int = 0
    answered: int = 0
    alerts: int = 0
    false: int = 0
    delays: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    leads: list[float] = field(default_factory=list)
    false_at_night: int = 0

    def join(self, other: Tally) -> None:
        """Count what another counted too."""
        for name in ("due", "answered", "alerts", "false", "delays", "reached", "arrived", "leads", "false_at_night"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Totals:
    """Everything that is counted over all runs. by_priority: alerts and how many of them were false. guarded_nights: of
    residents who do not get up alone."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    resident_days: float = 0.0
    guarded_nights: float = 0.0
    night_sends: int = 0
    night_carer_hours: float = 0.0
    twins: int = 0
    lost: int = 0
    sends_under_acknowledgement: int = 0
    by_priority: dict[Priority, list[int]] = field(default_factory=lambda: {p: [0, 0] for p in Priority})

    def of(self, kind: str) -> Tally:
        return self.kinds.setdefault(kind, Tally())

    def join(self, other: Totals) -> None:
        """Count what another counted too."""
        for kind, tally in other.kinds.items():
            self.of(kind).join(tally)
        for priority, counts in other.by_priority.items():
            self.by_priority[priority] = [a + b for a, b in zip(self.by_priority[priority], counts, strict=True)]
        for name in ("resident_days", "guarded_nights", "night_sends", "night_carer_hours", "twins", "lost",
                     "sends_under_acknowledgement"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))


class _Named:
    """A record with the codes of whom and what it is about."""

    def __init__(self, record: Record, out: Watched) -> None:
        subject = record.alert.subject
        residents, gateways = out.facility.residents, out.facility.gateways
        self.record, self.kind = record, record.alert.kind.value
        self.resident = residents[subject.resident_id - 1].code if subject.resident_id else ""
        self.room = room_code(out.facility, subject.room_id)
        devices = {device.id: device.code for device in out.directory.devices}
        self.device = devices.get(subject.device_id or 0, "")
        if subject.device_id is None and subject.gateway_id is not None:
            self.device = gateways[subject.gateway_id - 1].code
        self.rang = [seconds_of(moment) for moment in record.rang]
        self.told = [(seconds_of(moment), kind.value) for moment, kind in record.told]

    def is_about(self, truth: Truth) -> bool:
        """Equipment by its name; people by name, or by the room where the alert knows no more."""
        if truth.device:
            return self.device == truth.device or self.kind == AlertKind.WATCH_STALLED
        return self.resident == truth.resident if self.resident else self.room == truth.room

    def due_of(self, truth: Truth) -> float:
        """When it was due: for equipment, its interval after it was last heard (which lies before the fault)."""
        last = self.record.alert.evidence.get("last_heard")
        if not truth.device or not isinstance(last, str):
            return truth.due
        return min(truth.first, seconds_of(datetime.fromisoformat(last))) + truth.due - truth.first


def add(total: Totals, out: Watched) -> None:
    """Count one run."""
    places = Places(out.facility)
    spans = [item for item in out.truth if isinstance(item, Span)]
    hits = [*heard(out.told, places, spans)]
    truths = [*hits, *lived(out.truth, places, out.faults, out.world, hits), *tapped(out.taps),
              *scripted(out.world), *broken(out.all_faults, places, out.faults)]  # fmt: skip
    named = [_Named(record, out) for record in out.records]
    counted = [one for one in named if one.rang and out.start <= one.rang[0] < out.end - SETTLE_S]
    total.resident_days += len(out.facility.residents) * (out.end - out.start) / DAY_S
    guarded = sum(how != "alone" for how in places.gets_up.values())
    total.guarded_nights += guarded * (out.end - out.start) / DAY_S
    for match in MATCHES:
        due = [t for t in truths if t.kind == match.kind and t.must and _in_time(t, out)]
        _recall(total.of(match.kind), match, due, named)
    for one in counted:
        _judge(total, one, truths, out)
    _burden(total, counted, out)
    total.twins += out.wrong.twins
    total.lost += out.wrong.lost + sum(_is_lost(one.record, out.end) for one in named)
    total.sends_under_acknowledgement += out.wrong.sends_under_acknowledgement


def _in_time(truth: Truth, out: Watched) -> bool:
    """Whether the run is long enough to tell."""
    return out.start <= truth.due and (truth.crisis or truth.due) < out.end - SETTLE_S


def _recall(tally: Tally, match: Match, truths: Sequence[Truth], named: Sequence[_Named]) -> None:
    answering = [one for one in named if any(kind in match.answers for _, kind in one.told)]
    for truth in truths:
        last = truth.due + match.after_s if truth.crisis is None else truth.crisis + match.after_s
        first = truth.due - match.before_s if not truth.device else truth.first
        about = [one for one in answering if one.is_about(truth)]
        found = [(t, one) for one in about for t, kind in one.told if first <= t <= last and kind in match.answers]
        tally.due += 1
        if found:
            at, one = min(found, key=lambda pair: pair[0])
            tally.answered += 1
            tally.delays.append(at - one.due_of(truth))
            if truth.crisis is not None:
                tally.leads.append((truth.crisis - at) / HOUR)


def _judge(total: Totals, one: _Named, truths: Sequence[Truth], out: Watched) -> None:
    """Count an alert of its own kind, and whether anything true stood behind it."""
    tally, at, alert = total.of(one.kind), one.rang[0], one.record.alert
    kinds = {match.kind for match in MATCHES if match.excuses and one.kind in match.answers} | {one.kind}
    real = any(
        truth.kind in kinds and one.is_about(truth) and truth.first - EARLY_S <= at <= truth.last
        for truth in truths
        if truth.kind != "deterioration" or one.kind in SLOW
    ) or near_limit(out.world, one.resident, alert.kind, seconds_of(alert.onset_at), at)
    tally.alerts += 1
    tally.false += not real
    hour = out.world.calendar.hour(at)
    tally.false_at_night += not real and (hour >= NIGHT[0] or hour < NIGHT[1])
    count = total.by_priority[alert.priority]
    count[0] += 1
    count[1] += not real
    if alert.priority is Priority.HIGH and ALERTS[alert.kind].alert_class.value == "physiological":
        if one.record.answered_at is not None:
            tally.reached.append(seconds_of(one.record.answered_at) - at)
        if one.record.arrived_at is not None:
            tally.arrived.append(seconds_of(one.record.arrived_at) - at)


def _burden(total: Totals, named: Sequence[_Named], out: Watched) -> None:
    """Interruptions: one person told once, in the night shift; carer-hours: those on duty in it, but for the phone."""
    for one in named:
        for moment, people in one.record.sends:
            hour = out.world.calendar.hour(seconds_of(moment))
            total.night_sends += people if hour >= 19 or hour < 7 else 0
    total.night_carer_hours += out.night_carers * 12.0 * (out.end - out.start) / DAY_S


def _is_lost(record: Record, end: float) -> bool:
    """What is urgent and was still open after ten minutes, and nobody was told of."""
    alert = record.alert
    told = any(people for _, people in record.sends)
    over = alert.resolved_at is not None or seconds_of(alert.raised_at) + LOST_AFTER_S > end
    return alert.priority is not Priority.LOW and not told and not over


def rows(total: Totals) -> list[Row]:
    """Return one object for each kind, and `all`. None: nothing to count."""
    kinds = [*[match.kind for match in MATCHES], *sorted(set(total.kinds) - set(BY_KIND))]
    found = [_row(kind, total.of(kind), total.resident_days) for kind in kinds]
    for row in found:
        if row["kind"] == AlertKind.BED_EXIT:
            row["false_per_night"] = _rate(total.of(AlertKind.BED_EXIT).false_at_night, total.guarded_nights)
    every = Tally()
    for tally in total.kinds.values():
        every.join(tally)
    loud, false = (sum(total.by_priority[p][i] for p in (Priority.HIGH, Priority.MEDIUM)) for i in (0, 1))
    high, medium = (total.by_priority[p] for p in (Priority.HIGH, Priority.MEDIUM))
    extra: Row = {
        "resident_days": round(total.resident_days, 2),
        "high_and_medium_per_resident_day": _rate(loud, total.resident_days),
        "false_high_and_medium_per_resident_day": _rate(false, total.resident_days),
        "false_share_high": _rate(high[1], high[0]), "false_share_medium": _rate(medium[1], medium[0]),
        "interruptions_per_carer_hour_at_night": _rate(total.night_sends, total.night_carer_hours),
        "twin_alerts": total.twins, "lost_alerts": total.lost,
        "sends_under_acknowledgement": total.sends_under_acknowledgement,
    }  # fmt: skip
    return [*found, _row("all", every, total.resident_days) | extra]


def _row(kind: str, tally: Tally, resident_days: float) -> Row:
    covered = kind == "all" or kind not in BY_KIND or BY_KIND[kind].covered
    row: Row = {
        "kind": kind,
        "recall": _rate(tally.answered, tally.due),
        "precision": _rate(tally.alerts - tally.false, tally.alerts),
        "delay_p50_s": _part(tally.delays, 50), "delay_p95_s": _part(tally.delays, 95),
        "false_per_resident_day": _rate(tally.false, resident_days),
        "alerts_per_resident_day": _rate(tally.alerts, resident_days),
        "reached_p50_s": _part(tally.reached, 50), "reached_p90_s": _part(tally.reached, 90),
        "arrived_p50_s": _part(tally.arrived, 50), "arrived_p90_s": _part(tally.arrived, 90),
        "truths": tally.due, "alerts": tally.alerts, "covered": covered,
    }  # fmt: skip
    if kind == "deterioration":
        row["lead_p50_h"] = _part(tally.leads, 50)
        row["lead_12h_share"] = _rate(sum(lead >= 12 for lead in tally.leads), len(tally.leads))
    return row


def _rate(part: float, whole: float) -> float | None:
    return round(part / whole, 5) if whole else None


def _part(values: Sequence[float], percentile: float) -> float | None:
    return round(float(np.percentile(values, percentile)), 1) if values else None
