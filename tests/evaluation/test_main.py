"""The command line: what it refuses, and the figures on the recordings where they are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import locate, main
from evaluation.recordings import DataError

DATA = Path(os.environ.get("ANXIN_DATA", Path(__file__).parents[3] / "shared" / "data"))


def need(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"recordings of {name} are not at hand: set ANXIN_DATA to the folder that holds them")
    return folder


def figures(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main([*argv, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_missing_folder_and_a_strange_one_are_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["falls", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["pulse", str(tmp_path)]) == 2
    assert "--dataset" in capsys.readouterr().err
    with pytest.raises(DataError, match="has no recordings for this task"):
        locate(tmp_path, ("bidmc",), "sisfall")


def test_a_broken_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "U01.tar.xz").write_bytes(b"not an archive")
    assert main(["falls", str(tmp_path)]) == 2
    assert "U01.tar.xz" in capsys.readouterr().err


def test_a_set_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "Subject_09.tar.xz").touch()
    (tmp_path / "SE03.npz").touch()
    assert set(locate(tmp_path, ("sisfall", "weda_fall", "umafall"), None)) == {"sisfall", "umafall"}


def link(source: Path, target: Path, *names: str) -> Path:
    """A folder with only some subjects, so that the test stays short."""
    target.mkdir()
    for name in names:
        if not (source / name).exists():
            pytest.skip(f"{source / name} is not at hand")
        (target / name).symlink_to(source / name)
    return target


def test_wrist_falls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = link(need("weda_fall"), tmp_path / "weda_fall", "U02.tar.xz", "U28.tar.xz")
    every, young, elderly = figures(capsys, "falls", str(folder))
    assert (every["dataset"], every["placement"], every["subjects"]) == ("weda_fall", "wrist", 2)
    assert young["sensitivity"] >= 0.9
    assert elderly["specificity"] >= 0.9
    assert every["delay_p95_s"] <= 3.0


def test_pulse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = link(need("bidmc"), tmp_path / "bidmc", "bidmc_07.tar.xz", "subjects.csv")
    (row,) = figures(capsys, "pulse", str(folder))
    assert list(row) == ["dataset", "group", "subjects", "hours", "mae", "coverage"]
    assert row["group"] == "ppg"
    assert row["mae"] < 1.0
    assert row["coverage"] > 0.9


def test_bed_exits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = need("uci_rfid_bed_older") / "S1_Dataset"
    names = [p.name for p in sorted(source.glob("d1p*"))[:6]]
    folder = link(source, tmp_path / "uci_rfid_bed_older", *names)
    (row,) = figures(capsys, "bed-exit", str(folder))
    assert row["trials"] == 6
    assert row["sensitivity"] >= 0.6  # the room is not learned by heart: docs/signals.md
