"""A small home over a few hours: what the score says of calls, falls, outages, and of a watch that is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.alerts import escalation
from analytics.detectors import DETECTORS
from analytics.detectors.call import CallDetector
from analytics.engine import Engine
from anxin.vocabulary import AlertKind
from evaluation.watch import run as running
from evaluation.watch.command import main
from evaluation.watch.matching import BY_KIND, MATCHES
from evaluation.watch.score import Row, Totals, add, rows
from simulators.scenario import Scenario, parse

NIGHT = """
name_en = "A night with an outage"
name_zh = "断网之夜"
local_time = "23:00"
chance = false
warm_up_minutes = 5
incident = [
    {kind = "sos", resident = "r-002", at_s = 600},
    {kind = "fall", resident = "r-001", at_s = 1800, room = "bathroom", up_after_s = 1500},
    {kind = "out_of_bed", resident = "r-003", at_s = 3600, lasts_s = 2400, room = "common"},
    {kind = "fault", fault = "offline", gateway = "w2-zigbee", at_s = 5000, lasts_s = 1800},
    {kind = "sos", resident = "r-005", at_s = 5600},
]
"""


RARE = """
name_en = "What is rare"
name_zh = "罕见之夜"
local_time = "22:00"
chance = false
warm_up_minutes = 5
supervised = ["r-002"]
never_alone = ["r-001"]
incident = [
    {kind = "lifeless", resident = "r-008", at_s = 3600},
    {kind = "lifeless", resident = "r-001", at_s = 9000},
    {kind = "fall", resident = "r-003", at_s = 3800, room = "bathroom", unseen = true, up_after_s = 5000},
    {kind = "wander", resident = "r-006", at_s = 7000, lasts_s = 12000},
    {kind = "hazard", hazard = "smoke", room = "w1-common", at_s = 4000},
    {kind = "hazard", hazard = "gas", room = "w2-common", at_s = 4500},
    {kind = "out_of_bed", resident = "r-005", at_s = 22000, lasts_s = 3000},
    {kind = "medicine", resident = "r-005", at_s = 36500, mistake = "double"},
    {kind = "medicine", resident = "r-002", at_s = 37500, mistake = "other"},
]
"""
RARE_KINDS = (
    "no_vital_signs_in_bed", "no_vital_signs_one_cue", "no_sign_of_life", "night_wander", "intrusion_other_room",
    "smoke", "gas", "bathroom_overstay", "medication_double", "medication_mismatch", "bed_exit",
)  # fmt: skip


def scored(text: str = NIGHT, seed: int = 3, days: float = 0.15, residents: int = 6) -> dict[str, Row]:
    scenario: Scenario = parse(text, "night.toml")
    total = Totals()
    add(total, running.watch(residents, days, seed, scenario, with_faults=False))
    return {str(row["kind"]): row for row in rows(total)}


@pytest.fixture(scope="module")
def night() -> dict[str, Row]:
    return scored()


@pytest.mark.parametrize(
    "kind", ["sos_call", "fall_suspected", "fall_confirmed", "long_lie", "raised_late", "gateway_silent"]
)
def test_what_happens_is_told(night: dict[str, Row], kind: str) -> None:
    assert night[kind]["truths"] != 0
    assert night[kind]["recall"] == 1.0


@pytest.fixture(scope="module")
def rare() -> dict[str, Row]:
    return scored(RARE, seed=9_601, days=0.5, residents=9)


@pytest.mark.parametrize("kind", RARE_KINDS)
def test_what_is_rare_is_told(rare: dict[str, Row], kind: str) -> None:
    row = rare[kind]
    assert row["truths"] != 0 and row["covered"]
    assert (row["recall"], row["precision"]) in ((1.0, 1.0), (1.0, None))


def test_false_exits_from_bed_are_counted_by_the_night(rare: dict[str, Row]) -> None:
    assert rare["bed_exit"]["false_per_night"] == 0.0
    assert "false_per_night" not in rare["night_wander"]


def test_a_long_absence_is_told_when_it_is_due(night: dict[str, Row]) -> None:
    row = night["out_of_bed_long"]
    assert row["recall"] == 1.0 and row["precision"] == 1.0
    # Nothing is known of her yet, so 30 min hold; her own limit, from which the delay counts, is a little longer.
    assert -600 <= float(str(row["delay_p50_s"])) <= 0


def test_nothing_is_twice_lost_or_sent_to_who_took_it(night: dict[str, Row]) -> None:
    every = night["all"]
    assert (every["twin_alerts"], every["lost_alerts"], every["sends_under_acknowledgement"]) == (0, 0, 0)
    assert every["reached_p50_s"] is not None


def test_a_watch_without_a_detector_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = tuple(kind for kind in DETECTORS if kind is not CallDetector)
    monkeypatch.setattr(running, "Engine", lambda: Engine(deaf))
    row = scored()["sos_call"]
    assert row["recall"] == 0.0 and row["truths"] == 2


def test_an_escalation_that_tells_nobody_loses_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalation, "_recipients", lambda *_: ())
    assert scored()["all"]["lost_alerts"] != 0


def test_the_same_seed_gives_the_same_figures(night: dict[str, Row]) -> None:
    assert scored() == night


def test_counts_of_homes_watched_side_by_side_join_as_one() -> None:
    scenario = parse(NIGHT, "night.toml")
    homes = [running.watch(6, 0.1, seed, scenario, with_faults=False) for seed in (3, 4)]
    joined, both = Totals(), Totals()
    for home in homes:
        part = Totals()
        add(part, home)
        joined.join(part)
        add(both, home)
    assert rows(joined) == rows(both)
    assert rows(joined)[-1]["resident_days"] == 1.2


def test_every_alert_kind_is_named_in_the_table_at_most_once_and_reasons_are_given() -> None:
    assert len(BY_KIND) == len(MATCHES)
    assert all(match.reason for match in MATCHES)
    assert {kind.value for kind in AlertKind} & set(BY_KIND)


def test_the_command_gives_an_array(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "night.toml").write_text(NIGHT, encoding="utf-8")
    arguments = [
        "--residents",
        "3",
        "--days",
        "0.1",
        "--known-days",
        "0",
        "--scenarios",
        str(tmp_path),
        "--json",
        "--seeds",
        "1",
    ]
    assert main(arguments) == 2, "r-005 does not live in a home of three"
    assert "r-005" in capsys.readouterr().err
    assert main([*arguments, "--residents", "6"]) == 0
    found = json.loads(capsys.readouterr().out)
    wanted = {"kind", "recall", "precision", "delay_p50_s", "delay_p95_s", "false_per_resident_day",
              "alerts_per_resident_day", "reached_p50_s", "reached_p90_s"}  # fmt: skip
    assert all(wanted <= set(row) for row in found)
    assert found[-1]["kind"] == "all"


def test_the_table_of_the_documentation_holds_what_came_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "night.toml").write_text(NIGHT, encoding="utf-8")
    arguments = ["--residents", "6", "--days", "0.1", "--known-days", "0", "--seeds", "1", "--scenarios", str(tmp_path)]
    assert main([*arguments, "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| kind | recall | precision |") and lines[0].endswith("| truths | alerts |")
    kinds = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert "sos_call" in kinds and "geofence_out" not in kinds and kinds[-1] == "all"
    assert all(line.count("|") == lines[0].count("|") for line in lines if line.startswith("|"))
    assert "* twin_alerts: 0" in lines


def test_a_folder_without_scenarios_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenarios", str(tmp_path)]) == 2
    assert "no scenario" in capsys.readouterr().err
