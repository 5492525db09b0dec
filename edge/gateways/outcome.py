"""What words of a payload mean, where a plain value table does not suffice. Data only; the mapping files fill it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from edge.gateways.model import Value

T = TypeVar("T")
MAX_KNOWN, MAX_WORD = 256, 64  # words that are remembered, and how long they may be
NOTHING = frozenset(("", "none", "null", "idle", "0", "false"))  # words that no `*` means


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one value means, where it means several things at once."""

    signals: Mapping[str, Value] = field(default_factory=dict)
    event: str | None = None
    call: str | None = None
    availability: str | None = None
    fault: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words(Generic[T]):
    """What words mean: exact ones first, then regular expressions in their order, then the rest."""

    exact: Mapping[str, T]
    patterns: tuple[tuple[re.Pattern[str], T], ...] = ()
    rest: T | None = None
    known: dict[str, tuple[T | None, tuple[str, ...]]] = field(default_factory=dict, compare=False)

    def find(self, said: str) -> tuple[T | None, tuple[str, ...]]:
        """Return the meaning of a word (None: none) and the groups of the pattern that found it."""
        found = self.known.get(said)
        if found is None:
            found = self._search(said)
            if len(self.known) < MAX_KNOWN and len(said) <= MAX_WORD:
                self.known[said] = found
        return found

    def _search(self, said: str) -> tuple[T | None, tuple[str, ...]]:
        if said in self.exact:
            return self.exact[said], ()
        for pattern, meaning in self.patterns:
            found = pattern.search(said)
            if found:
                return meaning, tuple(group or "" for group in found.groups())
        return (None if said in NOTHING else self.rest), ()
