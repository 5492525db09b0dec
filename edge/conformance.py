"""What is wrong with a stream of our own contract, in words for who writes a gateway. Pure: messages in, findings out.

Each finding is told once per gateway, with where it was seen first and what to do; `counts` says how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anxin import topic
from anxin.event import Birth, Call, ContractError, Detection, Event, Gap, Heartbeat, Message, Observations, decode
from anxin.event import decode_link as read_link
from anxin.topic import LinkTopic, MessageTopic, TopicError
from anxin.vocabulary import OBSERVATIONS, DetectionKind, Lane, ObservationKind
from edge.conformance_words import WORDS

FUTURE, PAST = timedelta(hours=1), timedelta(days=30)  # beyond them ingest replaces the time by that of receipt
_Found = tuple[str, dict[str, object]]
_KIND = {kind.value: kind for kind in ObservationKind}
_URGENT = {DetectionKind.FALL, DetectionKind.BED_FALL}
HARMLESS = {"repeat", "no_link", "start"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. gateway: `facility/gateway`, or the topic where that cannot be known."""

    gateway: str
    code: str
    values: dict[str, object]

    def say(self, language: str) -> str:
        return f"{self.gateway}: " + WORDS[self.code][language == "zh"].format(**self.values)


@dataclass(slots=True)
class _Seen:
    """One gateway so far."""

    devices: frozenset[str] | None
    last: dict[tuple[Lane, str], int] = field(default_factory=dict)
    payloads: dict[tuple[Lane, str, int], int] = field(default_factory=dict)
    beat: datetime | None = None
    promised_s: float = 15.0
    linked: bool = False


