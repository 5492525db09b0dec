"""Reader of BIDMC: eight-minute recordings of ICU patients with PPG and impedance, breaths marked by two people.

Columns are taken by name: their order differs between recordings. Source and licence: the folder's README.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.signals.model import Chunk, Floats
from evaluation.falls_data import START
from evaluation.recordings import DataError, files_of, open_archive

RATE = 125.0  # Hz of signals and breath marks


@dataclass(frozen=True, eq=False)
class Recording:
    """signals: name -> (n,); time (n,) s from START. breaths: marks in s of either person. heart: (s, per minute) at
    1 Hz.
    """

    name: str
    patient: str
    time: Floats
    signals: dict[str, Floats]
    breaths: tuple[Floats, Floats]
    heart: tuple[Floats, Floats]

    def channel(self, name: str) -> Chunk:
        """One signal as a chunk."""
        if name not in self.signals:
            raise DataError(f"bidmc {self.name}: no channel {name}; it has {', '.join(self.signals)}")
        return Chunk(START + self.time, self.signals[name][:, None], "count")

    def reference(self, group: str, start: float, end: float) -> float | None:
        """Rate per minute in [start, end) epoch seconds; None where it is not known.

        pulse: mean of the monitor's heart rate. Else: breaths, mean of both people, each from first to last mark
        inside.
        """
        start, end = start - START, end - START
        if group == "pulse":
            values = self.heart[1][(self.heart[0] >= start) & (self.heart[0] <= end)]
            values = values[np.isfinite(values)]
            return float(values.mean()) if len(values) > 3 else None
        rates = []
        for marks in self.breaths:
            inside = marks[(marks >= start) & (marks < end)]
            if len(inside) > 2:
                rates.append(60 * (len(inside) - 1) / float(inside[-1] - inside[0]))
        return sum(rates) / 2 if len(rates) == 2 else None


def _table(text: str) -> tuple[list[str], Floats]:
    lines = text.splitlines()
    names = [name.strip() for name in lines[0].split(",")]
    return names, np.genfromtxt(lines[1:], delimiter=",")


def read_bidmc(folder: Path) -> Iterator[Recording]:
    """Recordings `bidmc_NN.tar.xz` with `subjects.csv`; a recording without an entry there is its own patient."""
    patients: dict[str, str] = {}
    if (folder / "subjects.csv").exists():
        with (folder / "subjects.csv").open(newline="", encoding="utf-8") as handle:
            patients = {row["record"]: row["patient_id_mimic2"] for row in csv.DictReader(handle)}
    for path in files_of(folder, "bidmc_[0-9][0-9].tar.xz", "BIDMC"):
        name = path.name[6:8]
        tables = {member.rsplit("_", 1)[-1]: text.read() for member, text in open_archive(path)}
        try:
            names, signals = _table(tables["Signals.csv"])
            number_names, numbers = _table(tables["Numerics.csv"])
            marks = _table(tables["Breaths.csv"])[1] / RATE
        except KeyError as error:
            raise DataError(f"{path}: no file ..._{error.args[0]} inside; fetch the archive again") from error
        columns = {column: signals[:, i] for i, column in enumerate(names)}
        if "HR" not in number_names or "Time [s]" not in columns or marks.ndim != 2 or marks.shape[1] < 2:
            raise DataError(f"{path}: no heart rate, no time or not the breaths of two people inside")
        first, second = (np.sort(marks[np.isfinite(marks[:, i]), i]) for i in (0, 1))
        heart = (numbers[:, 0], numbers[:, number_names.index("HR")])
        yield Recording(name, patients.get(name, name), columns.pop("Time [s]"), columns, (first, second), heart)
