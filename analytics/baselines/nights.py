"""A night against the nights before it, over all signs of one resident. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import hypot, inf
from statistics import median

import msgspec

from analytics.baselines.robust import robust_z

Traits = Callable[[str], tuple[str, float, tuple[int, ...]]]  # series → sign, smallest spread, sides that mean worse
RECENT = 3


class Nights(msgspec.Struct):
    """One series of nightly values. usual: the nights learned, oldest first. recent: how far the last three lay off, in
    spreads."""

    usual: list[float] = []
    recent: list[float] = []


@dataclass(frozen=True, slots=True)
class Rule:
    """nights_least: so many must be known. at_once, repeated: spreads that count in one night, and in two of three
    nights or for two signs at once. together: of two and more signs that lie a spread off in one night,
    as the root of the sum of their squares."""

    nights_least: int
    nights_most: int
    at_once: float
    repeated: float
    together: float = inf


@dataclass(frozen=True, slots=True)
class Night:
    """What a night was. off: sign → spreads to the bad side, with its direction. usual: sign → her usual value.

    why: in words, "" where nothing is worse. clear: by much, or by several signs. near: every sign is as usual.
    """

    off: dict[str, float]
    usual: dict[str, float]
    why: str
    clear: bool
    near: bool

    @property
    def worse(self) -> bool:
        return bool(self.why)


def judge(nights: dict[str, Nights], tonight: Mapping[str, float], traits: Traits, rule: Rule, learn: bool) -> Night:
    """Return what the night was, and remember it in `nights`: as a usual one only where `learn` and nothing was worse.

    tonight: series → nightly value.
    """
    seen: dict[str, list[tuple[float, list[float]]]] = {}  # sign → by device: spreads tonight, of the last nights
    usual: dict[str, float] = {}
    for series, value in tonight.items():
        sign, floor, sides = traits(series)
        known = nights.setdefault(series, Nights())
        if len(known.usual) < rule.nights_least:
            continue
        z = robust_z(value, known.usual, floor)
        bad = z if (1 if z > 0 else -1) in sides else 0.0
        known.recent = [*known.recent, bad][-RECENT:]
        seen.setdefault(sign, []).append((bad, known.recent))
        usual[sign] = median(known.usual)
    off = {sign: agreed([bad for bad, _ in devices]) for sign, devices in seen.items()}
    why, clear = _why(off, {sign: [recent for _, recent in devices] for sign, devices in seen.items()}, rule)
    if learn and not why:
        for series, value in tonight.items():
            nights[series].usual = [*nights[series].usual, value][-rule.nights_most :]
    return Night(off, usual, why, clear, all(abs(z) < rule.repeated for z in off.values()))


def agreed(spreads: list[float]) -> float:
    """Return how far a sign lies off where several devices measure it: as far as all of them say, to one side."""
    if min(spreads) > 0 or max(spreads) < 0:
        return min(spreads, key=abs)
    return 0.0


def _why(off: Mapping[str, float], recent: Mapping[str, list[list[float]]], rule: Rule) -> tuple[str, bool]:
    """Return what is worse in words, and whether clearly so."""
    far = {sign: z for sign, z in off.items() if abs(z) >= rule.at_once}
    if far:
        return f"{_words(far)}, limit {rule.at_once:g} in one night", True
    several = {sign: z for sign, z in off.items() if abs(z) >= rule.repeated}
    if len(several) > 1:
        return f"{_words(several)}, limit {rule.repeated:g} for two signs", True
    again = {sign: z for sign, z in several.items() if all(_repeats(nights, rule) for nights in recent[sign])}
    if again:
        return f"{_words(again)}, limit {rule.repeated:g} in two of three nights", False
    sum_up = {sign: z for sign, z in off.items() if abs(z) >= 1}
    length = hypot(*sum_up.values())
    if len(sum_up) > 1 and length >= rule.together:
        return f"{_words(sum_up)}, together {length:.1f}, limit {rule.together:g}", False
    return "", False


def _repeats(nights: list[float], rule: Rule) -> bool:
    """Whether two of the last three nights lay off to the side of the last one."""
    side = 1 if nights[-1] > 0 else -1
    return sum(z * side >= rule.repeated for z in nights) >= 2


def _words(signs: Mapping[str, float]) -> str:
    return " and ".join(f"{sign.replace('_', ' ')} {z:+.1f} spreads" for sign, z in sorted(signs.items()))
