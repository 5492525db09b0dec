"""How a lane sends: a window of numbers in flight, back to the first missing one when the store asks or stays silent.

Pure: the shell hands in what it heard and the tick (seconds of a clock that never steps) and sends what `room` allows.
It must not know what is in a message. The other side accepts only the number after its watermark, so everything here
may be repeated at any time without harm.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from zlib import crc32

from anxin.event import Committed

FIRST_WAIT_S, LONGEST_WAIT_S = 3.0, 60.0
PATIENCE_S = 2.0  # how long we wait for the retained watermark before the first message of an old spool
WINDOW_BYTES = 256 * 1024  # an urgent message never waits behind more than this (2 s of a 1 Mbit/s uplink)


class Verdict(Enum):
    """What a watermark means for the spool."""

    NOTHING = "nothing"
    FORGET = "forget"  # everything up to Lane.watermark is stored
    ROLLED_BACK = "rolled back"  # the store knows numbers that this spool never sent: it is an old copy


@dataclass(frozen=True, slots=True)
class Room:
    """What may be sent now: up to `count` messages and about `size` bytes with a number above `after`."""

    after: int
    count: int
    size: int


@dataclass
class Lane:
    """The sending side of one lane. epoch: seeds the jitter. opened: first number that this process gives out.

    watermark: the store is known to hold everything up to it, and the spool has forgotten that. hole: numbers that the
    store lost after we forgot them (a database restored from a backup), first and last: to be declared as a gap.
    """

    epoch: str
    watermark: int
    opened: int
    window: int = 64
    speed: float = 1.0
    hole: tuple[int, int] | None = None
    up: bool = False
    attempt: int = 0
    _heard: bool = False
    _begun: bool = False
    _up_at: float = 0.0
    _next: int = 0
    _highest: int = 0
    _flying: deque[tuple[int, int]] = field(default_factory=deque)
    _flying_bytes: int = 0
    _due: float | None = None
    _went_back: int | None = None
    _undeclared: bool = False

    def __post_init__(self) -> None:
        self._next, self._highest = self.watermark + 1, self.opened - 1
        self._begun = self.opened == 1

    def link(self, up: bool, tick: float) -> None:
        """The connection came up or ended. What was in flight is taken up again by the client or by the time-out."""
        self.up, self._up_at = up, tick
        if self._flying and up:
            self._due = tick + self._wait()

    def heard(self, committed: Committed, tick: float) -> Verdict:
        """Take the store's watermark."""
        seq, self._heard = committed.seq, True
        if seq >= self.opened and seq > self._highest:
            return Verdict.ROLLED_BACK
        if self.hole and seq >= self.hole[1]:
            self.hole, self._undeclared, self.attempt = None, False, 0
            self._due = tick + self._wait() if self._flying else None
        if seq < self.watermark:
            self._lost_memory(seq, committed.resend)
            return Verdict.NOTHING
        moved = seq > self.watermark
        if moved:
            self._progress(seq, tick)
        if committed.resend and self._went_back != seq:
            # One go-back answers all requests for the same number; should it be lost too, the time-out repeats it.
            self._go_back()
            self._went_back = seq
        return Verdict.FORGET if moved else Verdict.NOTHING

    def expire(self, tick: float) -> None:
        """Go back to the first number in flight if the watermark has stood still for too long; then one at a time."""
        if self._due is not None and tick >= self._due:
            self._go_back()
            self.attempt += 1

    def room(self, tick: float) -> Room | None:
        """What may be sent now; None: nothing."""
        if not self.up or not self._may_begin(tick):
            return None
        # One at a time while the store is silent, and while an old spool does not know what the store has of it.
        probing = self.attempt > 0 or not (self._heard or self.opened == 1)
        count = (1 if probing else self.window) - len(self._flying)
        size = WINDOW_BYTES - self._flying_bytes
        return Room(self._next - 1, count, size) if count > 0 and size > 0 else None

    def sent(self, seq: int, size: int, tick: float) -> None:
        """A message was handed to the client."""
        self._flying.append((seq, size))
        self._flying_bytes += size
        self._next, self._highest = seq + 1, max(self._highest, seq)
        if self._due is None:
            self._due = tick + self._wait()

    def undeclared(self) -> tuple[int, int] | None:
        """The hole that must be declared before anything else is sent; None: there is none, or it is on its way."""
        return self.hole if self.up and self._undeclared else None

    def declared(self, tick: float) -> None:
        """The gap for the hole was handed to the client."""
        self._undeclared = False
        if self._due is None:
            self._due = tick + self._wait()

    def wake_at(self) -> float | None:
        """The tick at which `expire` or the first message is due; None: only events wake this lane."""
        waits = [self._due] if self._due is not None else []
        if self.up and not self._begun:
            waits.append(self._up_at + PATIENCE_S * self.speed)
        return min(waits, default=None)

    def _may_begin(self, tick: float) -> bool:
        self._begun = self._begun or self._heard or tick >= self._up_at + PATIENCE_S * self.speed
        return self._begun

    def _progress(self, seq: int, tick: float) -> None:
        self.watermark, self.attempt, self._went_back = seq, 0, None
        while self._flying and self._flying[0][0] <= seq:
            self._flying_bytes -= self._flying.popleft()[1]
        self._next = max(self._next, seq + 1)
        self._due = tick + self._wait() if self._flying else None

    def _go_back(self) -> None:
        self._flying.clear()
        self._flying_bytes, self._due, self._next = 0, None, self.watermark + 1
        self._undeclared = self.hole is not None

    def _lost_memory(self, seq: int, resend: bool) -> None:
        """The store knows less than it told before. An old retained message looks the same, but then says no resend
        while we are sending; and a gap declared in error stands below the true watermark and has no effect."""
        hole = (seq + 1, self.watermark)
        if (resend or not self._flying) and hole != self.hole:
            self.hole = hole
            self._go_back()

    def _wait(self) -> float:
        spread = 0.8 + 0.4 * (crc32(f"{self.epoch}{self.attempt}".encode()) / 0xFFFFFFFF)
        return self.speed * min(FIRST_WAIT_S * 2.0**self.attempt, LONGEST_WAIT_S) * spread
