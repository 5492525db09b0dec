"""How fast a simulated world goes, on one core: `python -m tests.benchmarks.bench_world [--residents 100] [--days 1]`.

Prints JSON: for each level how many items it makes and how many times real time that is, by processor time. truth: the
timeline, spans and moments. vitals: the truth and everybody's vital signs once a minute. sensed: all sensors as events,
vital signs every five minutes, faults on. zigbee, beds, bands, motion: raw payloads of a family, for `--minutes` of the
night.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from simulators.faults import Faults, drawn
from simulators.home import make_home
from simulators.home_devices import Family
from simulators.sensed import sensed
from simulators.stream import messages
from simulators.timeline import truth
from simulators.truth import seconds_of
from simulators.world import World

START = seconds_of(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))
NIGHT = START + 14 * 3_600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=100)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    home = make_home(options.seed, options.residents)
    span = options.days * 86_400.0

    def told() -> int:
        return len(truth(World(home, options.seed), START, START + span))

    def bodies() -> int:
        world, count = World(home, options.seed), 0
        for minute in range(int(span / 60)):
            for code in world.people:
                world.vitals(code, START + 60.0 * minute)
                count += 1
        return count

    def events() -> int:
        world = World(home, options.seed)
        return sum(1 for _ in sensed(world, START, START + span, Faults(drawn(home, options.seed, START)), 300.0))

    def payloads(family: Family) -> int:
        world = World(home, options.seed)
        return sum(1 for _ in messages(world, NIGHT, NIGHT + 60 * options.minutes, families=(family,)))

    report = {"residents": options.residents, "days": options.days, "levels": {}}
    levels = {"truth": _measure(told, span), "vitals": _measure(bodies, span), "sensed": _measure(events, span)}
    for family in Family:
        levels[family.value] = _measure(lambda family=family: payloads(family), 60 * options.minutes)  # type: ignore[misc]
    print(json.dumps(report | {"levels": levels}, indent=1))


def _measure(work: Callable[[], int], simulated_s: float) -> dict[str, float]:
    begun = time.process_time()
    count = work()
    took = time.process_time() - begun
    return {"items": count, "seconds": round(took, 3), "x_real_time": round(simulated_s / took)}


if __name__ == "__main__":
    main()
