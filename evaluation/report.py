"""The rows every evaluation prints: one object for each data set, group and placement, the same keys always.

Events (falls, bed exits) and rates (heart, respiration, pulse) have their own keys; null stands where a figure does not
apply or cannot be had from the folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class EventRow:
    """Figures of a yes/no task; shares from 0 to 1, delays in seconds from the happening to the output."""

    dataset: str
    group: str
    placement: str | None
    subjects: int | None
    trials: int
    hours: float
    sensitivity: float | None
    specificity: float | None
    precision: float | None
    false_alarms_per_hour: float | None
    delay_p50_s: float | None
    delay_p95_s: float | None


@dataclass(frozen=True, slots=True)
class PostureRow:
    """As EventRow, with the share of frames whose posture was named right."""

    dataset: str
    group: str
    placement: str | None
    subjects: int
    trials: int
    hours: float
    sensitivity: float | None
    specificity: float | None
    precision: float | None
    false_alarms_per_hour: float | None
    delay_p50_s: float | None
    delay_p95_s: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """Mean absolute error per minute over the covered windows, and the share of windows that were covered."""

    dataset: str
    group: str
    subjects: int
    hours: float
    mae: float | None
    coverage: float | None


Row = EventRow | PostureRow | RateRow


def share(part: int, whole: int) -> float | None:
    """part / whole rounded to 4 digits, None for an empty whole."""
    return None if whole == 0 else round(part / whole, 4)


def percentile(values: Sequence[float], q: float) -> float | None:
    """q-th percentile rounded to 2 digits, None of nothing."""
    return round(float(np.percentile(np.array(values), q)), 2) if values else None


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON array of objects."""
    return json.dumps([asdict(row) for row in rows], indent=1)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def as_table(rows: Sequence[Row]) -> str:
    """The rows as aligned text; rows of different kinds get their own heads."""
    lines: list[str] = []
    for kind in dict.fromkeys(type(row) for row in rows):
        table = [asdict(row) for row in rows if type(row) is kind]
        cells = [list(table[0]), *([_cell(v) for v in row.values()] for row in table)]
        widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
        lines += ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(lines)
