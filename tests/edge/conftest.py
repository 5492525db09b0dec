"""For tests of the edge: folders in memory where the system has them, and logging put back as it was."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A fresh folder. The spool syncs each write, which on a busy disk would make these tests the slowest of all."""
    with tempfile.TemporaryDirectory(prefix="anxin-edge-", dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """`main` sends logs to the standard error of its moment, which a later test would find closed."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
