"""The command line, and what a wrong configuration is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.__main__ import main
from ingest.backoff import FIRST_S, MOST_S, delay_s


def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[ingest]\npartition = 0\nlingerms = 5\n")
    assert main(["run", "--config", str(path)]) == 2
    assert ":3:" in capsys.readouterr().err


def test_no_command_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_to_a_bound(attempt: int, chance: float) -> None:
    wait = delay_s(attempt, chance)
    assert FIRST_S / 2 <= wait <= MOST_S
    assert delay_s(attempt + 1, chance) >= wait
