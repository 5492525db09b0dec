"""The engine: the log in, findings out. Pure, so that the same log gives the same findings, live, replayed or
restarted.

Time inside is cut into cells of five seconds. Rows are judged at once, in the order of the log. That time passed is
judged at the ends of cells only, when everything received until then is known: deadlines do not depend on when the
process woke or on how the stream was cut. A stay or a policy that changes holds from the end of the cell in which it
does.

A call does not wait for a backlog: detectors that need nothing but the urgent lane may be given it ahead of the rest
(`overtake`), and have a time of their own until the rest has come as far. They hear the same in the same order, so what
they find is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analytics.detector import Detector
from analytics.detectors import DETECTORS
from analytics.directory import Directory, View
from analytics.finding import Finding
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, cell_end
from analytics.rows import Rows
from anxin.vocabulary import ObservationKind

HEARING = "hearing"

# (detector, subject, JSON-able state; None: forget it)
StateChange = tuple[str, str, Any]


class Engine:
    """One partition's watch. `now_ms`: the end of the last cell that is over; `ahead_ms`: the same for those who
    overtake, never earlier.

    Use: restore what was stored, `begin`, then `step` for each stretch of the log and `changes` for what to store.
    """

    def __init__(self, kinds: Sequence[type[Detector]] = DETECTORS) -> None:
        self.detectors: dict[str, Detector] = {kind.name: kind() for kind in kinds}
        self._overtakers = {name: one for name, one in self.detectors.items() if one.overtakes}
        self._others = {name: one for name, one in self.detectors.items() if not one.overtakes}
        self._dues: dict[str, int] = {}  # when time alone will next matter, of those whose answer still holds
        self._readers: dict[tuple[ObservationKind, ...], list[tuple[str, Detector]]] = {}  # by the columns of rows
        self.hearing = Hearing()
        self.now_ms = self.ahead_ms = 0

    def restore(self, detector: str, subject: str, state: Any) -> None:
        """Take back a stored state. One of a detector that is no more is left alone."""
        if detector == HEARING:
            self.hearing.restore(subject, state)
        elif detector in self.detectors:
            self.detectors[detector].memory.restore(subject, state)

    def begin(self, directory: Directory, now_ms: int, ahead_ms: int = 0) -> None:
        """Start to watch at `now_ms` (rounded down to a cell): the first time, or where the watch was left."""
        self.now_ms = now_ms // CELL_MS * CELL_MS
        self.ahead_ms = max(self.now_ms, ahead_ms // CELL_MS * CELL_MS)
        self.use(directory)

    def use(self, directory: Directory) -> None:
        """Follow a facility model that changed."""
        self._directory = directory
        self._view = directory.view(self.now_ms)
        self.hearing.use(self._view)
        self._see(self._others, self._view)
        self._ahead_view = self._view if self.ahead_ms == self.now_ms else directory.view(self.ahead_ms)
        self._see(self._overtakers, self._ahead_view)

    def rehear(self, rows: Rows) -> None:
        """After a restart: note again who was heard since the last snapshot, and judge nothing."""
        self.hearing.consume(rows)

    def step(self, rows: Rows, until_ms: int) -> list[Finding]:
        """Judge a stretch of the log, of one cell at most, and that time has passed until `until_ms`.

        All that was received until `until_ms` must have been given. Rows beyond it are judged too: their own receipt
        proves that nothing older is to come. What was given to `overtake` is no news to those who heard it there.
        """
        tell: list[Finding] = []
        ends = rows.received()
        if ends is not None:
            cell = cell_end(ends[1])
            if cell - CELL_MS >= ends[0] > self.now_ms:
                raise ValueError(f"rows received from {ends[0]} to {ends[1]} ms span more than one cell")
            self._pass_until(cell - CELL_MS, tell)
            rows = self.hearing.consume(rows)
            news = rows.news()
            for name, detector in self._concerned(rows):
                detector.consume(news if detector.overtakes else rows, self.hearing, tell)
                self._dues.pop(name, None)
        self._pass_until(until_ms // CELL_MS * CELL_MS, tell)
        return tell

    def overtake(self, rows: Rows, until_ms: int) -> list[Finding]:
        """Judge a stretch of the urgent lane, of one cell at most, before older rows of other lanes, and that time has
        passed until `until_ms`: only by those who need no more. All of this lane that was received until then must have
        been given."""
        tell: list[Finding] = []
        if (ends := rows.received()) is not None:
            self._pass_ahead(cell_end(ends[1]) - CELL_MS, tell)
            for name, detector in self._overtakers.items():
                detector.consume(rows, self.hearing, tell)
                self._dues.pop(name, None)
        self._pass_ahead(until_ms // CELL_MS * CELL_MS, tell)
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
        """Let the cells until `end_ms` be over; for those who overtook, they are over already."""
        while self.now_ms < end_ms:
            level = self.now_ms == self.ahead_ms
            who, end = (self.detectors, end_ms) if level else (self._others, min(end_ms, self.ahead_ms))
            self.now_ms = self._pass(who, self._view, self.now_ms, end, tell)
            self.ahead_ms = max(self.ahead_ms, self.now_ms)
            if self._view.until_ms <= self.now_ms:
                self.use(self._directory)

    def _pass_ahead(self, end_ms: int, tell: list[Finding]) -> None:
        while self.ahead_ms < end_ms:
            self.ahead_ms = self._pass(self._overtakers, self._ahead_view, self.ahead_ms, end_ms, tell)
            if self._ahead_view.until_ms <= self.ahead_ms:
                self._ahead_view = self._directory.view(self.ahead_ms)
                self._see(self._overtakers, self._ahead_view)

    def _pass(self, who: Mapping[str, Detector], view: View, now_ms: int, end_ms: int, tell: list[Finding]) -> int:
        """Let the cells be over until the first in which something is due, or all until `end_ms`; return which."""
        for name, detector in who.items():
            if name not in self._dues:
                self._dues[name] = detector.next_due()
        due = min([view.until_ms, *(self._dues[name] for name in who)])
        cell = min(cell_end(max(due, now_ms + 1)), end_ms)
        if due <= cell:
            for name, detector in who.items():
                if self._dues[name] <= cell:
                    detector.pass_time(cell, self.hearing, tell)
                    del self._dues[name]
        return cell

    def _see(self, who: Mapping[str, Detector], view: View) -> None:
        for name, detector in who.items():
            detector.use(view)
            self._dues.pop(name, None)
