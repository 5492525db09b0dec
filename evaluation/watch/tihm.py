"""People with dementia at home, some spot readings a day, and the events that clinicians validated.

The unit is a patient's day with a reading: positive where an event of the type was validated on it, told where the
engine began an alert of an answering kind on it. Published baselines: sensitivity .58 to .80, specificity .71 to .91.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from anxin.event import Observations
from anxin.facility import Device
from anxin.vocabulary import DeviceKind, ObservationKind
from evaluation.recordings import DataError
from evaluation.watch.recording import GATEWAY, begun, one_person_home, play
from evaluation.watch.score import Row
from simulators.sensed import Sensed
from simulators.truth import moment_of, seconds_of

ZONE = "Europe/London"
PACE_S = 3_600.0  # some readings a day need no finer heartbeat
MEASURED = {
    "Heart rate": ObservationKind.HEART_RATE,
    "Systolic blood pressure": ObservationKind.BP_SYSTOLIC,
    "Diastolic blood pressure": ObservationKind.BP_DIASTOLIC,
    "Body Temperature": ObservationKind.BODY_TEMPERATURE,
    "Skin Temperature": ObservationKind.SKIN_TEMPERATURE,
    "Body weight": ObservationKind.WEIGHT,
}
# Type of event → readings that can show it, kinds of alert that answer it.
TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Blood pressure": (("Systolic blood pressure",), ("bp_abnormal", "blood_pressure_abnormal")),
    "Pulse": (("Heart rate",), ("heart_rate_abnormal",)),
    "Body temperature": (("Body Temperature",), ("temperature_abnormal",)),
}
Day = tuple[str, str]  # patient, local date


def evaluate(folder: Path) -> list[Row]:
    """Return one row for each type of event and one for all. DataError where the folder is not of that form."""
    readings, labels = _read(folder / "Physiology.csv"), _read(folder / "Labels.csv")
    told: dict[str, set[Day]] = {}
    for patient in sorted({row["patient_id"] for row in readings}):
        events = _events([row for row in readings if row["patient_id"] == patient])
        device = Device("spot", DeviceKind.VITALS, resident="r")
        for finding in begun(play(one_person_home([device], ZONE, PACE_S), events)):
            day = finding.at.astimezone(ZoneInfo(ZONE)).date().isoformat()
            told.setdefault(finding.kind.value, set()).add((patient, day))
    rows = []
    every: tuple[set[Day], set[Day], set[Day]] = (set(), set(), set())
    for name, (measures, kinds) in TYPES.items():
        days = {_day(row) for row in readings if row["device_type"] in measures}
        true = {_day(row) for row in labels if row["type"] == name} & days
        rung = {day for kind in kinds for day in told.get(kind, ())}
        rows.append(_row(name, days, true, rung))
        every = (every[0] | days, every[1] | true, every[2] | rung)
    return [*rows, _row("all", *every)]


def _row(name: str, days: set[Day], true: set[Day], told: set[Day]) -> Row:
    quiet = days - true
    return {
        "kind": name, "patient_days": len(days), "positive_days": len(true), "told_days": len(told & days),
        "sensitivity": round(len(true & told) / len(true), 4) if true else None,
        "specificity": round(len(quiet - told) / len(quiet), 4) if quiet else None,
    }  # fmt: skip


def _events(rows: Sequence[dict[str, str]]) -> list[Sensed]:
    zone, found = ZoneInfo(ZONE), []
    for row in rows:
        if (kind := MEASURED.get(row["device_type"])) is not None and row["value"]:
            t = seconds_of(datetime.fromisoformat(row["date"]).replace(tzinfo=zone))
            found.append(Sensed(t, GATEWAY, Observations(moment_of(t), ["spot"], {kind.value: [float(row["value"])]})))
    return sorted(found, key=lambda event: event.time)


def _day(row: dict[str, str]) -> Day:
    return row["patient_id"], row["date"][:10]


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise DataError(f"{path}: cannot be read; give the folder of the set") from error
