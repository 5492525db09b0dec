"""A mapping: the rules of one kind of gateway, and the decoding of a message by them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from edge.gateways.model import MAX_LEVELS, Memory, RawMessage, Result, bound
from edge.gateways.paths import Scope
from edge.gateways.rule import Rule

MAX_TOPICS = 4_096
_PAIR = re.compile(r"([A-Za-z_]\w*)=((?:(?!\s[A-Za-z_]\w*=)[^&\r\n<;])*)")
_SEPARATOR = "\x1f"
Candidates = list[tuple[Rule, dict[str, str]]]  # the rules whose topic fits, with what it captured
Plan = list[tuple[str, Candidates]]  # the form of the payload, and the rules that read it
_OPENING = (b"{", b"[", b"\xef")  # of an object, a list, or the mark that some put in front of a text
UNREADABLE = object()
_decode_json = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Mapping:
    """name: the gateway kind. silence_s: a gateway of this kind unheard for so long is offline (0: never).
    order: where several mappings listen to one broker, the lower is asked first.

    private: keys whose values are personal and are dropped before a message is kept anywhere.
    """

    name: str
    title_en: str
    title_zh: str
    rules: tuple[Rule, ...]
    source: str = ""
    silence_s: float = 0.0
    order: int = 50
    private: frozenset[str] = frozenset()
    subscriptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _topics: dict[str | None, Candidates] = field(default_factory=dict)

    def decode(self, message: RawMessage, memory: Memory) -> list[Result]:
        """Return what the message says, in the order of its records; [] where no rule takes it. Never raises."""
        return apply_rules(plan(self.candidates(message.topic)), message, memory)

    def candidates(self, topic: str | None) -> Candidates:
        """Return the rules whose topic fits, with their captures (remembered by topic)."""
        found = self._topics.get(topic)
        if found is None:
            found = [(rule, names) for rule in self.rules if (names := rule.matches(topic)) is not None]
            if len(self._topics) >= MAX_TOPICS:
                self._topics.clear()
            self._topics[topic] = found
        return found

    def without_topic(self) -> Candidates:
        """Return the rules for a message that came without a topic, but is known to be of this gateway.

        A rule that only its topic distinguishes cannot be meant.
        """
        told = [rule for rule in self.rules if not rule.topics or rule.fits or rule.when or rule.where]
        return [(rule, {}) for rule in told if rule.admits({})]


def plan(rules: Iterable[tuple[Rule, dict[str, str]]]) -> Plan:
    """Return the rules for a topic in their order, neighbours that read the same form of the payload together."""
    return [(form, list(group)) for form, group in groupby(rules, lambda pair: pair[0].payload)]


def apply_rules(rules: Plan, message: RawMessage, memory: Memory) -> list[Result]:
    """Try the rules in order: the first that takes the message ends the search, unless it says `go_on`."""
    bodies: dict[str, Any] = {}
    results: list[Result] = []
    several = False
    for form, group in rules:
        body = bodies.get(form, bodies)
        if body is bodies:
            body = bodies[form] = read_payload(message.payload, form)
        if body is UNREADABLE:
            continue
        for rule, names in group:
            if rule.need is not None and rule.need not in body:
                continue
            found = rule.apply(message, body, names, memory)
            if found:
                if results:
                    several = True
                    results += found
                else:
                    results = found
                if not rule.go_on:
                    break
        else:
            continue
        break
    if not results and bodies.get("json") is UNREADABLE:
        return _broken(rules, message)
    if several:  # the general rule after the special ones may have had nothing left to say
        results = [result for result in results if not result.is_void()] or results[:1]
    if not message.retain:
        _hear(results, memory, message.arrival.timestamp())
    return results


def _broken(rules: Plan, message: RawMessage) -> list[Result]:
    """A message on a gateway's own topic that is not what it must be: said to be so, never read as a state."""
    rule, names = next(group[0] for form, group in rules if form == "json")
    device = rule.device(Scope(None, None, names)) if rule.topics and message.payload else None
    if device is None:
        return []
    return [Result(device, rule.gateway, rule.name, undecodable=True, retained=message.retain, note="not JSON")]


def _hear(results: list[Result], memory: Memory, now: float) -> None:
    """Remember who was heard through which gateway, and when."""
    for result in results:
        if result.availability == "offline":
            continue
        via = result.via or (result.device if result.scope is not None else "")
        place = f"{result.gateway}{_SEPARATOR}{via}"
        devices = memory.devices.get(place)
        if devices is None:
            devices = memory.devices[place] = {}
            bound(memory.devices, MAX_LEVELS)
        devices[result.device] = now
        if len(devices) > MAX_LEVELS:
            bound(devices, MAX_LEVELS)


def read_payload(payload: bytes, form: str) -> Any:
    """Return the body of a payload in one of the forms of `payload` (docs/mappings.md), or UNREADABLE."""
    if form == "json":
        if payload[:1] == b"{":
            return _json(payload)
        body = _json(payload) if payload.lstrip()[:1] in _OPENING else UNREADABLE
        return body if isinstance(body, (dict, list)) else UNREADABLE
    if form == "empty":
        return "" if not payload else UNREADABLE
    if form == "bytes":
        return payload
    return _json(payload) if form == "any" else _text(payload, form)


def _json(payload: bytes) -> Any:
    try:
        return _decode_json(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(payload)


def _lenient(payload: bytes) -> Any:
    """NaN and Infinity are not JSON, and are sent."""
    if b"NaN" not in payload and b"nan" not in payload and b"Infinity" not in payload:
        return UNREADABLE
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return UNREADABLE


def _text(payload: bytes, form: str) -> Any:
    try:
        text = payload.decode().strip("\x00")
    except UnicodeDecodeError:
        return UNREADABLE
    if form in ("pairs", "scalar") and text[:1] in ("{", "["):
        return UNREADABLE
    if form == "pairs":
        return {key: unquote_plus(value) for key, value in _PAIR.findall(text)} or UNREADABLE
    if form == "number":
        try:
            float(text)
        except ValueError:
            return UNREADABLE
    return text
