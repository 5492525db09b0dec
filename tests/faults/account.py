"""What a fault came to: what was sent against what is stored, what should ring against what rang."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from anxin import event
from anxin.event import Observations
from tests.faults import home
from tests.faults.console import Console
from tests.faults.load import Ledger, Load, Reading
from tests.faults.stand import Stand

LATE_S = 60.0  # as the watch itself marks an alert late
QUIET_S = 1.5  # what comes twice comes soon after

_LOG = "select gateway, payload from anxin.log where facility = 'home' and lane = 'data' and arrival > %s"
_SHOWN = """
select g.code, d.code, round(o.value * 100)::integer - 100, count(*)
from report.observation o
join anxin.device d on d.id = o.device_id
join anxin.gateway g on g.id = d.gateway_id
where o.kind = 'weight' and o.device_id = any(%s)
group by 1, 2, 3
"""
_DEVICES = "select d.id from anxin.device d join anxin.facility f on f.id = d.facility_id where f.code = %s"
_RANG = """
select h.id, b.code, h.action, h.recorded_at, a.late
from anxin.alert_history h
join anxin.alert a on a.id = h.alert_id
join anxin.bed b on b.id = a.bed_id
where a.kind = 'sos_call' and h.action in ('raised', 'recurred') and h.id > %s
order by h.id
"""
_TECHNICAL = """
select a.kind, count(*) from anxin.alert_history h join anxin.alert a on a.id = h.alert_id
where a.class = 'technical' and h.action in ('raised', 'recurred') and h.id > %s group by 1 order by 1
"""
_TIPS = """
select coalesce((select max(next_arrival) - 1 from anxin.ingest_partition), 0),
       coalesce((select max(id) from anxin.alert_history), 0)
"""
_TWICE = """
select count(*) - count(distinct (facility, gateway, lane, epoch, seq)) from anxin.log
where lane <> 'link' and arrival > %s
"""
_RECEIPTS = "select received_at from anxin.log where arrival > %s order by arrival"


@dataclass
class Outcome:
    """One row of the table. sent: readings and calls that the edge took, less those it declared lost."""

    fault: str
    sent: int = 0
    stored: int = 0
    duplicates: int = 0
    alerts_expected: int = 0
    alerts_raised: int = 0
    alerts_late: int = 0
    longest_silence_s: float = 0.0
    declared_lost: int = 0
    on_screen: int = 0
    technical: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Sent is stored, nothing twice, every alert exactly once, on the screen too, and nothing was silent."""
        return (
            self.sent == self.stored > 0
            and self.duplicates == 0
            and self.alerts_expected == self.alerts_raised == self.on_screen > 0
            and not self.complaints
        )


