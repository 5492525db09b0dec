"""What would another number have done? The stored past judged twice by the engine, as it was set and as it might be.

Pure: rows in, rings out. It counts what the rules themselves would have rung; what carers did, what was held and what
belongs together is left out on both sides, so that the difference is the number's own. What carers told (entries) and
who was silent when are not in the stored past by the minute: kinds that live of them are not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from analytics.detectors import DETECTORS
from analytics.directory import Directory
from analytics.engine import Engine
from analytics.finding import Change, Finding
from analytics.moment import to_ms
from analytics.parameters import Value
from analytics.policy import PolicyRow, PolicyView, check
from analytics.rows import Rows
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertClass, AlertKind, Priority

LATER = timedelta(hours=1)  # rings of one kind and subject that lie so near are one happening, rung sooner or later
SAME = timedelta(minutes=10)  # a stored alert so near to a ring is that ring's
NOT_COMPARED = frozenset({"entries", "due"})  # detectors that live of what carers told
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Ring:
    """One time that a rule would have rung. at: receipt of what made it ring."""

    kind: AlertKind
    subject: str
    at: datetime
    priority: Priority


@dataclass(frozen=True, slots=True)
class Past:
    """A stored alert and what a person found. outcome: None where nobody said."""

    kind: AlertKind
    subject: str
    at: datetime
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """before, after: rings by kind. gone: rings that would not have been, with what people found then."""

    before: dict[AlertKind, int]
    after: dict[AlertKind, int]
    gone: tuple[tuple[Ring, str | None], ...]
    new: tuple[Ring, ...]


def changed(directory: Directory, facility_id: int, rule: str, parameter: str, value: Value) -> Directory:
    """Return the directory as if the home had always had this number; wards' and residents' own still go before it.

    Raises PolicyError for a number that no rule knows.
    """
    row = check(PolicyRow(facility_id, None, None, rule, parameter, value))
    kept = tuple(
        one
        for one in directory.policies
        if (one.facility_id, one.ward_id, one.resident_id, one.rule, one.parameter)
        != (facility_id, None, None, rule, parameter)
    )
    return replace(directory, policies=(*kept, row))


def value_now(directory: Directory, facility_id: int, rule: str, parameter: str, at: datetime, zones: Any) -> Value:
    """Return the number in force for the home."""
    return PolicyView(directory.policies, to_ms(at), zones).value(rule, parameter, facility_id)


def rings(directory: Directory, parts: Iterable[Rows], start: datetime, stop: datetime) -> list[Ring]:
    """Return what the rules would have rung. parts: of one cell each, by receipt."""
    kinds = [one for one in DETECTORS if one.name not in NOT_COMPARED and _about_people(one.raises)]
    engine, book = Engine(kinds), _Book()
    engine.begin(directory, to_ms(start))
    for part in parts:
        book.hear(engine.step(part, engine.now_ms))
    book.hear(engine.step(Rows(), to_ms(stop)))
    return book.rings


def compare(before: Sequence[Ring], after: Sequence[Ring], past: Sequence[Past]) -> Comparison:
    """Set two lists of rings beside each other."""
    gone = _without(before, after)
    return Comparison(
        dict(Counter(ring.kind for ring in before)),
        dict(Counter(ring.kind for ring in after)),
        tuple((ring, _found(ring, past)) for ring in gone),
        tuple(_without(after, before)),
    )


def as_json(comparison: Comparison, old: Value, names: Callable[[str], str]) -> dict[str, Any]:
    """Return the comparison for the page. names: of a subject's key, as the home calls it."""
    kinds = sorted({*comparison.before, *comparison.after})
    found = Counter(outcome or "unknown" for _, outcome in comparison.gone)
    return {
        "old": old,
        "kinds": [
            {"kind": kind.value, "before": comparison.before.get(kind, 0), "after": comparison.after.get(kind, 0)}
            for kind in kinds
        ],
        "gone": len(comparison.gone),
        "new": len(comparison.new),
        "gone_by_outcome": dict(sorted(found.items())),
        "shown": [
            {"kind": ring.kind.value, "who": names(ring.subject), "at": ring.at.isoformat(), "outcome": outcome}
            for ring, outcome in sorted(comparison.gone, key=lambda pair: _weight(pair[1]))[:MOST_SHOWN]
        ],
    }


class _Book:
    """Which conditions are there, so that a second word about one of them is no second ring."""

    def __init__(self) -> None:
        self.rings: list[Ring] = []
        self._there: dict[tuple[AlertKind, str], Priority] = {}

    def hear(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = finding.kind, finding.subject.key
            priority = finding.priority or ALERTS[finding.kind].priority
            if finding.change is Change.ENDED:
                self._there.pop(key, None)
                continue
            known = self._there.get(key)
            louder = known is None or priority < known
            if priority is not Priority.LOW and (louder or finding.change is Change.RECURRED):
                self.rings.append(Ring(*key, finding.at, priority))
            self._there[key] = priority if known is None else min(known, priority)


def _about_people(kinds: Iterable[AlertKind]) -> bool:
    return any(ALERTS[kind].alert_class is AlertClass.PHYSIOLOGICAL for kind in kinds)


def _without(these: Sequence[Ring], those: Sequence[Ring]) -> list[Ring]:
    """Return the rings that have no ring of the same kind and subject near them among the others; each counts once."""
    left: dict[tuple[AlertKind, str], list[datetime]] = {}
    for ring in those:
        left.setdefault((ring.kind, ring.subject), []).append(ring.at)
    alone = []
    for ring in these:
        near = left.get((ring.kind, ring.subject), [])
        match = next((at for at in near if abs(at - ring.at) <= LATER), None)
        if match is None:
            alone.append(ring)
        else:
            near.remove(match)
    return alone


def _found(ring: Ring, past: Sequence[Past]) -> str | None:
    of_it = (one for one in past if one.kind is ring.kind and one.subject == ring.subject)
    return next((one.outcome for one in of_it if abs(one.at - ring.at) <= SAME), None)


def _weight(outcome: str | None) -> int:
    """What would have been missed stands first."""
    return {"real": 0, "assisted": 1, None: 2}.get(outcome, 3)
