"""A small file of real bytes that is given up when the disk is full, so that an alarm can still be written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class Reserve:
    """The file `path` of `size` bytes. held: it lies on the disk and can be released."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self.held = False

    def take(self) -> bool:
        """Write the file if it is not there; False while the disk has no room for it and a little more."""
        if self.held:
            return True
        try:
            room = os.statvfs(self._path.parent)
            if room.f_bavail * room.f_frsize < self._size * 5 // 4:
                return False
            if not self._path.exists() or self._path.stat().st_size != self._size:
                with self._path.open("wb") as file:
                    # Not zeros in a sparse file: the blocks must be ours.
                    file.write(os.urandom(self._size))
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
