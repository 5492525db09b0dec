"""Tables: what each key of a record becomes. The data is in the mapping file; here is how it is applied.

A table looks at keys, not at device models, so that a device nobody has seen yet is understood by its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from edge.gateways.convert import UNREADABLE, read_own
from edge.gateways.draft import MAX_DEPTH, MAX_ITEMS, MAX_NAME, Draft
from edge.gateways.output import Action, Key, Output, choice, unboxed
from edge.gateways.paths import Scope

MAX_CACHE = 2_048
_LOOSE = re.compile(r"[^0-9a-z]+")


@dataclass(slots=True)
class Table:
    """fields: by key. patterns: by regular expression. loose: keys are compared without case and punctuation.

    others: what an unknown key becomes: `ignore` (listed as unmapped), `keep` (a signal of its own name), `descend`
    (an unknown object is read with the same table). nulls: null means `absent` (unchanged) or `unknown`.
    boxed: a value may stand in an object of its own, beside its unit and time.
    actions: what was made of the keys seen so far; None is nothing.
    """

    name: str
    fields: dict[str, tuple[Output, ...]] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], tuple[Output, ...]]] = field(default_factory=list)
    silent: frozenset[str] = frozenset()
    loose: bool = False
    others: tuple[str, ...] = ()
    nulls: str = "absent"
    boxed: bool = False
    actions: dict[str, Action | None] = field(default_factory=dict)

    def apply(self, draft: Draft, scope: Scope, depth: int = 0) -> None:
        """Read every key of the record into the draft."""
        known = self.actions
        for key, value in scope.record.items() if isinstance(scope.record, dict) else ():
            try:
                act = known[key]
            except KeyError:
                act = self._learn(key)
            if act is not None:
                act(draft, value, scope, depth)

    def _learn(self, key: str) -> Action | None:
        """Return what a key becomes, and remember it (not without bounds: keys come from outside)."""
        found = self._find(key)
        if found is None:
            act = self._unknown(key)
        else:
            outputs, groups = found
            act = choice(outputs, Key(key, groups, self.nulls == "unknown")) if outputs else None
            act = unboxed(act) if act is not None and self.boxed else act
        if len(self.actions) < MAX_CACHE and len(key) <= MAX_NAME:
            self.actions[key] = act
        return act

    def _find(self, key: str) -> tuple[tuple[Output, ...], tuple[str, ...]] | None:
        """Return the outputs of a key and the groups of its pattern; None for a key nobody knows."""
        asked = loosely(key) if self.loose else key
        if asked in self.fields:
            return self.fields[asked], ()
        if asked in self.silent:
            return (), ()
        for pattern, outputs in self.patterns:
            found = pattern.search(key)
            if found:
                return outputs, tuple(group or "" for group in found.groups())
        return None

    def _unknown(self, key: str) -> Action | None:
        if self.others == ("drop",):
            return None
        descend, keep, null_speaks = "descend" in self.others, "keep" in self.others, self.nulls == "unknown"

        def other(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
            if isinstance(value, dict):
                if descend and depth < MAX_DEPTH:
                    self.apply(draft, Scope(scope.root, value, scope.names, scope.outer), depth + 1)
                    return
            elif keep and (value is not None or null_speaks):
                found = read_own(value)
                if found is not UNREADABLE and len(draft.result.signals) < MAX_ITEMS:
                    draft.signal(key[:MAX_NAME], found)
                    return
            draft.unmapped(key)

        return other


def loosely(key: str) -> str:
    """Return a key without case and punctuation: `BAT_V`, `batV` and `bat-v` are one."""
    return _LOOSE.sub("", key.lower())
