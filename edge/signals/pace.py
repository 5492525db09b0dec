"""Gives back the even spacing of samples that a device delivers in packets with the time of the packet.

A watch that samples at 50 Hz and sends five at a time stamps them 2, 2, 2, 2 and 92 ms apart. Read literally, that
bends every impact. A second-order tracker follows the stamps with a steady pace instead; it adapts to a true rate
within 0.7 to 1.3 of the nominal one and starts anew after a hole. Causal, sample by sample: any split gives the same
times.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.signals.model import Floats
from edge.signals.state import SETTING, Stateful

PULL = 0.05  # share of the time error taken over at each sample
DRIFT = 0.0015  # share of the error that corrects the pace
HOLE = 0.5  # s: stamps further off than this are a real gap or a clock step


@dataclass
class Pacer(Stateful):
    """nominal_rate: Hz the device says it samples at."""

    nominal_rate: float = field(metadata=SETTING)
    at: float | None = None
    period: float = 0.0

    def even(self, time: Floats) -> Floats:
        """Times (n,) as stamped -> evenly paced times (n,), strictly ascending but for steps of the clock."""
        nominal = 1.0 / self.nominal_rate
        paced = []
        for stamp in time.tolist():
            if self.at is None or abs(stamp - self.at - self.period) > HOLE:
                self.at, self.period = stamp, nominal
            else:
                ahead = self.at + self.period
                error = stamp - ahead
                self.at = max(self.at + 0.2 * nominal, ahead + PULL * error)
                self.period = min(max(self.period + DRIFT * error, nominal / 1.3), nominal / 0.7)
            paced.append(self.at)
        return np.array(paced)
