"""The whole way in, by the commands: a code on the server, a password on the box, the broker's files; out again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from anxin import admission
from edge.gateways.__main__ import main
from tests.api.house import House
from tests.support.browser import Served

pytestmark = pytest.mark.database


def config_of(house: House, folder: Path) -> Path:
    """The server's settings, with ingest's own password at the broker."""
    database = house.database.settings
    (folder / "ours").mkdir()
    (folder / "ours" / "ingest").write_text("ingest's own\n")
    config = folder / "anxin.toml"
    config.write_text(
        f'[database]\nhost = "{database.host}"\nport = {database.port}\nname = "{database.name}"\n'
        f'owner = "{database.owner}"\nsecrets = "{database.secrets}"\n[broker]\nsecrets = "{folder / "ours"}"\n'
    )
    return config


def test_from_a_code_to_rights_and_back(
    house: House, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, access, box = config_of(house, tmp_path), tmp_path / "access", tmp_path / "box"
    access.mkdir()
    here = ["--config", str(config)]
    files = ["access", *here, "--mosquitto", str(access)]
    assert main(["enrol", *here, "--gateway", "nobody"]) == 2
    assert "there is no gateway 'nobody'" in capsys.readouterr().err
    # The code's day is the home's: the pages run on the test's clock, the command on this machine's.
    house.clock.set(datetime.now(UTC))
    assert main(["enrol", *here, "--gateway", "new-gw", "--new"]) == 0
    code = capsys.readouterr().out.splitlines()[0]
    join = ["join", "--server", served.url, "--code", code, "--secrets", str(box)]
    assert main(join) == 0
    said = capsys.readouterr().out
    password = (box / "home.new-gw").read_text().strip()
    assert 'gateway = "new-gw"' in said and password not in said
    assert (box / "home.new-gw").stat().st_mode & 0o077 == 0
    assert main(join) == 1, "a code works once"
    assert main(files) == 0
    passwords = dict(line.split(":", 1) for line in (access / "passwords").read_text().splitlines())
    assert admission.matches(password, passwords["home.new-gw"]) and admission.matches(
        "ingest's own", passwords["ingest"]
    )
    assert "topic write anxin/v1/home/new-gw/urgent/+/+" in (access / "acl").read_text()
    assert password not in (access / "passwords").read_text()
    capsys.readouterr()
    assert main(files) == 0
    assert "no change" in capsys.readouterr().out
    assert main(["revoke", *here, "--gateway", "new-gw"]) == 0
    assert main(files) == 0
    assert "new-gw" not in (access / "acl").read_text() + (access / "passwords").read_text()
