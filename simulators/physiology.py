"""Vital signs at any moment, from what the person is and does. Pure, and from this simulator's own picture of the body:
nothing here is taken from the rules that watch it.

Heart and breathing follow effort with a lag of a minute or two, sink in sleep, swing slowly over minutes and with the
day (lowest about 4 h, warmest about 17 h), and rise with fever. Ranges: temperature 36.5 +- 0.28 Cel, breathing up to
28/min and saturation down to 91 % are normal in the old (clinical.md 1.4).
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, exp, pi
from typing import Any, NamedTuple

from simulators.chance import smooth
from simulators.illness import NONE, Effect
from simulators.people import Person
from simulators.truth import Stretch

# Added to the resting values: heart, breathing, systolic; and the level of movement in percent.
EFFORT = {
    "lying": (-2.0, -0.5, -4.0, 3.0),
    "sitting": (3.0, 0.5, 0.0, 8.0),
    "standing": (8.0, 1.0, 0.0, 12.0),
    "walking": (19.0, 4.5, 9.0, 45.0),
    "floor": (16.0, 4.0, 10.0, 15.0),
}
ASLEEP = (-7.0, -1.8, -12.0, 1.0)
LAG_S = 75.0
_HEART, _BREATH, _OXYGEN, _WARMTH, _PRESSURE, _MOVE, _SKIN = range(7)


class Vitals(NamedTuple):
    """heart, breathing /min; saturation %; temperature, skin Cel; systolic, diastolic mmHg; movement % (0 is still)."""

    heart: float
    breathing: float
    saturation: float
    temperature: float
    skin: float
    systolic: float
    diastolic: float
    movement: float


class Arithmetic(NamedTuple):
    """What the formulas are reckoned with: floats of one person, or arrays of several (`simulators.bodies`)."""

    exp: Callable[[Any], Any]
    cos: Callable[[Any], Any]
    smooth: Callable[[Any, Any, float], Any]
    high: Callable[[Any, Any], Any]
    low: Callable[[Any, Any], Any]


FLOATS = Arithmetic(exp, cos, smooth, max, min)


def vitals(person: Person, now: Stretch, before: Stretch, t: float, hour: float, effect: Effect = NONE) -> Vitals:
    """Return the vital signs at t (seconds since 1970).

    now: the stretch t lies in. before: the one ahead of it, which still shows for a while. hour: local, 0 to 24.
    effect: what illness or incident adds.
    """
    lying = now.posture == "lying"
    return signs(
        FLOATS, person, effort_of(now), effort_of(before), t - now.start, t, hour, now.asleep, lying, now.in_bed, effect
    )


def signs(
    m: Arithmetic, traits: Any, new: Any, old: Any, since: Any, t: Any, hour: Any, asleep: Any, lying: Any, in_bed: Any,
    effect: Effect,
) -> Vitals:  # fmt: skip
    """Return the vital signs; every argument a number, or arrays that fit. since: how long the stretch has lasted."""
    seed, smooth = traits.seed, m.smooth
    lag = m.exp(since / -LAG_S)
    # Who lies turns over a few times an hour for some seconds: 1 meanwhile, else 0 (or in between).
    turning = lying * m.high(0.0, m.low(1.0, (smooth(seed + 77, t, 45.0) - 2.0) * 8.0))
    wave = m.cos((hour - 16.0) / 12.0 * pi)
    temperature = traits.temperature + 0.18 * wave + 0.06 * smooth(seed + _WARMTH, t, 5_400) + effect.temperature
    heart = traits.heart + new[0] + (old[0] - new[0]) * lag + 2.0 * wave + 5.0 * turning + effect.heart
    heart = heart + 2.6 * smooth(seed + _HEART, t, 420) + 1.4 * smooth(seed + _HEART + 16, t, 25)
    breathing = traits.breathing + new[1] + (old[1] - new[1]) * lag + 1.0 * turning + effect.breathing
    breathing = breathing + 0.9 * smooth(seed + _BREATH, t, 300) + 0.6 * smooth(seed + _BREATH + 16, t, 20)
    saturation = traits.saturation - 0.6 * asleep + 0.7 * smooth(seed + _OXYGEN, t, 500) + effect.saturation
    systolic = traits.systolic + new[2] + (old[2] - new[2]) * lag + effect.systolic
    systolic = systolic + 5.0 * smooth(seed + _PRESSURE, t, 1_800)
    movement = new[3] * (1.0 + 0.5 * smooth(seed + _MOVE, t, 8)) + effect.movement + 55.0 * turning
    skin = temperature - 3.2 + 0.5 * in_bed + 0.4 * smooth(seed + _SKIN, t, 2_400)
    return Vitals(
        m.high(28.0, heart),
        m.high(5.0, breathing),
        m.high(60.0, m.low(100.0, saturation)),
        temperature,
        skin,
        systolic,
        0.42 * systolic + 22.0,
        m.high(0.0, m.low(100.0, movement)),
    )


def effort_of(stretch: Stretch) -> tuple[float, float, float, float]:
    """Return what posture or sleep add to heart, breathing and systolic, and the level of movement."""
    return ASLEEP if stretch.asleep else EFFORT[stretch.posture]
