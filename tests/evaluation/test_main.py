"""The command line: what it refuses, and the figures on the recordings where they are at hand."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.signals.bed_wearable import bed_wearable
from evaluation.__main__ import locate, main
from evaluation.recordings import DataError
from tests.edge.signals.samples import breathing, fall, mat_frames, walking, worn_reads

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
    row, _ = figures(capsys, "bed-exit", str(folder))
    assert row["trials"] == 6
    assert row["sensitivity"] >= 0.6  # the room is not learned by heart: docs/signals.md


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["bcg", "--leave-one-out"], "not for bcg"),
        (["pulse", "--train-on", "bidmc"], "--train-on is for falls"),
        (["posture", "--by-activity"], "--by-activity is for falls"),
        (["falls", "--train-on", "sisfall", "--leave-one-out"], "give one"),
    ],
)
def test_an_option_that_cannot_be_followed_is_refused_and_not_left_out(
    argv: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def sisfall(folder: Path) -> Path:
    """Two made-up people in the form of SisFall, a young one who falls and an old one who walks."""
    folder.mkdir()
    fallen, walk = (np.round(256 * a).astype(np.int16) for a in (fall(rate=200.0).values, walking(20, rate=200.0)))
    np.savez(folder / "SA99.npz", F01_SA99_R01=fallen)
    np.savez(folder / "SE99.npz", D01_SE99_R01=walk)
    return folder


def test_falls_of_a_folder_never_seen_have_the_agreed_keys_and_groups(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = figures(capsys, "falls", str(sisfall(tmp_path / "other")), "--dataset", "sisfall")
    assert [(r["dataset"], r["group"], r["placement"], r["trials"]) for r in rows] == [
        ("sisfall", "all", "waist", 2), ("sisfall", "young", "waist", 1), ("sisfall", "elderly", "waist", 1),
    ]  # fmt: skip
    assert [(r["sensitivity"], r["specificity"]) for r in rows] == [(1.0, 1.0), (1.0, None), (None, 1.0)]


@pytest.mark.parametrize(("sets", "said"), [("sisfall", "no further set"), ("umafall", "no folder umafall")])
def test_training_on_sets_that_are_not_there_or_leave_nothing_to_judge_is_refused(
    sets: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["falls", str(sisfall(tmp_path / "sisfall")), "--train-on", sets]) == 2
    assert said in capsys.readouterr().err


def room(folder: Path, number: int, trials: int) -> None:
    """Made-up trials of the UCI set: lying, sitting up, walking away."""
    folder.mkdir(parents=True)
    reads = worn_reads()
    label = np.where(reads.values[:, 1] < 0.5, 3, np.where(reads.values[:, 3] == 2, 4, 1))
    nothing = np.zeros(len(label))
    table = np.column_stack((reads.time - reads.time[0], reads.values, nothing, nothing, label))
    for trial in range(trials):
        np.savetxt(folder / f"d{number}p{trial:02}F", table, delimiter=",")


def test_bed_exits_are_read_from_both_rooms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room(tmp_path / "uci" / "S1_Dataset", 1, 2)
    room(tmp_path / "uci" / "S2_Dataset", 2, 1)
    rows = figures(capsys, "bed-exit", str(tmp_path / "uci"))
    assert [(r["group"], r["placement"], r["subjects"], r["trials"]) for r in rows] == [
        ("all", "sternum", None, 3), ("elderly", "sternum", None, 3),
    ]  # fmt: skip
    assert rows[0]["specificity"] is None
    assert rows[0]["sensitivity"] >= 0.5


@pytest.mark.parametrize(("argv", "used"), [([], [1, 0]), (["--radio", "yes"], [1, 1]), (["--radio", "no"], [0, 0])])
def test_radio_is_used_where_the_room_was_learned_unless_told(
    argv: list[str],
    used: list[int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room(tmp_path / "uci" / "S1_Dataset", 1, 1)
    room(tmp_path / "uci" / "S2_Dataset", 2, 1)
    seen: list[Any] = []

    def spy(settings: dict[str, int], scorer: Any) -> Any:
        seen.append(settings["radio"])
        return bed_wearable(settings, scorer)

    monkeypatch.setattr("evaluation.bed_exit.bed_wearable", spy)
    figures(capsys, "bed-exit", str(tmp_path / "uci"), *argv)
    assert seen == used


def test_a_damaged_table_is_named_with_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("d1p01F", "1,2,3\n"), ("d2p02M", "rubbish\n"), ("d2p03M", "")):
        folder = tmp_path / name.lower()
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        assert main(["bed-exit", str(folder)]) == 2
        assert name in capsys.readouterr().err


def archive(path: Path, files: dict[str, str]) -> None:
    """A .tar.xz of text files."""
    with tarfile.open(path, "w:xz") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            made.addfile(member, io.BytesIO(text.encode()))


def test_postures_carry_the_accuracy_and_both_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = "\n".join(" ".join(f"{v:.0f}" for v in row) for row in mat_frames(20).values)
    archive(tmp_path / "experiment-i_S99.tar.xz", {"experiment-i/S99/1.txt": frames})
    rows = figures(capsys, "posture", str(tmp_path))
    assert [r["group"] for r in rows] == ["all", "young"]
    assert list(rows[0])[-1] == "accuracy"
    assert rows[0]["trials"] == rows[0]["subjects"] == 1


def test_belts_give_a_coverage_and_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    belt = breathing(200, rate=20.0)
    lines = ["value,stamp", *(f"{v:.1f},{t * 1000:.0f}" for v, t in zip(belt.values[:, 0], belt.time, strict=True))]
    archive(tmp_path / "resp_dev.tar.xz", {"P1_night.csv": "\n".join(lines)})
    rows = figures(capsys, "respiration", str(tmp_path), "--dataset", "overnight_rr_resp")
    ((group, subjects, error, coverage),) = [(r["group"], r["subjects"], r["mae"], r["coverage"]) for r in rows]
    assert (group, subjects, error) == ("belt", 1, None)
    assert coverage > 0.5
