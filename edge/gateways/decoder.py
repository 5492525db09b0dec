"""Several mappings on one broker: which one a message belongs to, and what is kept of a message nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edge.gateways.mapping import MAX_TOPICS, Mapping, apply_rules
from edge.gateways.model import MAX_UNKNOWN, Memory, RawMessage, Result, bound
from edge.gateways.proposals import describe, propose
from edge.gateways.rule import Rule

Candidates = list[tuple[Rule, dict[str, str]]]


class Decoder:
    """Decodes by the first mapping that takes a message, in the order of `Mapping.order`, then of names."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self.mappings = tuple(sorted(mappings, key=lambda mapping: (mapping.order, mapping.name)))
        self._topics: dict[str | None, Candidates] = {}

    @property
    def private(self) -> frozenset[str]:
        """Keys that any of the mappings declares personal."""
        return frozenset(key for mapping in self.mappings for key in mapping.private)

    def decode(self, message: RawMessage, memory: Memory, gateway: str | None = None) -> list[Result]:
        """Return what the message says; never [] and never an exception: an unknown message is a result too.

        gateway: the kind of gateway the message is known to come from; its mapping is asked first.
        """
        results: list[Result] = []
        if gateway is not None:
            known = [mapping for mapping in self.mappings if mapping.name == gateway]
            rules = [
                pair
                for mapping in known
                for pair in (mapping.candidates(message.topic) if message.topic else mapping.without_topic())
            ]
            results = apply_rules(rules, message, memory)
        if not results:
            results = apply_rules(self._candidates(message.topic), message, memory)
        return results or [self._unknown(message, memory)]

    def _candidates(self, topic: str | None) -> Candidates:
        found = self._topics.get(topic)
        if found is None:
            found = [pair for mapping in self.mappings for pair in mapping.candidates(topic)]
            if len(self._topics) >= MAX_TOPICS:
                self._topics.clear()
            self._topics[topic] = found
        return found

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
