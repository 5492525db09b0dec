"""The runner runs: its small mode yields the JSON with all keys. No figure is asserted: a busy machine may be slow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import goals, page
from tests.benchmarks.__main__ import main
from tests.benchmarks.measuring import percentiles
from tests.benchmarks.parts import PARTS

LIGHT = ("edge", "signals", "mappings", "engine")


def test_small_mode_yields_all_keys(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    assert main(["--quick", "--only", *LIGHT, "--out", str(out)]) == 0
    result = json.loads(out.read_text())
    assert set(result) == {"at", "machine", "what", "parts", "goals"}
    assert list(result["parts"]) == [part.name for part in PARTS if part.name in LIGHT]
    assert all(figures["took_s"] > 0 for figures in result["parts"].values())
    assert result["parts"]["edge"]["urgent_one_by_one"]["offered_per_s"] > 0
    assert set(result["parts"]["engine"]["detectors_percent"]) >= {"call", "vitals", "silence"}
    assert [row["goal"] for row in result["goals"]] == [goal.what for goal in goals.GOALS]
    measured = [row["goal"] for row in result["goals"] if row["met"] is not None]
    assert measured == ["a foreign gateway's message to its meaning"], "nothing of the chain was measured"


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.system
def test_the_chain_is_measured_and_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    assert main(["--quick", "--only", "embedded", "--out", str(out)]) == 0
    figures = json.loads(out.read_text())["parts"]["embedded"]
    assert (figures["samples_lost"], figures["messages_twice"], figures["samples_not_packed"]) == (0, 0, 0)
    assert figures["samples_sent"] == figures["samples_packed"] > 0
    assert 0 < figures["ready_to_committed"]["count"] <= figures["messages_sent"]
    assert set(figures["cpu_percent"]) == {"database", "broker", "ingest", "analytics", "api"}
    assert set(figures["memory_mb"]) == set(figures["cpu_percent"])


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_goals_compare_what_was_measured_with_what_was_wanted() -> None:
    figures: dict[str, Any] = {
        "log": {"durable": {"rows_50": {"ours_to_psql": 0.81, "repeat_cost_to_new": 1.5}}},
        "growth": {
            "took_s": 1.0,
            "1000": {"cpu_us_per_sample_in_all": 10.0},
            "5000": {"cpu_us_per_sample_in_all": 12.5},
        },
    }
    rows = {row["goal"]: row for row in goals.table(figures)}
    assert rows["log to psql \\copy binary, rows of 50 samples"]["met"] is True
    assert rows["cost of repeats to new ones"]["met"] is False
    grown = rows["growth, 1,000 to 50,000 beds: cost of a sample differs by"]
    assert (grown["measured"], grown["met"]) == (25.0, False)
    assert "| not measured |" in "\n".join(page.lines(list(rows.values())))


def test_figures_stay_what_they_are_in_few_lines() -> None:
    figures = {"a": {"b": [1, 2.5, None], "c": "x" * 150}, "d": {}, "e": list(range(100))}
    assert json.loads(page.compact(figures)) == figures
    assert '"b": [1, 2.5, null],' in page.compact(figures)


def test_the_page_is_filled_between_its_markers(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"above\n{page.BEGIN}\nold\n{page.END}\nbelow\n")
    result = {
        "at": "2026-03-01T18:00:00", "machine": {"cores": 2}, "goals": goals.table({}), "parts": {"edge": {"a": 1}},
        "what": {"edge": "one agent"},
    }  # fmt: skip
    page.fill(file, result)
    page.fill(file, result)
    text = file.read_text()
    assert text.startswith("above\n")
    assert text.endswith("below\n")
    assert "old" not in text
    assert text.count("### edge: one agent") == 1
    file.write_text("no markers")
    with pytest.raises(ValueError, match="markers"):
        page.fill(file, result)


def test_percentiles_are_in_milliseconds() -> None:
    assert percentiles(n / 1_000 for n in range(200)) == {
        "count": 200,
        "p50_ms": 100.0,
        "p99_ms": 198.0,
        "max_ms": 199.0,
    }
    assert percentiles([])["p99_ms"] is None
