"""What decoding a gateway's messages costs: microseconds per message.

All packaged mappings listen at once and the messages of all families come in turn, which is the worst case; the goal is
30 µs per message on one core. The wire events are made too. `json_us` is what the standard library's JSON reader alone
takes for the same payloads in the same run, as a measure of the machine: `decode_to_json` is the ratio round by round,
which a busy machine disturbs least. Nothing is asserted: its speed is no test.
"""

from __future__ import annotations

import json
import statistics
from time import process_time
from zoneinfo import ZoneInfo

from edge.gateways.events import Site, to_events
from edge.gateways.mapping import read_payload
from edge.gateways.model import Memory, RawMessage
from tests.edge.gateways.support import DECODER, own_cases

ROUNDS = 40
SITE = Site(ZoneInfo("Asia/Shanghai"))


def decode_us(messages: list[RawMessage], memory: Memory) -> float:
    """Return µs of processor time per message for one pass."""
    start = process_time()
    for message in messages:
        DECODER.decode(message, memory)
    return (process_time() - start) / len(messages) * 1e6


def json_us(payloads: list[bytes]) -> float:
    """Return µs per payload for reading it with the standard library."""
    start = process_time()
    for payload in payloads:
        json.loads(payload)
    return (process_time() - start) / len(payloads) * 1e6


def events_us(messages: list[RawMessage], memory: Memory) -> float:
    """Return µs per message for one pass, with the wire events."""
    start = process_time()
    for message in messages:
        to_events(DECODER.decode(message, memory), message.arrival, SITE)
    return (process_time() - start) / len(messages) * 1e6


def run(rounds: int = ROUNDS) -> dict[str, object]:
    """Return the median cost, together and by family."""
    cases = own_cases()
    families: dict[str, list[RawMessage]] = {}
    for case in cases:
        families.setdefault(str(case.gateway), []).append(case.message)
    everything = [case.message for case in cases]
    memory = Memory()
    decode_us(everything, memory)  # the caches of topics and keys fill
    payloads = [message.payload for message in everything if isinstance(read_payload(message.payload, "json"), dict)]
    pairs = [(json_us(payloads), decode_us(everything, memory)) for _ in range(rounds)]
    return {
        "messages": len(everything),
        "json_us": round(statistics.median(json for json, _ in pairs), 1),
        "decode_us": round(statistics.median(decode for _, decode in pairs), 1),
        "decode_to_json": round(statistics.median(decode / json for json, decode in pairs), 2),
        "decode_and_events_us": round(statistics.median(events_us(everything, memory) for _ in range(rounds)), 1),
        "by_gateway_us": {
            name: round(statistics.median(decode_us(messages, memory) for _ in range(rounds)), 1)
            for name, messages in sorted(families.items())
        },
    }