class Account:
    """Counts from its making on. gap_allowed: readings may be missing where the store was told that they are."""

    def __init__(self, stand: Stand, load: Load, console: Console) -> None:
        self._stand, self._load, self._console = stand, load, console
        load.ledger.forget()
        with stand.owner() as owner:
            row = owner.execute(_TIPS).fetchone()
        assert row is not None
        self.arrival, self.entry = row
        self.begun = stand.now()
        self._paused = self.begun
        self.given: set[Reading] = set()

    def settle(self, fault: str, *, deadline_s: float = 240.0, gap_allowed: bool = False) -> Outcome:
        """Pause the load, wait until everything has arrived, and count."""
        self._load.pause()
        self._paused = self._stand.now()
        outcome = Outcome(fault)
        until = time.monotonic() + deadline_s
        while True:
            self._stand.run(0.5)
            if self._load.settled and self._count(outcome, gap_allowed) and outcome.good:
                break
            if time.monotonic() > until:
                on_screen = f"{outcome.on_screen} of {outcome.alerts_raised} alerts on the screen"
                outcome.complaints.append(f"not settled within {deadline_s:.0f} s, {on_screen}")
                return outcome
        self._stand.run(QUIET_S)
        self._count(outcome, gap_allowed)
        return outcome

    def _count(self, outcome: Outcome, gap_allowed: bool) -> bool:
        with self._stand.owner() as owner:
            stored = _readings(owner.execute(_LOG, (self.arrival,)).fetchall())
            rang = owner.execute(_RANG, (self.entry,)).fetchall()
            outcome.technical = dict(owner.execute(_TECHNICAL, (self.entry,)).fetchall())
            receipts = [row[0] for row in owner.execute(_RECEIPTS, (self.arrival,)).fetchall()]
            twice = owner.execute(_TWICE, (self.arrival,)).fetchone()
        assert twice is not None
        ledger = self._load.ledger
        with ledger.lock:
            given = ledger.taken | {reading for reading in ledger.unanswered if reading in stored}
            missing = {reading for reading in ledger.taken if reading not in stored}
        gone = missing if gap_allowed and outcome.technical.get("data_gap") else set()
        outcome.declared_lost = len(gone)
        self.given = given - gone
        calls = len(ledger.presses)
        outcome.sent = len(given) - len(gone) + calls
        outcome.stored = len(given) - len(missing) + min(calls, len(rang))
        outcome.duplicates = twice[0] + sum(stored[reading] - 1 for reading in given if stored[reading] > 1)
        outcome.alerts_expected, outcome.alerts_raised = calls, len(rang)
        outcome.on_screen = sum(self._console.entries[entry] for entry, *_ in rang)
        outcome.alerts_late = _late(ledger, rang)
        first_after = next((moment for moment in receipts if moment >= self._paused), self._stand.now())
        moments = [self.begun, *(moment for moment in receipts if moment < self._paused), first_after]
        outcome.longest_silence_s = round(_longest(moments) / timedelta(seconds=1), 2)
        return True


def together(stand: Stand, given: set[Reading], outcomes: Sequence[Outcome]) -> Outcome:
    """Everything of a stand once more, as pages and dashboards read it: out of the packs, by report.observation."""
    whole = Outcome("all of these, as shown")
    for field_name in ("alerts_expected", "alerts_raised", "alerts_late", "on_screen", "declared_lost"):
        setattr(whole, field_name, sum(getattr(outcome, field_name) for outcome in outcomes))
    whole.longest_silence_s = max(outcome.longest_silence_s for outcome in outcomes)
    calls, rang = whole.alerts_expected, min(whole.alerts_expected, whole.alerts_raised)
    whole.sent = len(given) + calls

    def shown() -> bool:
        with stand.owner() as owner:
            devices = [row[0] for row in owner.execute(_DEVICES, (home.HOME,)).fetchall()]
            counts = {row[:3]: row[3] for row in owner.execute(_SHOWN, (devices,)).fetchall()}
        found = sum(reading in counts for reading in given)
        whole.stored = found + rang
        whole.duplicates = sum(counts[reading] - 1 for reading in given if reading in counts)
        return found == len(given)

    try:
        stand.wait_for(shown, "every reading is shown", 240)
    except AssertionError as error:
        whole.complaints.append(str(error))
    return whole


def _readings(rows: list[tuple[str, bytes]]) -> Counter[Reading]:
    """Count the readings that stand in messages of the log."""
    found: Counter[Reading] = Counter()
    for gateway, payload in rows:
        for table in event.decode(payload).data:
            if isinstance(table, Observations) and "weight" in table.values:
                for device, weight in zip(table.devices, table.values["weight"], strict=True):
                    if weight is not None:
                        found[gateway, device, round(weight * 100) - 100] += 1
    return found


def _late(ledger: Ledger, rang: list[tuple[int, str, str, datetime, bool]]) -> int:
    """Count the alerts that rang more than LATE_S after the press; k-th press of a bed, k-th alert."""
    presses: dict[str, list[float]] = defaultdict(list)
    for press in ledger.presses:
        presses[f"bed-{press.gateway}-{press.bed}"].append(press.wall)
    late = 0
    for _, bed, _, recorded_at, _ in rang:
        if presses[bed]:
            late += recorded_at.timestamp() - presses[bed].pop(0) > LATE_S
    return late


def _longest(moments: list[datetime]) -> timedelta:
    steps = (after - before for before, after in pairwise(moments))
    return max(steps, default=timedelta())
