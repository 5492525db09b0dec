"""The engine: the log in, findings out. Pure, so that the same log gives the same findings, live, replayed or
restarted.

Time inside is cut into cells of five seconds. Rows are judged at once, in the order of the log. That time passed is
judged at the ends of cells only, when everything received until then is known: deadlines do not depend on when the
process woke or on how the stream was cut. A stay or a policy that changes holds from the end of the cell in which it
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analytics.detector import Detector
from analytics.detectors import DETECTORS
from analytics.directory import Directory
from analytics.finding import Finding
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, cell_end
from analytics.rows import Rows
from anxin.vocabulary import ObservationKind

HEARING = "hearing"

# (detector, subject, JSON-able state; None: forget it)
StateChange = tuple[str, str, Any]


class Engine:
    """One partition's watch. `now_ms`: the end of the last cell that is over.

    Use: restore what was stored, `begin`, then `step` for each stretch of the log and `changes` for what to store.
    """

    def __init__(self, kinds: Sequence[type[Detector]] = DETECTORS) -> None:
        self.detectors: dict[str, Detector] = {kind.name: kind() for kind in kinds}
        self._dues: dict[str, int] = {}  # when time alone will next matter, of those whose answer still holds
        self._readers: dict[tuple[ObservationKind, ...], list[tuple[str, Detector]]] = {}  # by the columns of rows
        self.hearing = Hearing()
        self.now_ms = 0

    def restore(self, detector: str, subject: str, state: Any) -> None:
        """Take back a stored state. One of a detector that is no more is left alone."""
        if detector == HEARING:
            self.hearing.restore(subject, state)
        elif detector in self.detectors:
            self.detectors[detector].memory.restore(subject, state)

    def begin(self, directory: Directory, now_ms: int) -> None:
        """Start to watch at `now_ms` (rounded down to a cell): the first time, or where the watch was left."""
        self.now_ms = now_ms // CELL_MS * CELL_MS
        self.use(directory)

    def use(self, directory: Directory) -> None:
        """Follow a facility model that changed."""
        self._directory = directory
        self._view = directory.view(self.now_ms)
        self.hearing.use(self._view)
        for detector in self.detectors.values():
            detector.use(self._view)
        self._dues.clear()

    def rehear(self, rows: Rows) -> None:
        """After a restart: note again who was heard since the last snapshot, and judge nothing."""
        self.hearing.consume(rows)

    def step(self, rows: Rows, until_ms: int) -> list[Finding]:
        """Judge a stretch of the log, of one cell at most, and that time has passed until `until_ms`.

        All that was received until `until_ms` must have been given. Rows beyond it are judged too: their own receipt
        proves that nothing older is to come.
        """
        tell: list[Finding] = []
        ends = rows.received()
        if ends is not None:
            cell = cell_end(ends[1])
            if cell - CELL_MS >= ends[0] > self.now_ms:
                raise ValueError(f"rows received from {ends[0]} to {ends[1]} ms span more than one cell")
            self._pass_until(cell - CELL_MS, tell)
            self.hearing.consume(rows)
            for name, detector in self._concerned(rows):
                detector.consume(rows, self.hearing, tell)
                self._dues.pop(name, None)
        self._pass_until(until_ms // CELL_MS * CELL_MS, tell)
        return tell

    def changes(self) -> list[StateChange]:
        """Return what must be stored since the last call, and forget that it must. Not the hearing: see `snapshot`."""
        return [
            (name, subject, state)
            for name, detector in self.detectors.items()
            for subject, state in detector.memory.take_changed().items()
        ]

    def snapshot(self) -> list[StateChange]:
        """Return who was heard when, once a minute. What is heard later must be heard again after a restart."""
        return [(HEARING, subject, state) for subject, state in (self.hearing.snapshot(self.now_ms) or {}).items()]

    def _concerned(self, rows: Rows) -> Iterable[tuple[str, Detector]]:
        """Return the detectors that read any of this, in their order."""
        if rows.events or rows.entries:
            return self.detectors.items()
        columns = tuple(rows.columns)
        if (found := self._readers.get(columns)) is None:
            kinds = self.detectors.items()
            found = [(n, d) for n, d in kinds if d.reads is None or not d.reads.isdisjoint(columns)]
            self._readers[columns] = found
        return found

    def _pass_until(self, end_ms: int, tell: list[Finding]) -> None:
        """Let the cells until `end_ms` be over; those in which nothing is due are skipped."""
        while self.now_ms < end_ms:
            for name, detector in self.detectors.items():
                if name not in self._dues:
                    self._dues[name] = detector.next_due()
            due = min(self._view.until_ms, *self._dues.values())
            cell = min(cell_end(max(due, self.now_ms + 1)), end_ms)
            self.now_ms = cell
            if due > cell:
                continue
            for name, detector in self.detectors.items():
                if self._dues[name] <= cell:
                    detector.pass_time(cell, self.hearing, tell)
                    del self._dues[name]
            if self._view.until_ms <= cell:
                self.use(self._directory)
