"""Where tests keep their files: in memory, where there is enough of it.

Each database is some 650 files and each spool syncs every write; on a busy disk that costs more than what is tested.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 6 << 30  # a container's 64 MB are not


def use() -> None:
    """Let temporary files of this process and its children lie in memory, unless somebody chose another place."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
