"""What a resident's nights are like: how long her trips out of bed last, and when she gets up for the day.

A limit that rings for one trip in five teaches a ward to ignore it. So her own 95th centile decides, between a floor
and a cap that hold for everybody (clinical.md 2.4, grade E). Trips are skewed, so their logarithms are counted; few
trips say little, so those of a published group weigh as much as the first ones of her own (Hamza 2023: 14 to 15 min,
SD 9 to 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import fmean, median

import msgspec

GROUP_MEAN_MIN, GROUP_SD_MIN = 14.5, 10.1
GROUP_WEIGHT = 20  # trips of her own that weigh as much as the group
TRIPS_KNOWN = 8  # before that the floor holds
RISES_KNOWN = 5
KEPT_TRIPS, KEPT_RISES = 80, 14
Z95, Z99 = 1.645, 2.326
STAYS_KNOWN, KEPT_STAYS = 12, 40


class Habit(msgspec.Struct):
    """trips: lengths of her last absences at night that she ended herself, in s. rises: when she got up for the day, in
    minutes since local midnight."""

    trips: list[int] = []
    rises: list[int] = []

    def limit_min(self, floor: float, cap: float) -> float:
        """Return after how many minutes an absence is long for her."""
        if len(self.trips) < TRIPS_KNOWN:
            return floor
        return min(max(floor, centile_95([max(trip, 60) / 60 for trip in self.trips])), max(cap, floor))

    def rises_from(self, before_min: float, unknown: float) -> float:
        """Return from which minute of the day on leaving the bed is getting up: so long before her usual time, or
        `unknown` where too few mornings are known."""
        return unknown if len(self.rises) < RISES_KNOWN else median(self.rises) - before_min

    def made_a_trip(self, seconds: float) -> None:
        self.trips = [*self.trips, round(seconds)][-KEPT_TRIPS:]

    def got_up(self, minute: int) -> None:
        self.rises = [*self.rises, minute][-KEPT_RISES:]


class Stays(msgspec.Struct):
    """How long stays in a place last, in s, by three hours of the day: mornings are longer than nights."""

    lengths: dict[str, list[int]] = {}

    def limit_min(self, minute: int, floor: float, cap: float) -> float:
        """Return after how many minutes a stay that began in that minute of the day is long here: the 99th centile of a
        log-normal fit, between floor and cap; the floor where too few are known."""
        known = self.lengths.get(_hours(minute), [])
        if len(known) < STAYS_KNOWN:
            return floor
        logs = [log(max(length, 60) / 60) for length in known]
        mean = fmean(logs)
        return min(max(floor, exp(mean + Z99 * sqrt(_variance(logs, mean)))), max(cap, floor))

    def ended(self, minute: int, seconds: float) -> None:
        hours = _hours(minute)
        self.lengths = {**self.lengths, hours: [*self.lengths.get(hours, []), round(seconds)][-KEPT_STAYS:]}


def _hours(minute: int) -> str:
    return str(minute // 180)


def centile_95(minutes: Sequence[float]) -> float:
    """Return the 95th centile of a log-normal fit to lengths (above 0), the published group weighed in."""
    group_variance = log(1 + (GROUP_SD_MIN / GROUP_MEAN_MIN) ** 2)
    group = log(GROUP_MEAN_MIN) - group_variance / 2
    logs = [log(length) for length in minutes]
    share = len(logs) / (len(logs) + GROUP_WEIGHT)
    own = fmean(logs)
    mean = share * own + (1 - share) * group
    variance = share * _variance(logs, own) + (1 - share) * group_variance
    return exp(mean + Z95 * sqrt(variance))


def _variance(values: Sequence[float], mean: float) -> float:
    """The variance of a population; `statistics` counts in exact fractions, at twenty times the price."""
    return fmean([(value - mean) ** 2 for value in values])
