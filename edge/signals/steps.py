"""What processors share that decide at an even pace with the newest cells: the way in, the end, gaps and the hops."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.signals.grid import Run
from edge.signals.intake import FaultBook, Intake
from edge.signals.model import Chunk, FaultCode, Floats, Output
from edge.signals.state import SETTING, Stateful

GAP_FAULT = 5.0  # s without samples that are worth a technical condition


@dataclass(kw_only=True)
class Stepped(Stateful):
    """hop: cells between steps, which fall on whole hops of epoch time. keep: cells a step is shown; at the beginning
    of a run fewer, but never less than a hop.
    """

    intake: Intake
    hop: int = field(metadata=SETTING)
    keep: int = field(metadata=SETTING)
    faults: FaultBook = field(default_factory=FaultBook)
    cells: Floats = field(init=False)
    end: int = 0  # index after the newest cell
    next_step: int = 0

    def __post_init__(self) -> None:
        self.cells = np.zeros((0, self.intake.channels + 3))

    def feed(self, chunk: Chunk) -> list[Output]:
        """See `Processor.feed`."""
        out: list[Output] = []
        for run in self.intake.feed(chunk):
            self._take(run, out)
        return out

    def finish(self, now: float) -> list[Output]:
        """Nothing is pending; a long silence becomes a fault, and nothing is guessed."""
        last = self.intake.grid.last_time
        if self.intake.grid.origin is None or now - last < GAP_FAULT:
            return []
        return list(self.faults.note(last, FaultCode.GAP, present=True))

    def _take(self, run: Run, out: list[Output]) -> None:
        if run.fresh:
            out += self.faults.gap(run, self.intake.rate, GAP_FAULT)
            self.cells, self.end = self.cells[:0], run.first
            self.next_step = (-(-run.first // self.hop) + 1) * self.hop
            self._begin()
        self.cells = np.concatenate((self.cells, run.values))
        self.end += len(run.values)
        while self.next_step <= self.end:
            stop = len(self.cells) - (self.end - self.next_step)
            self._step(self.cells[max(0, stop - self.keep) : stop], self.next_step / self.intake.rate, out)
            self.next_step += self.hop
        self.cells = self.cells[-(self.keep + self.hop) :]

    def _begin(self) -> None:
        """Forget what may not be joined on to a new run."""

    def _step(self, cells: Floats, time: float, out: list[Output]) -> None:
        """Decide at `time` with the cells (n, channels and marks) before it."""
        raise NotImplementedError
