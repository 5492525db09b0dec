"""What an accelerometer at the waist feels, in g, from what the person does. Pure, and this simulator's own picture.

Axes: x to the right, y up, z forward, in a standing person. Postures turn gravity, steps add a rhythm and its second
harmonic, sitting down is a soft bump. In a fall weight goes for some tenths of a second, then comes a blow of about a
tenth of a second, a second one as the body settles, and ringing while it turns to lie; afterwards people stir
(clinical.md 3.1: the time after a real fall was typically not motionless). How strong and how long: as in 600 acted
falls recorded at the waist (SisFall; 10th, 50th, 90th percentile: peak 3.3, 5.2, 8.5 g; above 1.5 g for 0.10, 0.16,
0.26 s), a little softer.
"""

from __future__ import annotations

from math import cos, exp, pi, sin, sqrt
from typing import NamedTuple

from simulators.chance import Chance, smooth, unit
from simulators.people import Mobility, Person
from simulators.truth import Stretch

TURN_S = 1.8
DROP_S = 0.55
Vector = tuple[float, float, float]
_UP = (0.0, 1.0, 0.0)
_GRAVITY: dict[str, Vector] = {
    "walking": _UP,
    "standing": _UP,
    "sitting": (0.03, 0.93, -0.36),
    "lying": (0.05, 0.12, 0.99),
}


class Blow(NamedTuple):
    """A fall's own figures: its peak in g and length in s, when the second blow comes and its share of the first, where
    it comes from, and how the person then lies."""

    peak: float
    length: float
    second_at: float
    second: float
    side: float
    lying: Vector


def feel(person: Person, before: Stretch, now: Stretch, after: Stretch, t: float) -> Vector:
    """Return (x, y, z) in g at t, which lies in `now`."""
    x, y, z = _gravity(person, before, now, t)
    if now.posture == "walking":
        x, y, z = _step(person, x, y, z, t)
    elif t - now.start < TURN_S and now.posture in ("sitting", "lying") and before.posture != now.posture:
        y += 0.22 * sin(pi * (t - now.start) / TURN_S) ** 8
    if after.posture == "floor" != now.posture and now.end - t < DROP_S:
        left = 1.0 - 0.7 * sin(pi * min(1.0, (DROP_S - (now.end - t)) / DROP_S)) ** 2
        x, y, z = x * left, y * left, z * left
    if now.posture == "floor" and before.posture != "floor":
        x, y, z = _impact(_blow(person, now), x, y, z, t - now.start)
    stir = 0.006 + (0.05 * max(0.0, smooth(person.seed + 701, t, 4.0)) if now.posture == "floor" else 0.0)
    tick = int(t * 1_000)
    return (
        x + stir * (unit(person.seed, tick) - 0.5) * 3.4,
        y + stir * (unit(person.seed + 1, tick) - 0.5) * 3.4,
        z + stir * (unit(person.seed + 2, tick) - 0.5) * 3.4,
    )


def _gravity(person: Person, before: Stretch, now: Stretch, t: float) -> Vector:
    """Return the direction of gravity, turned from the last posture into this one."""
    new = _posture(person, now)
    span = 0.45 if now.posture == "floor" else TURN_S
    if t - now.start >= span or before.posture == now.posture:
        return new
    old = _posture(person, before)
    weight = (1.0 - cos(pi * (t - now.start) / span)) / 2.0
    mixed = [a + (b - a) * weight for a, b in zip(old, new, strict=True)]
    length = sqrt(sum(part * part for part in mixed)) or 1.0
    return mixed[0] / length, mixed[1] / length, mixed[2] / length


def _posture(person: Person, stretch: Stretch) -> Vector:
    return _blow(person, stretch).lying if stretch.posture == "floor" else _GRAVITY[stretch.posture]


def _step(person: Person, x: float, y: float, z: float, t: float) -> Vector:
    able = person.mobility == Mobility.INDEPENDENT
    rate = (1.75 if able else 1.35) * (1.0 + 0.03 * smooth(person.seed + 702, t, 5.0))
    strength = (0.24 if able else 0.13) * (1.0 + 0.2 * smooth(person.seed + 703, t, 3.0))
    phase = 2.0 * pi * rate * t
    return (
        x + 0.35 * strength * sin(phase / 2.0),
        y + strength * (sin(phase) + 0.4 * sin(2.0 * phase + 0.7)),
        z + 0.6 * strength * sin(phase + 1.1),
    )


def _blow(person: Person, floor: Stretch) -> Blow:
    chance = Chance(person.seed, "blow", floor.start)
    peak, side = max(2.2, min(9.0, chance.lognormal(4.8, 1.7))), chance.between(-1.0, 1.0)
    length, second_at, second = chance.between(0.09, 0.16), chance.between(0.18, 0.34), chance.between(0.25, 0.6)
    tilt = chance.between(0.02, 0.25)
    flat = sqrt(1.0 - tilt * tilt)
    forward = sqrt(1.0 - side * side) * (1.0 if chance.happens(0.5) else -1.0)
    return Blow(peak, length, second_at, second, side, (flat * side, tilt, flat * forward))


def _impact(blow: Blow, x: float, y: float, z: float, since_s: float) -> Vector:
    """Add the two blows and their ringing, which is gone after a second."""
    if since_s > 1.0:
        return x, y, z
    force = _pulse(since_s, blow.length) + blow.second * _pulse(since_s - blow.second_at, 0.8 * blow.length)
    force += 0.22 * exp(-since_s / 0.18) * cos(2.0 * pi * 9.0 * since_s)
    force *= blow.peak - 0.6
    return x + force * 0.6 * blow.side, y + force * 0.75, z + force * 0.5


def _pulse(since_s: float, length_s: float) -> float:
    return sin(pi * since_s / length_s) if 0.0 <= since_s < length_s else 0.0
