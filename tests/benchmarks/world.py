"""How fast a simulated world goes, on one core: for each level how many items it makes and how many times real time
that is, by processor time.

truth: the timeline, spans and moments. vitals: the truth and everybody's vital signs once a minute. sensed: all sensors
as events, vital signs every five minutes, faults on. zigbee, beds, bands, motion: raw payloads of a family.
"""

from __future__ import annotations

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


def run(residents: int, days: float, minutes: float, seed: int = 1) -> dict[str, object]:
    """Return the figures; minutes: of the night, for raw payloads."""
    home = make_home(seed, residents)
    span = days * 86_400.0

    def told() -> int:
        return len(truth(World(home, seed), START, START + span))

    def bodies() -> int:
        world, count = World(home, seed), 0
        for minute in range(int(span / 60)):
            for code in world.people:
                world.vitals(code, START + 60.0 * minute)
                count += 1
        return count

    def events() -> int:
        world = World(home, seed)
        return sum(1 for _ in sensed(world, START, START + span, Faults(drawn(home, seed, START)), 300.0))

    def payloads(family: Family) -> int:
        world = World(home, seed)
        return sum(1 for _ in messages(world, NIGHT, NIGHT + 60 * minutes, families=(family,)))

    levels = {"truth": _measure(told, span), "vitals": _measure(bodies, span), "sensed": _measure(events, span)}
    for family in Family:
        levels[family.value] = _measure(lambda family=family: payloads(family), 60 * minutes)  # type: ignore[misc]
    return {"residents": residents, "days": days, "levels": levels}


def _measure(work: Callable[[], int], simulated_s: float) -> dict[str, float]:
    begun = time.process_time()
    count = work()
    took = time.process_time() - begun
    return {"items": count, "seconds": round(took, 3), "x_real_time": round(simulated_s / took)}
