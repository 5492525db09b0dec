"""The process: it says where it listens, stores a password, and ends soon after SIGTERM with streams open."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import httpx
import pytest

from anxin.config import ConfigError
from api.__main__ import bind, main
from tests.api.house import PASSWORD, House
from tests.support.databases import TestDatabase
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.database


def config(database: TestDatabase, folder: Path) -> Path:
    settings = database.settings
    path = folder / "anxin.toml"
    secrets = f'secrets = "{settings.secrets}"\n' if settings.secrets else ""
    path.write_text(
        f'[database]\nhost = "{settings.host}"\nport = {settings.port}\nname = "{settings.name}"\n'
        f'owner = "{settings.owner}"\nsslmode = "{settings.sslmode}"\n{secrets}\n[api]\nport = 0\n'
    )
    return path


def test_it_ends_soon_with_streams_open(house: House, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api", "run", "--config", str(config(house.database, tmp_path))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stderr is not None
        while not (found := re.search(r"listening url=(\S+)", process.stderr.readline())):
            assert process.poll() is None
        with httpx.Client(base_url=found.group(1), timeout=PATIENCE_S) as client:
            wait_for(lambda: _ready(client), "the pages are ready")
            client.post("/login", data={"account": "nurse1", "password": PASSWORD})
            with client.stream("GET", "/live") as stream:
                assert next(stream.iter_lines()).startswith("retry")
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_S) == 0


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_a_password_is_stored_by_the_command(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(config(house.database, tmp_path))
    before = house.connection.execute("select password_hash from anxin.account where code = 'manager'").fetchone()
    for text, account, code in (
        ("新密码-123456\n", "manager", 0),
        ("short\n", "manager", 2),
        ("long enough\n", "nobody", 2),
    ):
        monkeypatch.setattr("sys.stdin", StringIO(text))
        assert main(["password", account, "--config", path]) == code
    assert "nobody is not in the store" in capsys.readouterr().err
    assert (
        house.connection.execute("select password_hash from anxin.account where code = 'manager'").fetchone() != before
    )


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="choose another port, or 0"):
        bind("127.0.0.1", taken.getsockname()[1])


def test_wrong_settings_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("[api]\nprot = 1\n")
    assert main(["run", "--config", str(path)]) == 2
    assert ":2: api.prot" in capsys.readouterr().err
