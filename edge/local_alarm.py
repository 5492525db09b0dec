"""Rings on site when what needs a person at once has not reached the store in time. Decides; `edge.bell` rings.

Pure. An event rings once; the alarm does not know whether somebody came, so it never repeats itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from anxin.event import Call, Detection, Event
from anxin.vocabulary import CallKind, Origin, Phase

_SILENT_PHASES = frozenset((Phase.WITHDRAWN, Phase.ENDED))
_SILENT_CALLS = frozenset((CallKind.ROUTINE,))


def must_ring(event: Event) -> bool:
    """Whether somebody must come at once: a live call or detection that is not over and that nobody has taken."""
    if not isinstance(event, Call | Detection) or event.origin is not Origin.LIVE or event.handled_by is not None:
        return False
    return event.call not in _SILENT_CALLS if isinstance(event, Call) else event.phase not in _SILENT_PHASES


@dataclass
class LocalAlarm:
    """The urgent events that the store does not have yet. after_s: seconds of the tick until one rings.

    An event that no disk takes has no number yet: it stands under a negative one and is due at once.
    """

    after_s: float
    count: int = 0
    _waiting: dict[int, tuple[Event, float]] = field(default_factory=dict)

    def watch(self, seq: int, event: Event, tick: float) -> None:
        """An urgent event lies in the spool under seq (below 0: in memory only)."""
        if must_ring(event):
            self._waiting[seq] = (event, tick + self.after_s if seq > 0 else tick)

    def saved(self, before: int, seq: int) -> bool:
        """What stood in memory under `before` lies in the spool now; False if it need not ring any more."""
        if before not in self._waiting:
            return False
        self._waiting[seq] = self._waiting.pop(before)
        return True

    def committed(self, seq: int) -> None:
        """The store has everything up to seq."""
        for number in [number for number in self._waiting if 0 < number <= seq]:
            del self._waiting[number]

    def due(self, tick: float) -> list[tuple[int, Event]]:
        """What must ring now."""
        return [(seq, event) for seq, (event, at) in self._waiting.items() if tick >= at]

    def rang(self, seq: int) -> None:
        """The command was started for it."""
        self._waiting.pop(seq, None)
        self.count += 1

    def failed(self, seq: int, tick: float) -> None:
        """The command could not be started: try again."""
        if seq in self._waiting:
            self._waiting[seq] = (self._waiting[seq][0], tick + self.after_s)

    def wake_at(self) -> float | None:
        return min((at for _, at in self._waiting.values()), default=None)
