"""Tables: what each key of a record becomes. The data is in the mapping file; here is how it is applied.

A table looks at keys, not at device models, so that a device nobody has seen yet is understood by its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edge.gateways.conditions import Guard, all_hold
from edge.gateways.convert import ABSENT, UNREADABLE, Conversion, word
from edge.gateways.model import Result, Value
from edge.gateways.outcome import NOTHING, Outcome, Words
from edge.gateways.paths import MISSING, Path, Scope, plain
from edge.gateways.signals import RINGING
from edge.gateways.slices import Slice, cut

MAX_CACHE = 2_048
MAX_DEPTH = 6
MAX_ITEMS = 200
MAX_NAME = 100
_LOOSE = re.compile(r"[^0-9a-z]+")
Codec = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Output:
    """One thing a field becomes. Of several outputs of a key the first whose guards hold is taken, with its `also`."""

    when: tuple[Guard, ...] = ()
    path: Path | None = None
    codec: Codec | None = None
    slices: tuple[Slice, ...] = ()
    bits: tuple[tuple[int, str], ...] = ()
    signal: str | None = None
    convert: Conversion | None = None
    diagnostic: bool = False
    event: str | None = None
    events: Words[str] | None = None
    call: str | None = None
    availability: bool = False
    fault: bool = False
    cases: Words[Outcome] | None = None
    table: Table | None = None
    clear_after_s: float = 0.0
    debounce_s: float = 0.0
    also: tuple[Output, ...] = ()


@dataclass(slots=True)
class Draft:
    """A result in the making. Of a signal the seconds until it clears (timers), until it is unknown (expiry), and that
    it must hold (debounce)."""

    result: Result
    events: list[tuple[str, str | None]] = field(default_factory=list)
    timers: dict[str, float] = field(default_factory=dict)
    expiry: dict[str, float] = field(default_factory=dict)
    debounce: dict[str, float] = field(default_factory=dict)

    def signal(self, name: str, value: Value, diagnostic: bool = False) -> None:
        """Set a level; the first field that gives it wins, unless it knew nothing or missed an emergency."""
        store = self.result.diagnostics if diagnostic else self.result.signals
        if store.get(name) is None or (name in RINGING and value not in (None, False) and store[name] is not True):
            store[name] = value
        elif value is not None and value != store[name] and not diagnostic:
            self.unmapped(f"{name} = {value}")  # a second sensor of the same kind: not lost silently

    def unmapped(self, text: str) -> None:
        """Note what nobody understood (a bounded number of things)."""
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


Entry = tuple[tuple[Output, ...], tuple[str, ...]]


@dataclass(slots=True)
class Table:
    """fields: by key. patterns: by regular expression. loose: keys are compared without case and punctuation.

    others: what an unknown key becomes: `ignore` (listed as unmapped), `keep` (a signal of its own name), `descend`
    (an unknown object is read with the same table). nulls: null means `absent` (unchanged) or `unknown`.
    """

    name: str
    fields: dict[str, tuple[Output, ...]] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], tuple[Output, ...]]] = field(default_factory=list)
    silent: frozenset[str] = frozenset()
    loose: bool = False
    others: tuple[str, ...] = ()
    nulls: str = "absent"
    cache: dict[str, Entry | None] = field(default_factory=dict)

    def lookup(self, key: str) -> Entry | None:
        """Return the outputs of a key and the groups of its pattern; None for a key nobody knows."""
        if key in self.cache:
            return self.cache[key]
        entry = self._find(key)
        if len(self.cache) < MAX_CACHE and len(key) <= 100:
            self.cache[key] = entry
        return entry

    def _find(self, key: str) -> Entry | None:
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

    def apply(self, draft: Draft, scope: Scope, depth: int = 0) -> None:
        """Read every key of the record into the draft."""
        if not isinstance(scope.record, dict) or depth > MAX_DEPTH:
            return
        for key, value in scope.record.items():
            entry = self.lookup(key)
            if entry is not None:
                for output in entry[0]:
                    if not output.when or all_hold(output.when, scope, value):
                        self._emit(output, key, value, entry[1], draft, scope, depth)
                        break
            else:
                self._other(key, value, draft, scope, depth)

    def _other(self, key: str, value: Any, draft: Draft, scope: Scope, depth: int) -> None:
        if self.others == ("drop",):
            return
        if isinstance(value, dict):
            if "descend" in self.others:
                self.apply(draft, Scope(scope.root, value, scope.names, scope.outer), depth + 1)
                return
        elif "keep" in self.others and (isinstance(value, (bool, int, float, str)) or self._is_null(value)):
            found = KEEP.read(value)
            if found is not UNREADABLE and len(draft.result.signals) < MAX_ITEMS:
                draft.signal(key[:MAX_NAME], found)
                return
        draft.unmapped(key)

    def _is_null(self, value: Any) -> bool:
        return value is None and self.nulls == "unknown"

    def _emit(
        self, output: Output, key: str, value: Any, groups: tuple[str, ...], draft: Draft, scope: Scope, depth: int
    ) -> None:
        source = value
        if output.path is not None:
            value = output.path.get(Scope(scope.root, value, scope.names, scope.outer))
        if output.codec is not None and value is not MISSING:
            value = output.codec(value)
        if output.slices and value is not MISSING:
            value = cut(value, output.slices)
        if value is ABSENT:
            draft.unmapped(key)
        if value is not MISSING and value is not ABSENT:
            self._say(output, key, value, groups, draft, scope, depth)
        for more in output.also:
            if not more.when or all_hold(more.when, scope, source):
                self._emit(more, key, source, groups, draft, scope, depth)

    def _say(
        self, output: Output, key: str, value: Any, groups: tuple[str, ...], draft: Draft, scope: Scope, depth: int
    ) -> None:
        if output.table is not None:
            for item in _flat(value):
                output.table.apply(draft, Scope(scope.root, item, scope.names, scope.outer), depth + 1)
        if output.signal is not None:
            self._signal(output, key, value, groups, draft)
        if output.event is not None or output.events is not None:
            _event(output, key, value, draft)
        if output.cases is not None and value is not None and not isinstance(value, (dict, list)):
            found = output.cases.find(word(value))[0]
            if found is not None:
                draft.outcome(found)
            elif word(value) not in NOTHING:
                draft.unmapped(f"{key} = {value!s}")
        if output.bits and isinstance(value, int):
            for bit, name in output.bits:
                draft.signal(name, bool(value >> bit & 1))
        if output.availability and output.convert and (truth := output.convert.read(value)) in (True, False):
            draft.result.availability = "online" if truth else "offline"
        if output.fault and (code := plain(value)) is not None:
            draft.result.fault = code[:120]

    def _signal(self, output: Output, key: str, value: Any, groups: tuple[str, ...], draft: Draft) -> None:
        if (value is None and self.nulls == "absent") or output.convert is None or output.signal is None:
            return
        found = output.convert.read(value)
        if found is UNREADABLE:
            draft.unmapped(key)
            return
        if found is ABSENT:
            return
        name = output.signal
        if "{" in name:
            name = name.format(*groups, key=key) if groups else name.replace("{key}", key)
        draft.signal(name, found, output.diagnostic)
        if output.clear_after_s and found is True:
            draft.timers[name] = output.clear_after_s
        if output.debounce_s:
            draft.debounce[name] = output.debounce_s


def _event(output: Output, key: str, value: Any, draft: Draft) -> None:
    name, groups = output.event, tuple[str, ...]()
    if output.events is not None:
        if value is None or isinstance(value, (dict, list)):
            return
        name, groups = output.events.find(word(value))
        if name is None and word(value) not in NOTHING:
            draft.unmapped(f"{key} = {value!s}")
    if name:
        draft.events.append((name.format(*groups, value=word(value)), output.call))


def _flat(value: Any) -> list[Any]:
    """A list, a list of lists, or one thing, as a list of things."""
    if not isinstance(value, list):
        return [value]
    return [item for part in value for item in (part if isinstance(part, list) else [part])][:MAX_ITEMS]


KEEP = Conversion.own()


def loosely(key: str) -> str:
    """Return a key without case and punctuation: `BAT_V`, `batV` and `bat-v` are one."""
    return _LOOSE.sub("", key.lower())
