"""Many people at many moments as arrays: the same numbers as one by one, also when somebody is ill or changes place."""

from __future__ import annotations

import numpy as np

from simulators.bodies import bodies
from simulators.chance import smooth, smooth_columns
from tests.simulators.worlds import NIGHT, scripted

ILL = """
[[incident]]
kind = "unwell"
resident = "r-002"
illness = "chest_infection"
at_s = -90000
[[incident]]
kind = "out_of_bed"
resident = "r-001"
at_s = 1800
lasts_s = 1500
"""


def test_arrays_hold_what_each_moment_says() -> None:
    world, _ = scripted(ILL)
    people = list(world.people.values())
    moments = NIGHT + np.arange(0, 5_400, 120.0)
    found = bodies(world, people, moments)
    for row, person in enumerate(people):
        for column, t in enumerate(moments.tolist()):
            now, before = world.at(person.code, t)
            assert found.in_bed[row, column] == now.in_bed
            assert found.was_in_bed[row, column] == before.in_bed
            assert found.since[row, column] == t - now.start
            each = [np.asarray(array)[row, column] for array in found.vitals]
            assert np.allclose(each, world.vitals(person.code, t), atol=1e-9)
    assert found.in_bed[0].any() and not found.in_bed[0].all()


def test_noise_is_the_same_by_column() -> None:
    seeds = np.array([[3], [2**63 + 11], [2**64 - 1]], np.uint64)
    t = np.array([-5_000.0, 0.0, 1.7e9, 1.7e9 + 33.3])
    by_one = [[smooth(int(seed), when, 45.0) for when in t.tolist()] for (seed,) in seeds.tolist()]
    assert np.allclose(smooth_columns(seeds, t, 45.0), by_one, atol=1e-12)
