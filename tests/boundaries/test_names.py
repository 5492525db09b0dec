"""Our top-level names are common words: each must come from this project, not from something else that is installed."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("anxin", "edge", "ingest", "analytics", "api", "dashboards", "evaluation", "simulators")


@pytest.mark.parametrize("name", PACKAGES)
def test_our_names_come_from_one_parent_directory(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().parent.parent == ROOT


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_licence_and_the_upload_guard_are_there() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert 'license = "Apache-2.0"' in project
    assert "Private :: Do Not Upload" in project
    assert "Apache License" in (ROOT / "LICENSE").read_text()
