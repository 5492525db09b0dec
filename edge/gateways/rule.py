"""One rule of a mapping: which messages it takes, and the results it makes of one. Pure; the memory is an argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.gateways.conditions import Holds
from edge.gateways.convert import Reader, number
from edge.gateways.draft import CLEARS, EXPIRES, Draft
from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.outcome import Outcome
from edge.gateways.paths import MISSING, Path, Scope
from edge.gateways.replay import Repeats, settle
from edge.gateways.signals import RINGING
from edge.gateways.table import Table
from edge.gateways.templates import Filler
from edge.gateways.timers import arm
from edge.gateways.times import NO_TIME, TimeSource, read_time
from edge.gateways.topics import TopicFilter

FLAGS = ("suppressed", "backfill", "stale", "ignore", "seen", "undecodable", "picture")  # what guards may mark
MAX_RECORDS = 1_000
MAX_TEXT = 200
MAX_SECONDS = 7 * 86_400.0
Seconds = float | Path  # a number, or where it stands in the record
RootCodec = Callable[[Any, Scope, Memory], Any]


@dataclass(frozen=True, slots=True)
class Availability:
    """Where the link state stands, and what it holds for (scope None: the device)."""

    path: Path | None
    word: str | None
    read: Reader | None
    scope: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule; the fields are explained in docs/mappings.md. fits: the guards that the topic alone decides."""

    name: str
    gateway: str
    topics: tuple[TopicFilter, ...]
    not_topics: tuple[TopicFilter, ...]
    fits: Holds | None
    payload: str
    key: Filler | None
    codec: RootCodec | None
    when: Holds | None
    each: tuple[Path, ...]
    skip: frozenset[str]
    where: Holds | None
    device: Filler
    via: Filler | None
    time: tuple[TimeSource, ...]
    table: Table
    outcome: Outcome | None
    availability: Availability | None
    flags: tuple[tuple[str, Holds], ...]
    fault: Filler | None
    dedupe: Filler | None
    repeats: Repeats
    go_on: bool
    clear_after: Seconds
    expire_after: Seconds
    when_empty: str
    discover: Path | None
    inside: Path | None  # the only record stands here
    single: bool  # one record, and it is always taken
    need: str | None  # a key without which the guards cannot hold; None: none, or the payload is no object
    plain: bool  # nothing but device, time and table

    def matches(self, topic: str | None) -> dict[str, str] | None:
        """Return the captures of the first topic filter that fits; {} for a rule without any; None for no match."""
        if not self.topics:
            return {}
        if topic is None or any(bar.match(topic) is not None for bar in self.not_topics):
            return None
        found = next((names for pattern in self.topics if (names := pattern.match(topic)) is not None), None)
        return found if found is not None and self.admits(found) else None

    def admits(self, names: dict[str, str]) -> bool:
        """True where the guards on captures hold. They are asked once for each topic, not for each message."""
        return self.fits is None or self.fits(Scope(None, None, names), MISSING)

    def apply(self, message: RawMessage, root: Any, names: dict[str, str], memory: Memory) -> list[Result] | None:
        """Return the results of a message, or None where the guards say that it is not meant for this rule."""
        if message.retain or self.codec is not None:
            names = {**names, "retain": "true" if message.retain else "false", "topic": message.topic or ""}
        scope = Scope(root, root, names)
        if self.key is not None:
            key = self.key(scope)
            if key is None:
                return None
            scope.root = scope.record = {key: root}
        if self.when is not None and not self.when(scope, MISSING):
            return None
        if self.codec is not None:
            root = self.codec(root, scope, memory)
            if root is MISSING:
                return None
            scope = Scope(root, root, names)
        if self.inside is not None:
            scope.record, scope.outer = self.inside.get(scope), self.inside.parent(scope)
            if scope.record is MISSING:
                return []
        if self.single:
            return self._record(message, scope, memory)
        results: list[Result] = []
        for part in self._records(scope):
            if self.where is None or self.where(part, MISSING):
                results += self._record(message, part, memory)
        return results

    def _records(self, scope: Scope) -> list[Scope]:
        if not self.each:
            return [scope]
        records: list[Scope] = []
        for path in self.each:
            for keys, record, outer in path.every(scope):
                if keys and not self.skip.isdisjoint(keys):
                    continue
                names = scope.names
                if keys:
                    names = {**names, "key": keys[-1], **{f"key{place}": key for place, key in enumerate(keys, 1)}}
                records.append(Scope(scope.root, record, names, outer))
                if len(records) >= MAX_RECORDS:
                    return records
        return records

    def _record(self, message: RawMessage, scope: Scope, memory: Memory) -> list[Result]:
        device = self.device(scope)
        if device is None:
            return []
        result = Result(device[:MAX_TEXT], self.gateway, self.name, retained=message.retain)
        draft = Draft(result)
        if self.time and (moment := read_time(self.time, scope, message.arrival)) is not NO_TIME:
            result.at, result.at_kind = moment.at, moment.kind
            result.clock_fault, result.stale = moment.clock_fault, moment.stale
        if self.plain:
            self.table.apply(draft, scope)
            if not (draft.events or draft.waits or self.when_empty) and RINGING.isdisjoint(result.signals):
                return [result]  # most messages: plain levels, which neither ring nor wait for anything
        else:
            self._content(draft, scope)
        return self._settled(draft, memory, message.arrival)

    def _content(self, draft: Draft, scope: Scope) -> None:
        result = draft.result
        if self.via is not None:
            result.via = _cut(self.via(scope))
        if self.dedupe is not None:
            result.dedupe_key = _cut(self.dedupe(scope))
        for flag, holds in self.flags:
            if holds(scope, MISSING):
                setattr(result, flag, True)
        if result.suppressed or result.ignore:
            return
        if self.outcome is not None:
            draft.outcome(self.outcome)
        if self.availability is not None:
            self._availability(result, scope, self.availability)
        if self.fault is not None:
            result.fault = _cut(self.fault(scope)) or result.fault
        if self.discover is not None and isinstance(found := self.discover.get(scope), dict):
            result.discover = found
        self.table.apply(draft, scope)
        if self.clear_after or self.expire_after:
            self._hold(draft, scope)

    def _hold(self, draft: Draft, scope: Scope) -> None:
        """Say how long what was read holds: a yes until it clears, anything until it is too old to be believed."""
        clear, expire = _seconds(self.clear_after, scope), _seconds(self.expire_after, scope)
        known = {name for what, name, _ in draft.waits if what == CLEARS}
        for name, value in draft.result.signals.items():
            if clear and value is True:
                draft.waits += [] if name in known else [(CLEARS, name, clear)]
            elif expire and value is not None:
                draft.waits.append((EXPIRES, name, expire))

    @staticmethod
    def _availability(result: Result, scope: Scope, wanted: Availability) -> None:
        result.scope = wanted.scope
        if wanted.path is None or wanted.read is None:
            result.availability = wanted.word
            return
        truth = wanted.read(value) if (value := wanted.path.get(scope)) is not MISSING else None
        if truth is True or truth is False:
            result.availability = "online" if truth else "offline"
        else:
            result.unmapped.append(wanted.path.text)

    def _settled(self, draft: Draft, memory: Memory, arrival: datetime) -> list[Result]:
        """Return the draft's results, one for each event, with the decision whether they ring."""
        first = draft.result
        results = [first]
        if draft.events:
            results += [_beside(first) for _ in draft.events[1:]]
            for result, (event, call) in zip(results, draft.events, strict=True):
                result.event, result.call = event, call
        elif self.when_empty and first.says_nothing():
            if self.when_empty == "skip":
                return []
            setattr(first, self.when_empty, True)
        if draft.waits:
            arm(draft, memory, arrival)
        for result in results:
            settle(result, memory, arrival, self.repeats)
        return results


def _beside(first: Result) -> Result:
    """Another event of the same record: without its levels, which are said once."""
    other = Result(first.device, first.gateway, first.rule, first.at, first.at_kind, via=first.via)
    for flag in ("retained", "picture", "backfill", "stale", "suppressed", "clock_fault"):
        setattr(other, flag, getattr(first, flag))
    other.dedupe_key = first.dedupe_key
    return other


def _cut(text: str | None) -> str | None:
    """To a size that fits everywhere."""
    return None if text is None else text[:MAX_TEXT]


def _seconds(wanted: Seconds, scope: Scope) -> float:
    found = number(wanted.get(scope)) if isinstance(wanted, Path) else wanted
    return min(float(found), MAX_SECONDS) if isinstance(found, (int, float)) and found > 0 else 0.0
