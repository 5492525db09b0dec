"""Small worlds for the tests of the simulators."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from anxin.facility import Facility
from simulators.faults import Faults
from simulators.home import make_home
from simulators.scenario import Scenario, parse
from simulators.script import script_of
from simulators.truth import seconds_of
from simulators.world import World

NIGHT = seconds_of(datetime(2026, 3, 1, 18, 0, tzinfo=UTC))  # 02:00 in Shanghai


@cache
def home(residents: int = 9, seed: int = 1) -> Facility:
    return make_home(seed, residents)


def scripted(text: str, residents: int = 9, seed: int = 1) -> tuple[World, Faults]:
    """Return a world whose run starts at NIGHT, with these incidents and nothing else happening by chance."""
    head = 'name_en = "test"\nname_zh = "测试"\nchance = false\n'
    return of_scenario(parse(head + text, "test.toml", home(residents, seed)), residents, seed)


def of_scenario(scenario: Scenario, residents: int = 9, seed: int = 1) -> tuple[World, Faults]:
    facility = home(residents, seed)
    script, faults = script_of(scenario, facility, seed, NIGHT)
    return World(facility, seed, script, scenario.chance), Faults(faults)
