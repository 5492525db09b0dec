"""NEWS2, the score of charted observation rounds: a calculator, not an alarm on bed sensors. Pure.

Tables and bands: Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017 (clinical.md 1.1, 1.2). Scale
2 for oxygen holds only where a clinician has prescribed a target of 88 to 92 %; it is never chosen here. Fewer than
seven inputs give a partial score, which has no band: it could only look lower than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType


class Consciousness(StrEnum):
    """ACVPU. NEW_CONFUSION: new, or not known to be old; a resident's lasting confusion is ALERT."""

    ALERT = "A"
    NEW_CONFUSION = "C"
    VOICE = "V"
    PAIN = "P"
    UNRESPONSIVE = "U"


class Risk(StrEnum):
    """Clinical risk (clinical.md 1.2)."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Chart:
    """One round of observations; None: not taken. Rates per minute, spo2 in %, systolic in mmHg, temperature in Cel.

    oxygen: breathes supplemental oxygen. scale2: a clinician prescribed oxygen scale 2.
    """

    respiratory_rate: float | None = None
    spo2: float | None = None
    oxygen: bool | None = None
    systolic: float | None = None
    pulse: float | None = None
    consciousness: Consciousness | None = None
    temperature: float | None = None
    scale2: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """parts: points of each input that was taken. risk: None for a partial score. single_3: an input alone gives 3."""

    parts: Mapping[str, int]
    total: int
    risk: Risk | None
    single_3: bool

    @property
    def complete(self) -> bool:
        return len(self.parts) == len(INPUTS)

    def __str__(self) -> str:
        if self.risk is not None:
            return f"{self.total} {self.risk.value}"
        return f"partial ({len(self.parts)}/{len(INPUTS)}), {self.total} so far"


INPUTS = ("respiratory_rate", "spo2", "oxygen", "systolic", "pulse", "consciousness", "temperature")
# (from this value on, points), ascending; below the first it is the first's points.
_Bands = tuple[tuple[float, int], ...]
_RESPIRATION: _Bands = ((0, 3), (9, 1), (12, 0), (21, 2), (25, 3))
_SPO2_SCALE1: _Bands = ((0, 3), (92, 2), (94, 1), (96, 0))
_SPO2_SCALE2_AIR: _Bands = ((0, 3), (84, 2), (86, 1), (88, 0))
_SPO2_SCALE2_OXYGEN: _Bands = (*_SPO2_SCALE2_AIR, (93, 1), (95, 2), (97, 3))
_SYSTOLIC: _Bands = ((0, 3), (91, 2), (101, 1), (111, 0), (220, 3))
_PULSE: _Bands = ((0, 3), (41, 1), (51, 0), (91, 1), (111, 2), (131, 3))
_TEMPERATURE: _Bands = ((0, 3), (35.1, 1), (36.1, 0), (38.1, 1), (39.1, 2))


def score(chart: Chart) -> Score:
    """Return the score of a round. Temperature is rounded half up to 0.1, all else to whole numbers, before banding."""
    parts: dict[str, int] = {}
    if chart.respiratory_rate is not None:
        parts["respiratory_rate"] = _points(chart.respiratory_rate, _RESPIRATION)
    if chart.spo2 is not None and (oxygen_bands := _oxygen_bands(chart)) is not None:
        parts["spo2"] = _points(chart.spo2, oxygen_bands)
    if chart.oxygen is not None:
        parts["oxygen"] = 2 if chart.oxygen else 0
    if chart.systolic is not None:
        parts["systolic"] = _points(chart.systolic, _SYSTOLIC)
    if chart.pulse is not None:
        parts["pulse"] = _points(chart.pulse, _PULSE)
    if chart.consciousness is not None:
        parts["consciousness"] = 0 if chart.consciousness is Consciousness.ALERT else 3
    if chart.temperature is not None:
        parts["temperature"] = _points(chart.temperature, _TEMPERATURE, "0.1")
    total, single_3 = sum(parts.values()), 3 in parts.values()
    risk = _risk(total, single_3) if len(parts) == len(INPUTS) else None
    return Score(MappingProxyType(parts), total, risk, single_3)


def _oxygen_bands(chart: Chart) -> _Bands | None:
    """On scale 2 the same saturation means another thing with oxygen than on air: unknown without that."""
    if not chart.scale2:
        return _SPO2_SCALE1
    if chart.oxygen is None:
        return None
    return _SPO2_SCALE2_OXYGEN if chart.oxygen else _SPO2_SCALE2_AIR


def _points(value: float, bands: _Bands, step: str = "1") -> int:
    rounded = float(Decimal(str(value)).quantize(Decimal(step), ROUND_HALF_UP))
    points = bands[0][1]
    for begins, worth in bands:
        if rounded >= begins:
            points = worth
    return points


def _risk(total: int, single_3: bool) -> Risk:
    if total >= 7:
        return Risk.HIGH
    if total >= 5:
        return Risk.MEDIUM
    return Risk.LOW_MEDIUM if single_3 else Risk.LOW
