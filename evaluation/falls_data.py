"""Readers of the three fall sets: SisFall (waist), WEDA-FALL (wrist), UMAFall (waist, wrist, chest).

All falls in them are simulated. Sources, licences and defects: the README of each folder.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edge.signals.model import Chunk
from evaluation.recordings import DataError, Trial, files_of, open_archive, table_of

START = 1_600_000_000.0  # epoch seconds given to recordings that only count from zero
ELDERLY_FROM = 60  # years; the youngest "elderly" subject of SisFall is 60
UMAFALL_PLACES = {"WAIST": "waist", "WRIST": "wrist", "CHEST": "sternum"}


def read_sisfall(folder: Path) -> Iterator[Trial]:
    """`<subject>.npz` of int16 counts, 256 a g, 200 Hz. SA = young, SE = elderly; code D = daily activity, F = fall."""
    for path in files_of(folder, "S[AE][0-9][0-9].npz", "SisFall"):
        with np.load(path) as trials:
            for name in sorted(trials.files):
                values = trials[name].astype(np.float64) / 256.0
                time = START + np.arange(len(values)) / 200.0
                group = "elderly" if path.stem.startswith("SE") else "young"
                code = name.split("_")[0]
                samples = Chunk(time, values, "g")
                yield Trial("sisfall", path.stem, group, code, name, code[0] == "F", "waist", samples)


def _weda_marks(folder: Path) -> dict[str, tuple[float, float]]:
    path = folder / "fall_timestamps.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return {row["filename"]: (float(row["start_time"]), float(row["end_time"])) for row in csv.DictReader(handle)}


def read_weda(folder: Path) -> Iterator[Trial]:
    """`U??.tar.xz` of `<code>/<user>_R??_accel.csv` in m/s2; U21 and up are elders. Samples come in packets of five."""
    marks = _weda_marks(folder)
    for path in files_of(folder, "U[0-9][0-9].tar.xz", "WEDA-FALL"):
        subject = path.name.split(".")[0]
        group = "elderly" if int(subject[1:]) > 20 else "young"
        for name, text in open_archive(path):
            if not name.endswith("_accel.csv"):
                continue
            table = table_of(text, f"{path}: {name}", delimiter=",", skip=1)
            short = name.removesuffix("_accel.csv")
            start, end = marks.get(short, (None, None))
            code = short.split("/")[0]
            samples = Chunk(START + table[:, 0], table[:, 1:4].copy(), "m/s2")
            yield Trial(
                "weda_fall", subject, group, code, short, code[0] == "F", "wrist", samples, 50.0,
                None if start is None else START + start, None if end is None else START + end,
            )  # fmt: skip


def _umafall_header(lines: list[str], name: str) -> tuple[int, dict[int, str]]:
    """Age in years and sensor id -> place: which sensor sits where differs from file to file."""
    age, places = 0, {}
    for line in lines:
        if found := re.match(r"%\s*Age:\s*(\d+)", line):
            age = int(found[1])
        if found := re.match(r"%\s*[0-9A-Fa-f:]{17}\s*;\s*(\d+)\s*;\s*(\w+)", line):
            places[int(found[1])] = found[2]
    if not places:
        raise DataError(f"{name}: no sensor positions in the header; is it a UMAFall file?")
    return age, places


def read_umafall(folder: Path) -> Iterator[Trial]:
    """`Subject_??.tar.xz` of text files, accelerometer rows (type 0) in g at 20 Hz; one trial for each place worn."""
    for path in files_of(folder, "Subject_[0-9][0-9].tar.xz", "UMAFall"):
        subject = path.name.split(".")[0]
        for name, text in open_archive(path):
            found = re.search(r"_(ADL|Fall)_([A-Za-z]+)_(\d+)_", name)
            if found is None:
                continue
            lines = text.read().splitlines()
            head = [line for line in lines if line.startswith("%")]
            rows = [line for line in lines if line and line[0].isdigit()]
            age, places = _umafall_header(head, name)
            table = table_of(rows, f"{path}: {name}", delimiter=";")
            group = "elderly" if age >= ELDERLY_FROM else "young"
            for sensor, place in places.items():
                part = table[(table[:, 5] == 0) & (table[:, 6] == sensor)]
                if place not in UMAFALL_PLACES or len(part) < 20:
                    continue
                samples = Chunk(START + part[:, 0] / 1000.0, part[:, 2:5].copy(), "g")
                yield Trial(
                    "umafall", subject, group, found[2], f"{Path(name).stem}/{place}", found[1] == "Fall",
                    UMAFALL_PLACES[place], samples,
                )  # fmt: skip


READERS: dict[str, Callable[[Path], Iterator[Trial]]] = {
    "sisfall": read_sisfall,
    "weda_fall": read_weda,
    "umafall": read_umafall,
}
