"""What cannot be trusted in single, irregular reads of an accelerometer: holes, repeats, the rail and a wrong unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.signals.intake import RAIL_SHARE, FaultBook
from edge.signals.model import Fault, FaultCode
from edge.signals.state import SETTING, Stateful

HOLE = 300.0  # s; a sensor that is heard by radio is silent for minutes without a fault (185 s in the UCI set)
ROW = 20  # reads in a row that make a fault: one odd read is a knock
STUCK_AFTER = 60.0  # s the reads of such a row must span, for a sensor repeats itself to each antenna that hears it
GRAVITY = (0.4, 2.2)  # g; the size of a read of a living wearer, but for knocks


@dataclass
class ReadFaults(Stateful):
    """full_scale: g of the sensor, None where unknown."""

    full_scale: float | None = field(metadata=SETTING)
    book: FaultBook = field(default_factory=FaultBook)
    before: list[float] = field(default_factory=list)  # the last read, g
    time: float | None = None
    changed_at: float = 0.0
    repeats: int = 0
    odd: int = 0
    clipped: int = 0

    @property
    def present(self) -> bool:
        """Whether reads mean nothing now."""
        return bool(self.book.present)

    def read(self, time: float, a: Sequence[float]) -> list[Fault]:
        """One read, three axes in g -> faults that began or ended by it; the silence before it is asked for apart."""
        same = list(a) == self.before
        self.repeats = self.repeats + 1 if same else 0
        self.changed_at = self.changed_at if same else time
        self.odd = 0 if GRAVITY[0] <= float(np.sqrt(np.dot(a, a))) <= GRAVITY[1] else self.odd + 1
        at_rail = self.full_scale is not None and max(abs(v) for v in a) >= RAIL_SHARE * self.full_scale
        self.clipped = self.clipped + 1 if at_rail else 0
        self.before, self.time = list(a), time
        stuck = self.repeats >= ROW and time - self.changed_at >= STUCK_AFTER
        return [
            *self.book.note(time, FaultCode.GAP, present=False),
            *self.book.note(time, FaultCode.STUCK, stuck),
            *self.book.note(time, FaultCode.UNIT, self.odd >= ROW),
            *self.book.note(time, FaultCode.SATURATED, self.clipped >= ROW),
        ]

    def silence(self, now: float) -> list[Fault]:
        """No read between the last one and now."""
        if self.time is None or now - self.time < HOLE:
            return []
        return self.book.note(self.time, FaultCode.GAP, present=True)
