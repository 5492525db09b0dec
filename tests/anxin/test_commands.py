"""What an administrator types: migrate, passwords, facility, doctor; and what is said when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from anxin import cli
from anxin.config import load
from anxin.db.connect import connect
from anxin.db.migrate import ROLES
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import Postgres, free_port
from tests.support.databases import TestDatabase
from tests.support.homes import SMALL_HOME

pytestmark = [pytest.mark.database, pytest.mark.broker]


@pytest.fixture
def settings(embedded_database: TestDatabase, embedded_postgres: Postgres, tmp_path: Path) -> Path:
    """A settings file for a fresh database, a fresh broker and the small home."""
    (tmp_path / "home.toml").write_text(SMALL_HOME)
    file = tmp_path / "anxin.toml"
    file.write_text(
        f"facility_file = '{tmp_path}/home.toml'\n"
        f"[database]\nport = {embedded_postgres.port}\nname = '{embedded_database.settings.name}'\n"
        f"secrets = '{embedded_database.settings.secrets}'\n"
        f"[broker]\nport = {free_port()}\n[api]\nport = 0\n"
    )
    return file


def test_migrate_load_and_doctor(settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = load(settings, {}).broker.port
    nats = Nats(tmp_path / "broker", tmp_path / "broker-secrets", ("ingest", "edge"), port=port)
    nats.start()
    settings.write_text(
        settings.read_text().replace("[broker]\n", f"[broker]\nsecrets = '{tmp_path}/broker-secrets'\n")
    )
    assert cli.main(["db", "migrate", "--config", str(settings)]) == 0
    assert "native: up to date" in capsys.readouterr().out
    assert cli.main(["facility", "load", str(tmp_path / "home.toml"), "--config", str(settings)]) == 0
    assert cli.main(["doctor", "--config", str(settings)]) == 0
    said = capsys.readouterr().out
    assert "✗" not in said
    assert "as ingest: a message comes back" in said
    nats.stop()
    assert cli.main(["doctor", "--config", str(settings)]) == 1
    said = capsys.readouterr().out
    assert f"✗ broker at 127.0.0.1:{port} as ingest: no connection" in said
    assert "is the broker running" in said


def test_doctor_says_what_is_wrong_with_the_database(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text(settings.read_text().replace("name = '", "name = 'no_"))
    assert cli.main(["doctor", "--config", str(settings)]) == 1
    assert "does not exist" in capsys.readouterr().out


def test_roles_get_the_passwords_of_their_files(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same files as before, so that other tests keep their access."""
    assert cli.main(["db", "passwords", "--config", str(settings)]) == 0
    assert "passwords of the roles" in capsys.readouterr().out
    for role in ROLES:
        connect(load(settings, {}).database, role).close()


def test_a_wrong_key_names_file_and_line(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text(settings.read_text() + "prot = 1\n")
    for command in (["db", "migrate"], ["ingest", "run"], ["analytics", "run"], ["api", "run"], ["edge", "run"]):
        assert cli.main([*command, "--config", str(settings)]) == 2
        said = capsys.readouterr().err
        assert "anxin.toml:" in said, command
        assert "unknown field `prot`" in said, command


def test_an_unknown_command_shows_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dance"]) == 2
    assert "usage: anxin COMMAND" in capsys.readouterr().err
