"""A mapping: the rules of one kind of gateway, and the decoding of a message by them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from edge.gateways.model import MAX_LEVELS, Memory, RawMessage, Result, bound
from edge.gateways.paths import Scope
from edge.gateways.rule import Rule

MAX_TOPICS = 4_096
_PAIR = re.compile(r"([A-Za-z_]\w*)=((?:(?!\s[A-Za-z_]\w*=)[^&\r\n<;])*)")
_SEPARATOR = "\x1f"
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
    _topics: dict[str | None, list[tuple[Rule, dict[str, str]]]] = field(default_factory=dict)

    def decode(self, message: RawMessage, memory: Memory) -> list[Result]:
        """Return what the message says, in the order of its records; [] where no rule takes it. Never raises."""
        return apply_rules(self.candidates(message.topic), message, memory)

    def candidates(self, topic: str | None) -> list[tuple[Rule, dict[str, str]]]:
        """Return the rules whose topic fits, with their captures (remembered by topic)."""
        found = self._topics.get(topic)
        if found is None:
            found = [(rule, names) for rule in self.rules if (names := rule.matches(topic)) is not None]
            if len(self._topics) >= MAX_TOPICS:
                self._topics.clear()
            self._topics[topic] = found
        return found

    def without_topic(self) -> list[tuple[Rule, dict[str, str]]]:
        """Return the rules for a message that came without a topic, but is known to be of this gateway.

        A rule that only its topic distinguishes cannot be meant.
        """
        return [(rule, {}) for rule in self.rules if not rule.topics or rule.when or rule.where]


def apply_rules(candidates: Iterable[tuple[Rule, dict[str, str]]], message: RawMessage, memory: Memory) -> list[Result]:
    """Try the rules in order: the first that takes the message ends the search, unless it says `go_on`."""
    bodies: dict[str, Any] = {}
    broken: tuple[Rule, dict[str, str]] | None = None
    results: list[Result] = []
    several = False
    for rule, captures in candidates:
        body = bodies.get(rule.payload, bodies)
        if body is bodies:
            body = bodies[rule.payload] = read_payload(message.payload, rule.payload)
        if body is UNREADABLE:
            broken = (rule, captures) if broken is None and rule.payload == "json" else broken
            continue
        names = captures
        if message.retain or rule.codec is not None:
            names = {**captures, "retain": "true" if message.retain else "false", "topic": message.topic or ""}
        found = rule.apply(message, body, names, memory)
        if not found:
            continue
        several = bool(results)
        results += found
        if not rule.go_on:
            break
    if not results and broken is not None and broken[0].topics and message.payload:
        return _broken(*broken, message)
    if several:  # the general rule after the special ones may have had nothing left to say
        results = [result for result in results if not result.is_void()] or results[:1]
    for result in results:
        _heard(result, memory, message)
    return results


def _broken(rule: Rule, captures: dict[str, str], message: RawMessage) -> list[Result]:
    """A message on a gateway's own topic that is not what it must be: said to be so, never read as a state."""
    scope = Scope(None, None, captures)
    device = next((text for part in rule.device if (text := part.fill(scope)) is not None), None)
    if device is None:
        return []
    return [Result(device, rule.gateway, rule.name, undecodable=True, retained=message.retain, note="not JSON")]


def _heard(result: Result, memory: Memory, message: RawMessage) -> None:
    if message.retain or result.availability == "offline":
        return
    via = result.via or (result.device if result.scope == "gateway" else "")
    devices = memory.devices.setdefault(f"{result.gateway}{_SEPARATOR}{via}", {})
    devices[result.device] = message.arrival.timestamp()
    bound(devices, MAX_LEVELS)
    bound(memory.devices, MAX_LEVELS)


def read_payload(payload: bytes, form: str) -> Any:
    """Return the body of a payload in one of the forms of `payload` (docs/mappings.md), or UNREADABLE."""
    if form == "bytes":
        return payload
    if form == "empty":
        return "" if not payload else UNREADABLE
    if form in ("text", "number", "scalar", "pairs"):
        return _text(payload, form)
    try:
        body = _decode_json(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = _lenient(payload)
    return body if isinstance(body, (dict, list)) or form == "any" else UNREADABLE


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
    if form == "pairs":
        return {key: unquote_plus(value) for key, value in _PAIR.findall(text)} or UNREADABLE
    if form == "scalar" and text[:1] in ("{", "["):
        return UNREADABLE
    if form == "number":
        try:
            float(text)
        except ValueError:
            return UNREADABLE
    return text
