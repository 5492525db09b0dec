"""The spool under kill -9 of its writer and on a disk that is really full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anxin.event import Call, Gap, Observations, decode
from anxin.vocabulary import Lane
from edge.spool import Entry, SpoolFullError
from edge.spool_file import open_spool
from tests.support.waiting import PATIENCE_S

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from anxin.event import Call, Observations
from anxin.vocabulary import Lane
from edge.spool import Entry
from edge.spool_file import open_spool
now = datetime.now(UTC)
spool = open_spool(Path(sys.argv[1]), "home", "gw", 64 << 20, now)
first = int(sys.argv[2])
table = Observations(now, ["bed-1"] * 400, {"heart_rate": [60.0] * 400})
# So few that all lives together stay far from the bound, however late the killer comes: what is full drops data.
for n in range(first, first + 400):
    spool.write([Entry(Lane.URGENT, [Call("b", now, key=str(n))]), Entry(Lane.DATA, [table])], now)
    print(n, flush=True)
sys.stdin.read()
"""


@pytest.mark.system
@pytest.mark.parametrize("kills", [6])
def test_after_kill_9_everything_that_was_acknowledged_is_there_in_order(tmp_path: Path, kills: int) -> None:
    path, acknowledged = tmp_path / "spool.db", 0
    for kill in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(acknowledged + 1)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True,
        )  # fmt: skip
        assert writer.stdin is not None and writer.stdout is not None
        for _ in range(3 + 17 * kill):
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        acknowledged = int(([acknowledged, *map(int, writer.stdout.read().split())])[-1])
        writer.wait(PATIENCE_S)
        for pipe in (writer.stdin, writer.stdout):
            pipe.close()
        spool = open_spool(path, "home", "gw", 64 << 20, NOW)
        keys = [
            int(event.key or 0)
            for held in spool.read(Lane.URGENT, 0, -1)
            for event in decode(held.payload).data
            if isinstance(event, Call)
        ]
        # One more may be there: written, and killed before it could say so.
        assert keys in (list(range(1, acknowledged + 1)), list(range(1, acknowledged + 2)))
        assert [held.seq for held in spool.read(Lane.URGENT, 0, -1)] == keys
        acknowledged = keys[-1]
        assert spool.held(Lane.DATA) == acknowledged
        spool.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB; only root can have one."""
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root; the bound of the file is tested in test_spool.py")
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"mounting is not allowed here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until the disk takes no more."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as other:
        while other.write(b"x" * 4_096) == 4_096:
            pass


def test_a_disk_that_is_full_costs_data_never_a_call(small_disk: Path) -> None:
    spool = open_spool(small_disk / "spool.db", "home", "gw", 32 << 20, NOW)
    table = Observations(NOW, ["bed-1"] * 400, {"heart_rate": [60.0] * 400})
    for n in range(1, 2_401):
        numbers = spool.write([Entry(Lane.URGENT, [Call("b", NOW, key=str(n))]), Entry(Lane.DATA, [table])], NOW)
        assert numbers[0] == n
    calls = [decode(held.payload).data[0] for held in spool.read(Lane.URGENT, 0, -1)]
    assert [call.key for call in calls if isinstance(call, Call)] == [str(n) for n in range(1, 2_401)]
    rows = spool.read(Lane.DATA, 0, -1)
    gap = decode(rows[0].payload).data[0]
    assert isinstance(gap, Gap)
    assert gap.reason == "disk_full"
    assert spool.dropped(Lane.DATA) > 0
    covered = 0
    for row in rows:
        assert row.first == covered + 1
        covered = row.seq
    spool.close()
    again = open_spool(small_disk / "spool.db", "home", "gw", 32 << 20, NOW)
    assert again.held(Lane.URGENT) == 2_400
    again.close()


def test_somebody_else_fills_the_disk_and_leaves_again(small_disk: Path) -> None:
    spool = open_spool(small_disk / "spool.db", "home", "gw", 32 << 20, NOW)
    spool.write([Entry(Lane.URGENT, [Call("b", NOW, key="0")])], NOW)
    fill(small_disk / "other")
    taken = 0
    with contextlib.suppress(SpoolFullError):
        while taken < 40_000:
            spool.write([Entry(Lane.URGENT, [Call("b", NOW, key="x" * 400)])] * 20, NOW)
            taken += 20
    assert 1_000 < taken < 40_000, "the reserve should carry some alarms, not all"
    (small_disk / "other").unlink()
    assert spool.write([Entry(Lane.URGENT, [Call("b", NOW)])], NOW) == [taken + 2]
    spool.write([Entry(Lane.URGENT, [Call("b", NOW)])], NOW)
    assert not spool.full
    assert (small_disk / "spool.db.reserve").exists()
    assert spool.held(Lane.URGENT) == taken + 3
    spool.close()
