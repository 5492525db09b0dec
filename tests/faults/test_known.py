"""The known faults in a row on one small system, in little time; `make faults` gives each its own account."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.acts import PARTS, Scene
from tests.faults.known import BY_NAME, FAULTS, Fault, fill_page
from tests.faults.matrix import Rig
from tests.faults.stand import Plan

TOGETHER = (
    *(f"kill-{part}" for part in PARTS),
    *("broker-cut", "store-cut", "store-restart", "store-read-only", "store-deadlock", "store-timeout"),
    *("broker-without-memory", "repeats-and-shuffles", "same-millisecond", "unknown-device", "poison", "ten-megabytes"),
    *("flood", "newer-schema", "away-24-hours"),
)
LENGTH = 0.15


def test_the_page_of_faults_is_the_table_of_them() -> None:
    page = (report.ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert fill_page(page) == page, "run: python -m tests.faults --page"
    assert len(BY_NAME) == len(FAULTS)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="anxin-faults-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with closing(Rig(Path(name), Plan(gateways=2, beds=12), length=LENGTH)) as one:
            yield one


@pytest.mark.system
@pytest.mark.timeout(900)
def test_one_fault_after_the_other_loses_nothing_and_rings_once(rig: Rig) -> None:
    names = [*TOGETHER, *(["edge-disk-full"] if os.geteuid() == 0 else [])]

    def all_of_it(scene: Scene) -> None:
        for name in names:
            BY_NAME[name].act(scene)

    outcome = rig.under(Fault("all of it", all_of_it, "", "", ""))
    assert outcome.complaints == []
    assert outcome.good, outcome
