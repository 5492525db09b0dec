"""A small file of real bytes that is given up when the disk is full, so that an alarm can still be written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

RESERVE_BYTES = 1 << 20


class Reserve:
    """The file `path`. Held: it lies on the disk and can be released."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.held = False

    def take(self) -> bool:
        """Write the file if it is not there; False while the disk has no room for it."""
        if self.held:
            return True
        try:
            if not self._path.exists() or self._path.stat().st_size < RESERVE_BYTES:
                with self._path.open("wb") as file:
                    # Not zeros in a sparse file: the blocks must be ours.
                    file.write(os.urandom(RESERVE_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError:
            self.release()
            return False
        self.held = True
        return True

    def release(self) -> None:
        """Give the room back to the disk."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        self.held = False
