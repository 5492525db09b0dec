"""One rule of a mapping: which messages it takes, and the results it makes of one. Pure; the memory is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.gateways.conditions import Guard, all_hold
from edge.gateways.convert import Conversion, number
from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.outcome import Outcome
from edge.gateways.paths import MISSING, Path, Scope, Template
from edge.gateways.replay import Repeats, settle
from edge.gateways.table import Draft, Table
from edge.gateways.timers import arm
from edge.gateways.times import TimeSource, read_time
from edge.gateways.topics import TopicFilter

MAX_RECORDS = 1_000
MAX_TEXT = 200
MAX_SECONDS = 7 * 86_400.0
Seconds = float | Path  # a number, or where it stands in the record
AnyOf = tuple[tuple[Guard, ...], ...]  # one of these groups holds
RootCodec = Callable[[Any, Scope, Memory], Any]


@dataclass(frozen=True, slots=True)
class Availability:
    """Where the link state stands, and what it holds for (scope None: the device)."""

    path: Path | None
    word: str | None
    convert: Conversion
    scope: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule; the fields are explained in docs/mappings.md."""

    name: str
    gateway: str
    topics: tuple[TopicFilter, ...]
    not_topics: tuple[TopicFilter, ...]
    payload: str
    key: Template | None
    codec: RootCodec | None
    when: tuple[Guard, ...]
    each: tuple[Path, ...]
    skip: frozenset[str]
    where: tuple[Guard, ...]
    device: tuple[Template, ...]
    via: tuple[Template, ...]
    time: tuple[TimeSource, ...]
    table: Table | None
    outcome: Outcome
    availability: Availability | None
    flags: tuple[tuple[str, AnyOf], ...]
    fault: Template | None
    dedupe: tuple[Template, ...]
    repeats: Repeats
    go_on: bool
    clear_after: Seconds
    expire_after: Seconds
    when_empty: str
    discover: Path | None

    def matches(self, topic: str | None) -> dict[str, str] | None:
        """Return the captures of the first topic filter that fits; {} for a rule without any; None for no match."""
        if not self.topics:
            return {}
        if topic is None:
            return None
        if any(bar.match(topic) is not None for bar in self.not_topics):
            return None
        for pattern in self.topics:
            found = pattern.match(topic)
            if found is not None:
                return found
        return None

    def apply(self, message: RawMessage, root: Any, names: dict[str, str], memory: Memory) -> list[Result] | None:
        """Return the results of a message, or None where the guards say that it is not meant for this rule."""
        if self.key is not None:
            key = self.key.fill(Scope(root, root, names))
            if key is None:
                return None
            root = {key: root}
        scope = Scope(root, root, names)
        if self.when and not all_hold(self.when, scope):
            return None
        if self.codec is not None:
            root = self.codec(root, scope, memory)
            if root is MISSING:
                return None
            scope = Scope(root, root, names)
        results: list[Result] = []
        for part in self._records(scope):
            if not self.where or all_hold(self.where, part):
                results += self._record(message, part, memory)
        return results

    def _records(self, scope: Scope) -> Iterator[Scope]:
        if not self.each:
            yield scope
            return
        count = 0
        for path in self.each:
            for keys, record, outer in path.every(scope):
                if count >= MAX_RECORDS or not self.skip.isdisjoint(keys):
                    continue
                count += 1
                named = dict(scope.names)
                for place, key in enumerate(keys, 1):
                    named[f"key{place}"] = named["key"] = key
                yield Scope(scope.root, record, named, outer)

    def _record(self, message: RawMessage, scope: Scope, memory: Memory) -> list[Result]:
        device = _first(self.device, scope)
        if device is None:
            return []
        draft = Draft(Result(device, self.gateway, self.name, retained=message.retain))
        result = draft.result
        moment = read_time(self.time, scope, message.arrival)
        result.at, result.at_kind = moment.at, moment.kind
        result.clock_fault, result.stale = moment.clock_fault, moment.stale
        result.via = _first(self.via, scope)
        self._content(draft, scope)
        return self._finish(draft, scope, memory, message.arrival)

    def _content(self, draft: Draft, scope: Scope) -> None:
        result = draft.result
        for flag, groups in self.flags:
            if any(all_hold(group, scope) for group in groups):
                setattr(result, flag, True)
        if result.suppressed or result.ignore:
            return
        draft.outcome(self.outcome)
        if self.availability is not None:
            self._availability(result, scope, self.availability)
        if self.fault is not None:
            result.fault = _first((self.fault,), scope) or result.fault
        if self.discover is not None and isinstance(found := self.discover.get(scope), dict):
            result.discover = found
        if self.table is not None:
            self.table.apply(draft, scope)
        if self.clear_after or self.expire_after:
            self._hold(draft, scope)

    def _hold(self, draft: Draft, scope: Scope) -> None:
        """Say how long what was read holds: a yes until it clears, anything until it is too old to be believed."""
        clear, expire = _seconds(self.clear_after, scope), _seconds(self.expire_after, scope)
        for name, value in draft.result.signals.items():
            if clear and value is True:
                draft.timers.setdefault(name, clear)
            elif expire and value is not None:
                draft.expiry.setdefault(name, expire)

    @staticmethod
    def _availability(result: Result, scope: Scope, wanted: Availability) -> None:
        result.scope = wanted.scope
        if wanted.word is not None or wanted.path is None:
            result.availability = wanted.word
            return
        truth = wanted.convert.read(value) if (value := wanted.path.get(scope)) is not MISSING else None
        if truth is True or truth is False:
            result.availability = "online" if truth else "offline"
        else:
            result.unmapped.append(wanted.path.text)

    def _finish(self, draft: Draft, scope: Scope, memory: Memory, arrival: datetime) -> list[Result]:
        first = draft.result
        first.dedupe_key = _first(self.dedupe, scope)
        results = [first]
        for place, (event, call) in enumerate(draft.events):
            if place:
                results.append(Result(first.device, first.gateway, first.rule, first.at, first.at_kind, via=first.via))
                for flag in ("retained", "picture", "backfill", "stale", "suppressed", "clock_fault"):
                    setattr(results[-1], flag, getattr(first, flag))
                results[-1].dedupe_key = first.dedupe_key
            results[-1].event, results[-1].call = event, call
        if self.when_empty and not draft.events and first.says_nothing():
            if self.when_empty == "skip":
                return []
            setattr(first, self.when_empty, True)
        arm(draft, memory, arrival)
        for result in results:
            settle(result, memory, arrival, self.repeats)
        return results


def _seconds(wanted: Seconds, scope: Scope) -> float:
    found = number(wanted.get(scope)) if isinstance(wanted, Path) else wanted
    return min(float(found), MAX_SECONDS) if isinstance(found, (int, float)) and found > 0 else 0.0


def _first(templates: tuple[Template, ...], scope: Scope) -> str | None:
    """Return the first template that can be filled, cut to a size that fits everywhere."""
    for template in templates:
        text = template.fill(scope)
        if text is not None:
            return text[:MAX_TEXT]
    return None
