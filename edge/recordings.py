"""Readers of two published fall recordings: WEDA-FALL (wrist, 50 Hz) and SisFall (waist, 200 Hz). One trial each.

Layouts: WEDA-FALL `U01.tar.xz` with members `F01/U01_R01_accel.csv` (time s, x, y, z in m/s²; Marques & Moreno 2023);
SisFall `.npz` with arrays `F01_R01` (n, 3) of ADXL345 counts, 256 a g at 200 Hz (Sucerquia 2017). Nothing of them comes
with this program.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SISFALL_RATE_HZ, SISFALL_COUNTS = 200.0, 256.0
STANDARD_GRAVITY = 9.80665  # m/s²
_ACCEL = "_accel.csv"


class RecordingError(ValueError):
    """A recording that cannot be read; the text says which and what there is instead."""


@dataclass(frozen=True)
class Recording:
    """times: (n,) seconds from the beginning. values: (n, 3) in `unit`. name: file and trial."""

    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str

    @property
    def impact_s(self) -> float:
        """Seconds from the beginning to the largest acceleration."""
        return float(self.times[int(np.square(self.values).sum(axis=1).argmax())])


def read(path: Path, trial: str | None) -> Recording:
    """Read a trial (`F01/U01_R01`, `F01_R01`; None: the first fall) of a file, or of the first file of a folder.

    Raises RecordingError.
    """
    if path.is_dir():
        files = sorted([*path.glob("*.tar.xz"), *path.glob("*.npz"), *path.glob("*" + _ACCEL)])
        if not files:
            raise RecordingError(f"{path}: no .tar.xz, .npz or *{_ACCEL} in it")
        path = files[0]
    try:
        if path.name.endswith(".tar.xz"):
            return _weda_archive(path, trial)
        if path.suffix == ".npz":
            return _sisfall(path, trial)
        if path.name.endswith(_ACCEL):
            return _weda(path.name, path.read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error
    raise RecordingError(f"{path}: not a recording: give a .tar.xz of WEDA-FALL or a .npz of SisFall")


def _weda_archive(path: Path, trial: str | None) -> Recording:
    with tarfile.open(path, "r:xz") as archive:
        names = {name.removesuffix(_ACCEL): name for name in archive.getnames() if name.endswith(_ACCEL)}
        name = names[_pick(path, names, trial)]
        member = archive.extractfile(name)
        assert member is not None
        return _weda(f"{path.name}:{name}", member.read().decode())


def _weda(name: str, text: str) -> Recording:
    try:
        table = np.loadtxt(text.splitlines()[1:], delimiter=",", ndmin=2)
    except ValueError as error:
        raise RecordingError(f"{name}: {error}") from error
    if table.ndim != 2 or table.shape[1] != 4 or not len(table):
        raise RecordingError(f"{name}: {table.shape} numbers; four columns (time, x, y, z) are expected")
    return Recording(name, table[:, 0] - table[0, 0], table[:, 1:], "m/s2")


def _sisfall(path: Path, trial: str | None) -> Recording:
    with np.load(path) as arrays:
        name = _pick(path, arrays.files, trial)
        counts = np.asarray(arrays[name], dtype=np.float64)
    if counts.ndim != 2 or counts.shape[1] != 3 or not len(counts):
        raise RecordingError(f"{path.name}:{name}: shape {counts.shape}; (n, 3) is expected")
    return Recording(f"{path.name}:{name}", np.arange(len(counts)) / SISFALL_RATE_HZ, counts / SISFALL_COUNTS, "g")


def _pick(path: Path, names: Iterable[str], trial: str | None) -> str:
    there = sorted(names)
    if trial is None:
        trial = next((name for name in there if name.startswith("F")), None)
    if trial is None or trial not in there:
        shown = ", ".join(there[:8])
        raise RecordingError(f"{path}: no trial {trial or 'of a fall'}; there are {len(there)}, such as {shown}")
    return trial
