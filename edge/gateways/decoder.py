"""Several mappings on one broker: which one a message belongs to, and what is kept of a message nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from edge.gateways.mapping import MAX_TOPICS, Candidates, Mapping, Plan, apply_rules, plan
from edge.gateways.model import MAX_UNKNOWN, Memory, RawMessage, Result, bound
from edge.gateways.proposals import describe, propose

K = TypeVar("K")


class Decoder:
    """Decodes by the first mapping that takes a message, in the order of `Mapping.order`, then of names."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self.mappings = tuple(sorted(mappings, key=lambda mapping: (mapping.order, mapping.name)))
        self._by_topic: dict[str | None, Plan] = {}
        self._of_gateway: dict[tuple[str | None, str], Plan] = {}

    @property
    def private(self) -> frozenset[str]:
        """Keys that any of the mappings declares personal."""
        return frozenset(key for mapping in self.mappings for key in mapping.private)

    def decode(self, message: RawMessage, memory: Memory, gateway: str | None = None) -> list[Result]:
        """Return what the message says; never [] and never an exception: an unknown message is a result too.

        gateway: the kind of gateway the message is known to come from; its mapping is asked first.
        """
        topic = message.topic
        results: list[Result] = []
        if gateway is not None:
            rules = self._of_gateway.get((topic, gateway))
            if rules is None:
                rules = _keep(self._of_gateway, (topic, gateway), self._told(topic, gateway))
            results = apply_rules(rules, message, memory)
        if not results:
            rules = self._by_topic.get(topic)
            if rules is None:
                every = [pair for mapping in self.mappings for pair in mapping.candidates(topic)]
                rules = _keep(self._by_topic, topic, every)
            results = apply_rules(rules, message, memory)
        return results or [self._unknown(message, memory)]

    def _told(self, topic: str | None, gateway: str) -> Candidates:
        """Return the rules of the mapping that the message is known to be meant for."""
        known = [mapping for mapping in self.mappings if mapping.name == gateway]
        ways = [mapping.candidates(topic) if topic else mapping.without_topic() for mapping in known]
        return [pair for way in ways for pair in way]

    def _unknown(self, message: RawMessage, memory: Memory) -> Result:
        if not message.payload:  # a retained topic was cleared
            return Result((message.topic or "?")[:200], ignore=True, retained=message.retain, note="empty payload")
        proposal = propose(message)
        topic = message.topic or ""
        kept: dict[str, Any] = memory.unknown.pop(topic, {"count": 0, "first": message.arrival.timestamp()})
        kept |= {"count": kept["count"] + 1, "last": message.arrival.timestamp(), "proposal": proposal}
        kept["example"] = describe(message, self.private)
        memory.unknown[topic] = kept
        bound(memory.unknown, MAX_UNKNOWN)
        why = "no mapping knows this message; it was kept"
        return Result(topic[:200] or "?", unknown=True, proposal=proposal, retained=message.retain, note=why)


def _keep(store: dict[K, Plan], key: K, found: Candidates) -> Plan:
    """Remember the rules of a topic; topics come from outside, so not without bounds."""
    if len(store) >= MAX_TOPICS:
        store.clear()
    store[key] = plan(found)
    return store[key]
