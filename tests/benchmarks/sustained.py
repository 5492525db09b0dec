"""A city for a while: every bed one sample a second in gateway batches, the watch and the pages running, calls between.

Nothing may be lost or stand twice: what the gateways sent is compared with the log by number and with the packs by
sample.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec

from tests.benchmarks.city import GATEWAY_BEDS
from tests.benchmarks.gateways import Plan
from tests.benchmarks.measuring import Meter
from tests.benchmarks.queries import Pages
from tests.benchmarks.stack import ROOT, Stack
from tests.benchmarks.urgent import Caller, Nurse, Page, Probe

CALL_EVERY_S = 1.5
_STORED = """select count(*), count(distinct (facility, gateway, epoch, seq)) from anxin.log where lane = 'data'
and gateway <> 'calls'"""
_PACKED = "select coalesce(sum(n), 0) from anxin.observation_pack"


def run(kind: str, beds: int, seconds: float, history_days: int, warm_s: int) -> dict[str, Any]:
    """Start everything, load it, and return the figures."""
    with Stack(kind, beds, history_days=history_days) as stack:
        before = packed(stack)
        caller = Caller(stack.broker, stack.homes[0], stack.folder / "caller")
        caller.start()
        page = Page(stack.url("/api/v1/live"), stack.token())
        probe = Probe(caller, page, CALL_EVERY_S, Nurse(stack))
        pages = Pages(stack)
        with Load(stack, seconds, warm_s) as load, Meter(stack.pids) as meter:
            probe.start()
            pages.start()
            figures = load.wait()
            urgent, asked = probe.stop(), pages.stop()
        page.stop()
        for name in ("api", "analytics"):
            stack.stop(name)
        caller.stop()
        return {
            "beds": beds, "seconds": seconds, "warm_s": warm_s,
            **figures, **stored(stack, figures["samples_sent"], before),
            "rows_of_history": stack.history,
            "urgent": urgent, "pages": asked, "cpu_percent": meter.cpu_percent(), "memory_mb": meter.memory_mb(),
            "cpu_us_per_sample": meter.cpu_us_per(figures["samples_timed"]),
        }  # fmt: skip


def packed(stack: Stack) -> int:
    """Return how many samples stand in packs."""
    row = stack.owner.execute(_PACKED).fetchone()
    assert row is not None
    return int(row[0])


def stored(stack: Stack, samples: int, before: int) -> dict[str, Any]:
    """Count in the store, when ingest has been asked to end and so has packed all it has."""
    stack.stop("ingest")
    row = stack.owner.execute(_STORED).fetchone()
    assert row is not None
    readable = packed(stack) - before
    return {
        "messages_stored": row[0], "messages_twice": row[0] - row[1], "samples_packed": readable,
        "samples_lost": samples - row[1] * GATEWAY_BEDS, "samples_not_packed": samples - readable,
    }  # fmt: skip


class Load:
    """The generator's process: entering the context starts it and waits until all gateways send and are warm."""

    def __init__(self, stack: Stack, seconds: float, warm_s: int) -> None:
        self._plan = Plan(stack.broker, stack.homes, stack.gateways, seconds, warm_s=warm_s)

    def __enter__(self) -> Load:
        argv = [sys.executable, "-m", "tests.benchmarks.gateways"]
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(self._plan) + b"\n")
        self._process.stdin.flush()
        self._line()
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def wait(self) -> dict[str, Any]:
        """Return the figures when the time is over and everything is confirmed."""
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load generator ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
