"""One run of a simulated home: which messages are due now, what lies before the start, what truly happened.

It decides what is to be published when; `simulators.process` connects and sends. No I/O, no clock.
"""

from __future__ import annotations

from collections import deque

from anxin.config import Simulator
from anxin.facility import Facility
from simulators import faults as faulty
from simulators.devices.base import Raw, Speaker
from simulators.faults import Faults
from simulators.scenario import Scenario
from simulators.script import script_of
from simulators.stream import CHUNK_S, Stream
from simulators.timeline import truth
from simulators.truth import Moment, Span
from simulators.world import World

STATE_S = 60.0  # so much of the past do families tell that give no time: one round, as the present state


class Run:
    """A home's messages from the warm-up on. Times are seconds since 1970."""

    def __init__(self, settings: Simulator, facility: Facility, scenario: Scenario, start: float, now: float) -> None:
        script, scripted = script_of(scenario, facility, settings.seed, start)
        self.world = World(facility, settings.seed, script, scenario.chance)
        minutes = scenario.warm_up_minutes if settings.warm_up_minutes is None else settings.warm_up_minutes
        self.begin = max(start, now) - 60.0 * minutes
        self.faults = list(scripted)
        if settings.faults:
            noon = self.world.calendar.noon(self.world.calendar.day_of(start))
            for day in range(-1, 31):
                self.faults += faulty.drawn(facility, settings.seed, noon + day * 86_400.0)
        self._stream = Stream(self.world, Faults(self.faults))
        self._made = self.begin
        self._due: deque[Raw] = deque()

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        return self._stream.speakers

    def warm_up(self, now: float) -> list[Raw]:
        """Return everything up to now, to be told at once: each gateway's birth, and what it can date itself.

        Of the others it is one round, as the present state, and no raw samples.
        """
        told = self._stream.birth(self.begin)
        while self._made < now - STATE_S - CHUNK_S:
            told += self._stream.window(self._made, self._made + CHUNK_S, dated=True)
            self._made += CHUNK_S
        return told + [raw for raw in self.due(now) if raw.topic]

    def due(self, now: float) -> list[Raw]:
        """Return what became due since the last call, in order of time."""
        while self._made <= now:
            self._due.extend(self._stream.window(self._made, self._made + CHUNK_S))
            self._made += CHUNK_S
        ready = []
        while self._due and self._due[0].time <= now:
            ready.append(self._due.popleft())
        return ready

    def next_at(self) -> float:
        """Return when something is due again, as far as it is known."""
        return self._due[0].time if self._due else self._made

    def truth(self, start: float, end: float) -> list[Span | Moment]:
        """Return what truly begins in [start, end); from the beginning on also what holds already."""
        return truth(self.world, start, end, ongoing=start <= self.begin)
