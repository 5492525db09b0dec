"""What a sample costs at 1,000 to 50,000 beds. Packs are closed every 20 s, so that each run has packed all it got."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.measuring import Meter
from tests.benchmarks.stack import Stack
from tests.benchmarks.sustained import Load


def run(beds: int, seconds: float, warm_s: int) -> dict[str, Any]:
    """Return processor time for each sample, by process, at one sample a second and bed."""
    with Stack("durable", beds, ("ingest", "analytics"), pack_s=20.0) as stack, Load(stack, seconds, warm_s) as load:
        with Meter(stack.pids) as meter:
            figures = load.wait()
        samples = figures["samples_timed"]
        cost = meter.cpu_us_per(samples)
        return {
            "beds": beds, "samples": samples, "ready_to_committed": figures["ready_to_committed"],
            "cpu_us_per_sample": cost, "cpu_us_per_sample_in_all": round(sum(cost.values()), 3),
        }  # fmt: skip
