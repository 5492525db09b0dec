"""The goals and ratios, read out of the figures. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """measure: figures → number, raises where a figure is missing. least, most: what is wanted."""

    what: str
    unit: str
    measure: Callable[[Figures], float]
    least: float | None = None
    most: float | None = None

    def row(self, figures: Figures) -> dict[str, Any]:
        """Return what was wanted, what was measured (None: not) and whether it is met (None: not measured)."""
        try:
            value: float | None = round(self.measure(figures), 3)
        except (KeyError, TypeError, ZeroDivisionError, ValueError):
            value = None
        met = None
        if value is not None:
            met = (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return {"goal": self.what, "unit": self.unit, "wanted": wanted, "measured": value, "met": met}


def at(figures: Figures, path: str) -> Any:
    """Return the figure at `part.key.key`. KeyError where it is missing."""
    found: Any = figures
    for key in path.split("."):
        found = found[key]
    return found


def _of(path: str) -> Callable[[Figures], float]:
    return lambda figures: float(at(figures, path))


def _ratio(above: str, below: str) -> Callable[[Figures], float]:
    return lambda figures: float(at(figures, above)) / float(at(figures, below))


def _lost(figures: Figures) -> float:
    one = figures["sustained"]
    return float(abs(one["samples_lost"]) + abs(one["samples_not_packed"]) + one["messages_twice"])


def _growth(figures: Figures) -> float:
    """How much the cost of a sample differs between the sizes: largest to smallest, in percent."""
    costs = [one["cpu_us_per_sample_in_all"] for one in figures["growth"].values() if isinstance(one, dict)]
    return float(100 * (max(costs) / min(costs) - 1))


def _grown(figures: Figures) -> float:
    """By how many percent the process that grew most grew, from the second fifth of the time to the last."""
    memory = figures["sustained"]["memory_mb"]
    names = ("ingest", "analytics", "api", "broker")
    return float(max(100 * (memory[name]["late"] / memory[name]["early"] - 1) for name in names))


_FIFTY, _ONE = "samples_per_s_fifty_a_message", "samples_per_s_one_a_message"
_LOG = "log.durable.rows_{}.{}"
_SPACE = "{}.{}.pack_bytes_per_sample"
_CHAIN = "peak.durable.rows_{}.chain.queryable_samples_per_s"
_READY, _PAGE = "sustained.ready_to_committed", "sustained.urgent.handed_over_to_page"
# Resident memory at 20,000 beds, as docs/faults.md states it.
MEMORY_MB = {"ingest": 500, "analytics": 600, "api": 200, "broker": 300}
GOALS: tuple[Goal, ...] = (
    Goal("sustained load: lost, twice or not readable", "samples", _lost, most=0),
    Goal("sustained load: ingest", "% of a core", _of("sustained.cpu_percent.ingest"), most=15),
    Goal("sustained load: analytics, all detectors", "% of a core", _of("sustained.cpu_percent.analytics"), most=35),
    Goal("sustained load: growth of memory", "%", _grown, most=10),
    *(
        Goal(f"sustained load: memory of {part}, highest", "MB", _of(f"sustained.memory_mb.{part}.peak"), most=bound)
        for part, bound in MEMORY_MB.items()
    ),
    Goal("batch ready → committed, p50", "ms", _of(f"{_READY}.p50_ms"), most=25),
    Goal("batch ready → committed, p99", "ms", _of(f"{_READY}.p99_ms"), most=100),
    Goal("urgent event → open page, p50", "ms", _of(f"{_PAGE}.p50_ms"), most=150),
    Goal("urgent event → open page, p99", "ms", _of(f"{_PAGE}.p99_ms"), most=1_000),
    Goal("peak, 50 samples a message, stored once and readable", "samples/s", _of(_CHAIN.format(50)), least=150_000),
    Goal(
        "peak, one sample a message, to the broker alone with the same client", "ratio",
        _ratio("peak.durable.rows_1.chain.committed_messages_per_s", "peak.durable.rows_1.broker_alone.messages_per_s"),
        least=0.8,
    ),
    Goal("log to psql \\copy binary, rows of 50 samples", "ratio", _of(_LOG.format(50, "ours_to_psql")), least=0.8),
    Goal("log to psql \\copy binary, rows of one sample", "ratio", _of(_LOG.format(1, "ours_to_psql")), least=0.8),
    Goal("cost of repeats to new ones", "ratio", _of(_LOG.format(50, "repeat_cost_to_new")), most=1),
    Goal("samples/s to naive, 50 a message", "ratio", _ratio(_CHAIN.format(50), f"naive.{_FIFTY}"), least=20),
    Goal("samples/s to naive, one a message", "ratio", _ratio(_CHAIN.format(1), f"naive.{_ONE}"), least=20),
    Goal(
        "samples/s to Node-RED loss-free, 50 a message", "ratio",
        _ratio(_CHAIN.format(50), f"node_red.safe.{_FIFTY}"), least=6,
    ),
    Goal(
        "samples/s to Node-RED loss-free, one a message", "ratio",
        _ratio(_CHAIN.format(1), f"node_red.safe.{_ONE}"), least=6,
    ),
    Goal(
        "samples/s to Node-RED's fastest, 50 a message", "ratio",
        _ratio(_CHAIN.format(50), f"node_red.joined.{_FIFTY}"), least=3,
    ),
    Goal(
        "samples/s to Node-RED's fastest, one a message", "ratio",
        _ratio(_CHAIN.format(1), f"node_red.joined.{_ONE}"), least=3,
    ),
    Goal("space, TimescaleDB", "bytes/sample", _of(_SPACE.format("space", "durable")), most=20),
    Goal("space, embedded PostgreSQL", "bytes/sample", _of(_SPACE.format("space", "embedded")), most=20),
    Goal("space at uneven times, TimescaleDB", "bytes/sample", _of(_SPACE.format("space_uneven", "durable")), most=20),
    Goal("wall of one ward at load, p50", "ms", _of("sustained.pages.wall_of_one_ward.p50_ms"), most=50),
    Goal("one resident's night at load, p50", "ms", _of("sustained.pages.one_residents_night.p50_ms"), most=100),
    Goal("a foreign gateway's message to its meaning", "µs", _of("mappings.decode_us"), most=30),
    Goal("growth, 1,000 to 50,000 beds: cost of a sample differs by", "%", _growth, most=20),
)  # fmt: skip


def table(figures: Figures) -> list[dict[str, Any]]:
    """Return a row for each goal."""
    return [goal.row(figures) for goal in GOALS]
