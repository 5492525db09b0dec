"""A result in the making: what the fields of a record add to it, one after the other."""

from __future__ import annotations

import re

import msgspec

from edge.gateways.model import Result, Value
from edge.gateways.outcome import Outcome
from edge.gateways.signals import RINGING

MAX_ITEMS = 200
MAX_NAME = 100
MAX_DEPTH = 6
CLEARS, EXPIRES, HOLDS = "clears", "expires", "holds"
_SECRET = re.compile(r"(?:^|[._])(?:pin|(?:pin|user|action)_?code|(?:\w*_)?(?:passw\w*|secret|token))$", re.I)


class Draft(msgspec.Struct):
    """events: with the call that each means. waits: (what time does, signal, seconds): CLEARS it, makes it unknown
    (EXPIRES), or must pass without a change before it counts (HOLDS)."""

    result: Result
    events: list[tuple[str, str | None]] = []
    waits: list[tuple[str, str, float]] = []

    def signal(self, name: str, value: Value, diagnostic: bool = False) -> None:
        """Set a level; the first field that gives it wins, unless it knew nothing or missed an emergency."""
        store = self.result.diagnostics if diagnostic else self.result.signals
        if store.get(name) is None or (name in RINGING and value not in (None, False) and store[name] is not True):
            store[name] = value
        elif value is not None and value != store[name] and not diagnostic:
            self.unmapped(name, value)  # a second sensor of the same kind: not lost silently

    def unmapped(self, name: str, value: Value = None) -> None:
        """Note what nobody understood (a bounded number of things); of what is named like a secret, the name only."""
        text = name if value is None or _SECRET.search(name) else f"{name} = {value!s}"
        if len(self.result.unmapped) < MAX_ITEMS:
            self.result.unmapped.append(text[:MAX_NAME])

    def outcome(self, outcome: Outcome) -> None:
        for name, value in outcome.signals.items():
            self.signal(name, value)
        if outcome.event:
            self.events.append((outcome.event, outcome.call))
        self.result.availability = outcome.availability or self.result.availability
        self.result.fault = outcome.fault or self.result.fault
        for flag in outcome.flags:
            setattr(self.result, flag, True)
