"""How much the chain takes: gateways that send as fast as their windows let, one sample a message and fifty.

Everything must be committed once and readable through the packs; the time until then is counted.
"""

from __future__ import annotations

from typing import Any

from anxin.clock import monotonic_s
from tests.benchmarks.city import GATEWAY_BEDS
from tests.benchmarks.flood import Lanes
from tests.benchmarks.measuring import Meter
from tests.benchmarks.stack import Stack

_STORED = "select count(*), count(distinct (facility, gateway, epoch, seq)) from anxin.log where lane = 'data'"
_PACKED = "select coalesce(sum(n), 0) from anxin.observation_pack"
_PLACES = """select (select arrival from anxin.cursor where consumer = 'projector'), max(next_arrival) - 1
from anxin.ingest_partition"""


def run(kind: str, beds: int, seconds: float, rows: int) -> dict[str, Any]:
    """Flood ingest alone (no analytics, no pages); return the figures."""
    with Stack(kind, beds, ("ingest",)) as stack:
        lanes = Lanes(stack.broker, stack.homes, stack.gateways, rows, "peak")
        begun = monotonic_s()
        with Meter(stack.pids) as meter:
            committed_s = lanes.push(seconds)
        while not _projected(stack):
            lanes.flood.wait(lambda: False, 0.1)
        stack.stop("ingest")
        queryable_s = monotonic_s() - begun
        lanes.flood.close()
        messages = sum(lanes.sent)
        stored = stack.owner.execute(_STORED).fetchone()
        packed = stack.owner.execute(_PACKED).fetchone()
        assert stored is not None
        assert packed is not None
        return {
            "samples_a_message": rows, "messages": messages, "messages_lost": messages - stored[1],
            "messages_twice": stored[0] - stored[1], "samples_not_packed": messages * rows - int(packed[0]),
            "committed_samples_per_s": round(messages * rows / committed_s),
            "queryable_samples_per_s": round(messages * rows / queryable_s),
            "committed_messages_per_s": round(messages / committed_s), "cpu_percent": meter.cpu_percent(),
            "beds_at_1_hz": round(messages * rows / committed_s), "gateway_beds": GATEWAY_BEDS,
        }  # fmt: skip


def _projected(stack: Stack) -> bool:
    row = stack.owner.execute(_PLACES).fetchone()
    return row is not None and row[0] >= row[1]