class Checker:
    """devices: (facility, gateway) → registered ids; None: not known, so that none is called unknown."""

    def __init__(self, devices: dict[tuple[str, str], frozenset[str]] | None = None) -> None:
        self._devices = devices
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._told: set[tuple[str, str, str]] = set()
        self.counts: Counter[str] = Counter()
        self.messages = 0

    def take(self, name: str, payload: bytes, now: datetime, *, retain: bool = False, qos: int = 1) -> list[Finding]:
        """Judge one message; return what is new."""
        try:
            place = topic.parse(name)
        except TopicError as error:
            return self._new(name[:100], [("topic", {"detail": str(error)})])
        if isinstance(place, LinkTopic):
            return self._link(place, payload)
        self.messages += 1
        key = (place.key.facility, place.key.gateway)
        seen = self._gateway(key)
        found = list(self._numbers(seen, place, payload, retain, qos))
        try:
            message = decode(payload)
        except ContractError as error:
            found.append(("payload", {"seq": place.seq, "reason": error.reason, "detail": str(error)}))
        else:
            found += self._content(seen, place, message, now)
        return self._new("/".join(key), found)

    def idle(self, now: datetime) -> list[Finding]:
        """What time alone tells: heartbeats that do not come."""
        found: list[Finding] = []
        for key, seen in self._seen.items():
            if seen.beat is None:
                seen.beat = now
            late = (now - seen.beat).total_seconds()
            if late > 3 * seen.promised_s:
                found += self._new("/".join(key), [("heartbeat", {"seconds": late})])
        return found

    def end(self) -> list[Finding]:
        """What was never seen."""
        silent = [key for key, seen in self._seen.items() if not seen.linked]
        return [finding for key in silent for finding in self._new("/".join(key), [("no_link", {})])]

    def _gateway(self, key: tuple[str, str]) -> _Seen:
        if key not in self._seen:
            known = None if self._devices is None else self._devices.get(key, frozenset())
            self._seen[key] = _Seen(known)
        return self._seen[key]

    def _link(self, place: LinkTopic, payload: bytes) -> list[Finding]:
        self._gateway((place.facility, place.gateway)).linked = True
        try:
            read_link(payload)
        except ContractError as error:
            values: dict[str, object] = {"seq": "link", "reason": error.reason, "detail": str(error)}
            return self._new(f"{place.facility}/{place.gateway}", [("payload", values)])
        return []

    def _numbers(self, seen: _Seen, place: MessageTopic, payload: bytes, retain: bool, qos: int) -> Iterator[_Found]:
        lane, seq = (place.key.lane, place.key.epoch), place.seq
        before = seen.last.get(lane)
        if retain:
            yield "retained", {"seq": seq}
        if qos == 0:
            yield "qos", {"seq": seq}
        gap = _gap(payload)
        if gap is not None and (gap.last != seq or before is None or not gap.first <= before + 1 <= gap.last):
            yield "gap", {"first": gap.first, "last": gap.last, "seq": seq}
        elif before is None and seq != 1 and gap is None:
            yield "start", {"epoch": place.key.epoch, "seq": seq}
        elif before is not None and seq > before + 1 and gap is None:
            yield "jump", {"before": before, "seq": seq}
        elif before is not None and seq <= before:
            same = seen.payloads.get((*lane, seq), hash(payload)) == hash(payload)
            yield "repeat" if same else "reused", {"seq": seq}
        if before is None and seq == 1 and place.key.lane is Lane.DATA and not _begins_with_birth(payload):
            yield "birth", {"epoch": place.key.epoch}
        seen.last[lane] = max(seq, before or 0)
        seen.payloads.setdefault((*lane, seq), hash(payload))
        if len(seen.payloads) > 10_000:
            del seen.payloads[next(iter(seen.payloads))]

    def _content(self, seen: _Seen, place: MessageTopic, message: Message, now: datetime) -> Iterator[_Found]:
        wanted = f"/{place.key.facility}/{place.key.gateway}"
        if message.source != wanted:
            yield "source", {"found": message.source, "wanted": wanted}
        for event in message.data:
            yield from _time(event, now)
            if isinstance(event, Birth):
                seen.promised_s = event.heartbeat_s
            if isinstance(event, (Birth, Heartbeat)):
                seen.beat = now
            elif isinstance(event, Observations):
                yield from _values(event)
                yield from self._known(seen, event.devices)
            elif not isinstance(event, Gap):
                yield from self._known(seen, [event.device])
                if place.key.lane is Lane.DATA and _is_urgent(event):
                    yield "lane", {"type": _type(event), "device": event.device}

    def _known(self, seen: _Seen, devices: list[str]) -> Iterator[_Found]:
        for device in dict.fromkeys(devices):
            if seen.devices is not None and device not in seen.devices:
                yield "device", {"device": device}

    def _new(self, gateway: str, found: list[_Found]) -> list[Finding]:
        """Counted always, told once: per kind of mistake and what it is about."""
        fresh: list[Finding] = []
        for code, values in found:
            self.counts[code] += 1
            about = str(values.get("device") or values.get("kind") or values.get("reason") or "")
            if (gateway, code, about) not in self._told and len(self._told) < 1_000:
                self._told.add((gateway, code, about))
                fresh.append(Finding(gateway, code, values))
        return fresh


def _time(event: Event, now: datetime) -> Iterator[_Found]:
    ahead = event.time - now
    values: dict[str, object] = {"type": _type(event), "time": event.time.isoformat(), "ahead": ahead}
    if ahead > FUTURE:
        yield "future", values
    elif -ahead > PAST:
        yield "past", values


def _values(table: Observations) -> Iterator[_Found]:
    for name, column in table.values.items():
        kind = _KIND.get(name)
        if kind is None:
            yield "kind", {"kind": name}
            continue
        spec = OBSERVATIONS[kind]
        for value in column:
            if value is not None and not spec.low <= value <= spec.high:
                yield "range", {"kind": name, "value": value, "low": spec.low, "high": spec.high, "unit": spec.unit}


def _is_urgent(event: Event) -> bool:
    return isinstance(event, Call) or (isinstance(event, Detection) and event.detection in _URGENT)


def _type(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _gap(payload: bytes) -> Gap | None:
    try:
        return next((event for event in decode(payload).data if isinstance(event, Gap)), None)
    except ContractError:
        return None


def _begins_with_birth(payload: bytes) -> bool:
    try:
        return any(isinstance(event, Birth) for event in decode(payload).data)
    except ContractError:
        return True  # what cannot be read is told by itself
