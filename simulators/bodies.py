"""Several people at many moments as arrays: what `physiology` says of one person at one moment, for evaluations over
months. Pure; the formulas are the same, only the arithmetic is numpy's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators.chance import smooth_columns
from simulators.illness import NONE, Effect
from simulators.people import Person
from simulators.physiology import Arithmetic, Vitals, effort_of, signs
from simulators.truth import OUTSIDE
from simulators.world import World

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
COLUMNS = Arithmetic(np.exp, np.cos, smooth_columns, np.maximum, np.minimum)
TRAITS = ("heart", "breathing", "saturation", "temperature", "systolic")


class Bodies(NamedTuple):
    """Arrays of shape (people, moments). since: for how long the stretch has lasted, s. lifeless: no sign of life
    can be felt. vitals: of arrays."""

    in_bed: BoolArray
    was_in_bed: BoolArray
    edge: BoolArray
    outside: BoolArray
    lifeless: BoolArray
    since: FloatArray
    vitals: Vitals


class Traits(NamedTuple):
    """The traits of several people, shape (people, 1)."""

    seed: NDArray[np.uint64]
    heart: FloatArray
    breathing: FloatArray
    saturation: FloatArray
    temperature: FloatArray
    systolic: FloatArray


def bodies(world: World, people: Sequence[Person], moments: FloatArray) -> Bodies:
    """Return everybody at all moments (seconds since 1970, ascending, within a day or so)."""
    shape = len(people), len(moments)
    marks = np.zeros((7, *shape), bool)
    start, efforts = np.zeros(shape), np.zeros((2, 4, *shape))
    for row, person in enumerate(people):
        _lay(world, person, moments, marks[:, row], start[row], efforts[:, :, row])
    in_bed, was_in_bed, edge, outside, asleep, lying, lifeless = marks
    since = moments - start
    hour = np.array([world.calendar.hour(t) for t in moments.tolist()])
    traits = Traits(
        np.array([[person.seed] for person in people], np.uint64),
        *(np.array([[getattr(person, name)] for person in people], np.float64) for name in TRAITS),
    )
    found = signs(
        COLUMNS, traits, efforts[0], efforts[1], since, moments, hour, asleep, lying, in_bed,
        _effects(world, people, moments),
    )  # fmt: skip
    return Bodies(in_bed, was_in_bed, edge, outside, lifeless, since, found)


def _lay(world: World, person: Person, moments: FloatArray, marks: Any, start: FloatArray, efforts: Any) -> None:
    """Fill in one person's row from the stretches that touch the moments."""
    times: list[float] = moments.tolist()
    first, last = times[0], times[-1]
    before = world.at(person.code, first)[1]
    for now in world.stretches(person.code, first, last + 1e-3):
        low, high = bisect_left(times, now.start), bisect_left(times, now.end)
        if low < high:
            part = slice(low, high)
            marks[:, part] = np.array(
                [now.in_bed, before.in_bed, now.doing == "edge", now.room == OUTSIDE, now.asleep,
                 now.posture == "lying", now.doing == "lifeless"], bool)[:, None]  # fmt: skip
            start[part] = now.start
            efforts[0, :, part] = np.array(effort_of(now))[:, None]
            efforts[1, :, part] = np.array(effort_of(before))[:, None]
        before = now


def _effects(world: World, people: Sequence[Person], moments: FloatArray) -> Effect:
    """What illness and script add; NONE where nobody is ill."""
    arrays: list[FloatArray] = []
    for row, person in enumerate(people):
        if world.is_well(person.code, float(moments[0]), float(moments[-1])):
            continue
        arrays = arrays or [np.zeros((len(people), len(moments))) for _ in Effect._fields]
        for column, t in enumerate(moments.tolist()):
            for array, value in zip(arrays, world.effect(person.code, t), strict=True):
                array[row, column] = value
    return Effect(*arrays) if arrays else NONE  # type: ignore[arg-type]  # arrays in place of numbers
