"""Hourly rows of intensive care through the NEWS2 calculator: arithmetic on real charts, and what alarm load it makes.

Consciousness is not charted and oxygen hardly, so every score is partial (five of seven at most); the figures are a
floor. These are patients of intensive care: nothing here is a claim about residents of a care home.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analytics.news2 import Chart, Score, score
from evaluation.recordings import DataError
from evaluation.watch.score import Row

COLUMNS = {"Resp": "respiratory_rate", "O2Sat": "spo2", "SBP": "systolic", "HR": "pulse", "Temp": "temperature"}
THRESHOLDS = (5, 7)  # urgent review; emergency assessment (clinical.md 1.2)
HELD_H = 6  # a value that is not charted anew holds for so long; the chart's own interval for a low score

Patient = tuple[list[Score], list[bool]]  # an hour's score, whether it is labelled septic


def evaluate(folder: Path) -> list[Row]:
    """Return one row for each threshold, with the arithmetic's figures in `all`. DataError for another form."""
    archives = sorted(folder.glob("*.tar.xz"))
    if not archives:
        raise DataError(f"{folder}: no *.tar.xz here; give the folder of the set")
    totals: list[int] = []
    labels: list[bool] = []
    inputs: list[int] = []
    alarms = dict.fromkeys(THRESHOLDS, 0)
    caught = dict.fromkeys(THRESHOLDS, 0)
    septic = patients = 0
    for scores, ill in (patient for archive in archives for patient in _patients(archive)):
        patients, septic = patients + 1, septic + any(ill)
        totals += [one.total for one in scores]
        inputs += [len(one.parts) for one in scores]
        labels += ill
        for threshold in THRESHOLDS:
            over = [one.total >= threshold for one in scores]
            alarms[threshold] += sum(now and not before for before, now in zip([False, *over], over, strict=False))
            caught[threshold] += any(ill) and any(over)
    points, hours = np.array(totals), len(totals)
    rows: list[Row] = [
        {
            "kind": f"news2_partial_{threshold}", "alerts_per_patient_day": round(24 * alarms[threshold] / hours, 4),
            "share_of_hours": round(float((points >= threshold).mean()), 4),
            "septic_patients_told": round(caught[threshold] / septic, 4) if septic else None,
        }
        for threshold in THRESHOLDS
    ]  # fmt: skip
    return [*rows, {
        "kind": "all", "patients": patients, "patient_hours": hours, "septic_patients": septic,
        "complete_scores": sum(count == 7 for count in inputs), "inputs_mean": round(float(np.mean(inputs)), 3),
        "median": float(np.median(points)), "auroc_sepsis_label": auroc(points, np.array(labels)),
    }]  # fmt: skip


def auroc(
    points: np.ndarray[tuple[int], np.dtype[np.int64]], labels: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> float | None:
    """Return the share of pairs (ill hour, other hour) in which the ill one has more points; ties count half."""
    if labels.all() or not labels.any():
        return None
    top = int(points.max()) + 1
    ill, other = np.bincount(points[labels], minlength=top), np.bincount(points[~labels], minlength=top)
    below = np.concatenate([[0], np.cumsum(other)[:-1]])
    return round(float((ill * (below + other / 2)).sum() / (ill.sum() * other.sum())), 4)


def _patients(archive: Path) -> Iterator[Patient]:
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(".psv") and (file := tar.extractfile(member)) is not None:
                yield _patient(file.read().decode().splitlines(), member.name)


def _patient(lines: Sequence[str], name: str) -> Patient:
    header = lines[0].split("|")
    try:
        places = {field: header.index(column) for column, field in COLUMNS.items()}
        label = header.index("SepsisLabel")
    except ValueError as error:
        raise DataError(f"{name}: {error}; it is not of the challenge's form") from error
    held: dict[str, tuple[int, float]] = {}
    scores, ill = [], []
    for hour, line in enumerate(lines[1:]):
        cells = line.split("|")
        for field, place in places.items():
            if cells[place] != "NaN":
                held[field] = hour, float(cells[place])
        known = {field: value for field, (since, value) in held.items() if hour - since < HELD_H}
        scores.append(score(Chart(**known)))  # type: ignore[arg-type]
        ill.append(cells[label] == "1")
    return scores, ill
