"""Recordings in the form of the public sets, made up here: what the readers and the scores make of them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.watch.command import main
from evaluation.watch.sepsis import auroc
from tests.edge.support import published

HEAD = "Start time\tEnd time\tLocation\tType\tPlace\n---\t---\t---\t---\t---\n"
NIGHT = """2012-11-12 21:30:00\t\t2012-11-12 23:30:00\t\tBed\t\tPressure\tBedroom
2012-11-13 00:10:00\t\t2012-11-13 07:30:00\t\tBed\t\tPressure\tBedroom
2012-11-13 08:00:00 2012-11-13 07:00:00 Bed Pressure Bedroom
a line that is none
2012-11-13 09:00:00\t\t2012-11-13 09:00:09\t\tMaindoor\t\tMagnetic\tEntrance
"""


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main([*arguments, "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_a_long_absence_in_a_smart_home_is_a_false_alarm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "OrdonezZ_Sensors.txt").write_text(HEAD + NIGHT, encoding="utf-8")
    rows = told(capsys, str(tmp_path), "--dataset", "smarthome_ordonez")
    row = next(row for row in rows if row["home"] == "OrdonezZ" and row["kind"] == "out_of_bed_long")
    assert (row["alerts"], row["days"]) == (1, 0.48)


def test_the_common_form_of_the_other_homes_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "houseX.sensor_names").write_text("12\tpress bed rechts\n", encoding="utf-8")
    start = 1_248_200_000  # 20:13 in Amsterdam
    lines = f"{start}\t10000\t12\n{start + 12_000}\t20000\t12\n"
    (tmp_path / "houseX.sensors").write_text(lines, encoding="utf-8")
    rows = told(capsys, str(tmp_path), "--dataset", "smarthome_kasteren_mit")
    assert [row["alerts"] for row in rows if row["kind"] == "out_of_bed_long"] == [1, 1]


def test_spot_readings_are_scored_by_patient_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "patient_id,date,device_type,value,unit\n"
    sick = "".join(f"p1,2019-05-02 10:{m:02d}:00,Body Temperature,38.6,Cel\n" for m in (0, 11, 22))
    well = "".join(f"p1,2019-05-0{day} 10:00:00,Body Temperature,36.5,Cel\n" for day in (3, 4, 5))
    (tmp_path / "Physiology.csv").write_text(head + sick + well, encoding="utf-8")
    (tmp_path / "Labels.csv").write_text(
        "patient_id,date,type\np1,2019-05-02 12:00:00,Body temperature\np1,2019-05-04 12:00:00,Body temperature\n",
        encoding="utf-8",
    )
    rows = {str(row["kind"]): row for row in told(capsys, str(tmp_path), "--dataset", "tihm_physiology")}
    row = rows["Body temperature"]
    assert (row["patient_days"], row["positive_days"], row["sensitivity"], row["specificity"]) == (4, 2, 0.5, 1.0)
    assert rows["Pulse"]["sensitivity"] is None


def psv(hours: list[tuple[str, str, int]]) -> bytes:
    lines = [f"{resp}|NaN|120|{pulse}|36.6|{label}" for resp, pulse, label in hours]
    return "\n".join(["Resp|O2Sat|SBP|HR|Temp|SepsisLabel", *lines]).encode()


def test_hourly_rows_give_partial_scores_and_the_load_they_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ill = psv([("16", "72", 0), ("26", "115", 0), ("NaN", "115", 1), ("16", "72", 1)])
    well = psv([("16", "72", 0)] * 4)
    with tarfile.open(tmp_path / "part.tar.xz", "w:xz") as tar:
        for name, text in (("a.psv", ill), ("b.psv", well)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    rows = {str(row["kind"]): row for row in told(capsys, str(tmp_path), "--dataset", "sepsis2019_setB")}
    assert rows["news2_partial_5"]["alerts_per_patient_day"] == 3.0  # once in 8 hours; carried on, it is no second one
    assert rows["news2_partial_5"]["share_of_hours"] == 0.25
    assert rows["news2_partial_7"]["septic_patients_told"] == 0.0
    assert (rows["all"]["complete_scores"], rows["all"]["inputs_mean"]) == (0, 4.0)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_auroc_counts_pairs(rows: list[tuple[int, bool]]) -> None:
    ill, other = ([points for points, label in rows if label is which] for which in (True, False))
    found = auroc(np.array([points for points, _ in rows]), np.array([label for _, label in rows]))
    if not ill or not other:
        assert found is None
    else:
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in ill for b in other]
        assert found == pytest.approx(sum(pairs) / len(pairs), abs=1e-4)


@pytest.mark.parametrize(
    "dataset", ["smarthome_ordonez", "smarthome_kasteren_mit", "tihm_physiology", "sepsis2019_setB"]
)
def test_a_folder_of_another_form_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], dataset: str) -> None:
    assert main([str(tmp_path), "--dataset", dataset]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere"), "--dataset", dataset]) == 2
    assert main([str(tmp_path)]) == 2
    assert "--dataset" in capsys.readouterr().err


def test_a_real_home_of_three_weeks_rings_less_than_once_in_two_nights(capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in told(capsys, str(published("smarthome_ordonez"))) if row["kind"] == "out_of_bed_long")
    assert float(str(row["false_per_day"])) < 0.5
