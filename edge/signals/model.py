"""What every signal processor takes and gives: chunks of raw samples in; readings, findings and faults out.

Pure: no clock, no I/O. A processor sees one sensor of one resident; it must not know who or where that is. Times are
epoch seconds (float64, UTC); the shell turns them into aware datetimes on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from anxin.vocabulary import DetectionKind, ObservationKind, Phase

Floats: TypeAlias = NDArray[np.float64]
State: TypeAlias = dict[str, Any]
Setting: TypeAlias = float | int | str | bool | None
Settings: TypeAlias = Mapping[str, Setting]


class SignalError(ValueError):
    """A chunk or a setting that cannot be processed: the text names what, where and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Raw samples as they came from one sensor.

    time: (n,) epoch seconds; ascending in the ordinary case, gaps and jitter allowed, repeats are dropped by the
    processor. values: (n, channels); NaN marks a sample the sensor could not give. unit: as the device states it
    ("g", "m/s2", "mg", "count", "V", …). Raises SignalError when the shapes disagree or a time is not finite.
    """

    time: Floats
    values: Floats
    unit: str

    def __post_init__(self) -> None:
        if self.time.ndim != 1 or self.values.ndim != 2 or len(self.time) != len(self.values):
            raise SignalError(
                f"chunk with times {self.time.shape} and values {self.values.shape}: "
                "give times (n,) and values (n, channels) of the same n"
            )
        if len(self.time) and not np.isfinite(self.time).all():
            raise SignalError("chunk with a time that is not finite: leave such samples out")

    @staticmethod
    def of(time: object, values: object, unit: str) -> Chunk:
        """Build a chunk from anything array-like; one-dimensional values become one channel."""
        table = np.array(values, dtype=np.float64)
        if table.ndim == 1:
            table = table[:, None]
        return Chunk(np.array(time, dtype=np.float64), table, unit)

    def part(self, start: int, stop: int) -> Chunk:
        """The samples start..stop-1 as a chunk of their own (views, no copies)."""
        return Chunk(self.time[start:stop], self.values[start:stop], self.unit)


class FaultCode(StrEnum):
    """Why a signal cannot be trusted; stands as `fault` in a device status on the wire."""

    GAP = "signal_gap"
    SATURATED = "signal_saturated"
    STUCK = "signal_stuck"
    UNIT = "signal_unit"


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured fact. value None says: a value was due and none can be given (quality tells how bad it is).

    quality: 0 (worthless) to 1. Rates are per minute, states 0 or 1, as `anxin.vocabulary.OBSERVATIONS` says.
    """

    time: float
    kind: ObservationKind
    value: float | None
    quality: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that began, changed or ended. `episode` binds its phases; `time` is when it happened.

    evidence: the numbers behind it, SI or named units in the key (peak_g, time_on_ground_s).
    """

    time: float
    detection: DetectionKind
    phase: Phase
    episode: str
    evidence: Mapping[str, float | str | bool] = field(default_factory=dict)
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """The signal became untrustworthy (`present`) or is sound again: a technical condition, never a value."""

    time: float
    code: FaultCode
    present: bool


Output: TypeAlias = Reading | Finding | Fault


class Processor(Protocol):
    """The one contract of edge/signals; `tests/edge/signals/test_contract.py` runs it on every registered processor.

    Any split of the same samples into chunks gives the same outputs in the same order. The chunk is never changed.
    """

    def feed(self, chunk: Chunk) -> list[Output]:
        """Take the next samples; give what became known by them, in order of becoming known."""
        ...

    def finish(self, now: float) -> list[Output]:
        """No more samples will come (or none came for long): decide what is pending with what is at hand."""
        ...

    def state(self) -> State:
        """Everything the future depends on, as plain JSON values."""
        ...

    def restore(self, state: State) -> None:
        """Continue from `state()` of a processor with the same settings; SignalError when it does not fit."""
        ...


Factory: TypeAlias = Callable[[Settings], Processor]


def read_settings(given: Settings, allowed: Mapping[str, Setting], where: str) -> dict[str, Setting]:
    """The allowed settings with the given ones laid over; SignalError names an unknown key or a wrong type."""
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise SignalError(f"{where}: unknown setting {', '.join(unknown)}; known are {', '.join(sorted(allowed))}")
    merged = {**allowed, **given}
    for key, default in allowed.items():
        value = merged[key]
        if isinstance(default, str) != isinstance(value, str):
            raise SignalError(f"{where}: setting {key}={value!r} should be like {default!r}")
    return merged


def number(value: Setting) -> float | None:
    """A setting as a number, None where it was left out; SignalError when it is a word."""
    if value is None:
        return None
    if isinstance(value, str):
        raise SignalError(f"setting {value!r} should be a number")
    return float(value)
