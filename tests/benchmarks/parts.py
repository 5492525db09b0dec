"""The parts of the benchmark, in the order in which they are run. A new one is added here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import ceilings, edge, engine, growth, mappings, peak, peers, signals, space, sustained, world

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """beds, minutes: of the sustained load. quick: so short that the figures mean nothing, to see that all runs."""

    beds: int = 20_000
    minutes: float = 10.0
    quick: bool = False

    def seconds(self, usual: float) -> float:
        return min(usual, 3.0) if self.quick else usual

    def of(self, usual: int, little: int) -> int:
        return little if self.quick else usual


@dataclass(frozen=True, slots=True)
class Part:
    """name: as in --only and in bench.json. Part of the default run."""

    name: str
    what: str
    run: Callable[[Options], Figures]


def _kinds(call: Callable[[str], Figures]) -> dict[str, Callable[[], Figures]]:
    return {kind: lambda kind=kind: call(kind) for kind in ("durable", "embedded")}  # type: ignore[misc]


def _peak_rows(kind: str, options: Options) -> Figures:
    beds = options.of(options.beds, 500)
    return {
        f"rows_{rows}": {
            "broker_alone": ceilings.broker_alone(kind, options.seconds(4), rows),
            "chain": peak.run(kind, beds, options.seconds(6), rows),
        }
        for rows in (50, 1)
    }


def _log(kind: str, options: Options) -> Figures:
    return {f"rows_{rows}": ceilings.log_write(kind, options.of(count, 6_000), rows) for rows, count in _LOG_ROWS}


_LOG_ROWS = ((50, 20_000), (1, 40_000))


def _growth(options: Options) -> Figures:
    sizes = (500, 1_000) if options.quick else (1_000, 5_000, 20_000, 50_000)
    return {str(beds): growth.run(beds, options.seconds(25), options.of(10, 1)) for beds in sizes}


def _sustained(kind: str, options: Options, seconds: float, days: int) -> Figures:
    return sustained.run(
        kind, options.of(options.beds, 500), options.seconds(seconds), options.of(days, 2), options.of(30, 1)
    )


PARTS: tuple[Part, ...] = (
    Part(
        "log", "writing the log, and psql \\copy binary of the same rows",
        lambda o: _each(_kinds(lambda k: _log(k, o))),
    ),
    Part(
        "peak", "as fast as it goes, and the broker alone with the same client",
        lambda o: _each(_kinds(lambda k: _peak_rows(k, o))),
    ),
    Part("sustained", "a city at one sample a second", lambda o: _sustained("durable", o, o.minutes * 60, 90)),
    Part("embedded", "the same on the embedded pair", lambda o: _sustained("embedded", o, 30, 2)),
    Part("growth", "what a sample costs, by size", _growth),
    Part("naive", "peer: paho, a commit for each message", lambda o: peers.naive(o.seconds(5))),
    Part("node_red", "peer: Node-RED, loss-free and fastest", lambda o: _each({
        mode: lambda mode=mode: peers.node_red(mode, o.seconds(5)) for mode in ("safe", "joined")  # type: ignore[misc]
    })),
    Part("edge", "one edge agent at its limit", lambda o: edge.limits(50, o.seconds(3))),
    Part("engine", "all detectors, without the database", lambda o: engine.run(o.of(o.beds, 500), o.of(10, 3))),
    Part("space", "bytes for a stored sample", lambda o: space.both(o.of(1_000, 100), o.of(3, 1), 0)),
    Part("space_uneven", "the same with uneven times", lambda o: space.both(o.of(500, 100), o.of(4, 1), 200)),
    Part("signals", "raw signals at the edge", lambda o: {"processors": signals.measure()}),
    Part("mappings", "gateway messages at the edge", lambda o: mappings.run(o.of(40, 1))),
    Part("simulator", "the simulated home", lambda o: world.run(o.of(100, 10), 0.25, o.of(5, 1))),
)  # fmt: skip


def _each(calls: dict[str, Callable[[], Figures]]) -> Figures:
    """Run what can be run; what is not installed is named in its place."""
    from tests.benchmarks.stack import NotInstalled

    found: Figures = {}
    for name, call in calls.items():
        try:
            found[name] = call()
        except NotInstalled as missing:
            found[name] = {"not_measured": str(missing)}
    return found
