"""What the readers of recorded data give: trials with a label, and the errors a folder can have.

A reader knows one data set's files, units and traps. It changes nothing: the samples go to the processors as recorded.
"""

from __future__ import annotations

import io
import tarfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from edge.signals.model import Chunk, Floats


class DataError(ValueError):
    """A folder or file that cannot be read as the data set it should be: names what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One recorded activity of one person. `start`, `end`: seconds of a hand-marked fall, where there are marks.

    group: young or elderly. placement: waist, wrist or sternum. nominal_rate: Hz, where packets hide the true times.
    """

    dataset: str
    subject: str
    group: str
    code: str
    name: str
    is_fall: bool
    placement: str
    samples: Chunk
    nominal_rate: float | None = None
    start: float | None = None
    end: float | None = None

    @property
    def seconds(self) -> float:
        """Length of the recording in seconds."""
        time = self.samples.time
        return float(time[-1] - time[0]) if len(time) else 0.0


def open_archive(path: Path) -> Iterator[tuple[str, io.StringIO]]:
    """Text members of a .tar.xz in order, as (name, text). Raises DataError for a broken archive."""
    try:
        with tarfile.open(path, "r:xz") as archive:
            for member in archive:
                handle = archive.extractfile(member) if member.isfile() else None
                if handle is not None:
                    yield member.name, io.StringIO(handle.read().decode("utf-8-sig", errors="replace"))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"{path}: not a readable .tar.xz archive ({error}); fetch it again") from error


def table_of(
    source: Path | TextIO | Sequence[str], name: object, delimiter: str | None = None, skip: int = 0
) -> Floats:
    """Numbers of a text file, (rows, columns). DataError, with the file's name, for what is no table of numbers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy only warns of an empty file
            table: Floats = np.loadtxt(source, delimiter=delimiter, skiprows=skip, ndmin=2)
    except (ValueError, UserWarning) as error:
        raise DataError(f"{name}: not a table of numbers ({error}); fetch it again") from error
    return table


def files_of(folder: Path, pattern: str, what: str) -> list[Path]:
    """Files of the folder by pattern, sorted. DataError when there is none."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise DataError(f"{folder}: no {pattern} here; a folder of {what} holds such files")
    return found
