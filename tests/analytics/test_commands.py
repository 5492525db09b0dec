"""`anxin analytics burden | what-if | push-key`: what an administrator types and reads."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.__main__ import main
from analytics.notify.push_crypto import public_point, read_key, to_base64url
from anxin.clock import ManualClock, SystemClock
from anxin.vocabulary import AlertKind
from tests.api.house import build
from tests.support.databases import TestDatabase


def test_a_push_key_is_made_once_and_only_its_owner_may_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vapid.pem"
    assert main(["push-key", str(path)]) == 0
    public = to_base64url(public_point(read_key(path.read_text())))
    assert capsys.readouterr().out == f'public_key = "{public}"\n'
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    assert main(["push-key", str(path)]) == 2
    assert path.read_bytes() == before
    assert main(["push-key", str(tmp_path / "nowhere" / "x.pem")]) == 2


@pytest.mark.database
def test_the_burden_and_a_what_if_are_printed(
    embedded_database: TestDatabase, clock: ManualClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = build(embedded_database, clock, 4)
    house.alert(AlertKind.SOS_CALL, house.beds()[0], 60)
    house.connection.close()
    database, now = embedded_database.settings, clock.now() + timedelta(seconds=1)
    config = tmp_path / "anxin.toml"
    config.write_text(
        f'[database]\nhost = "{database.host}"\nport = {database.port}\nname = "{database.name}"\n'
        f'secrets = "{database.secrets}"\nowner = "{database.owner}"\n'
        f"[clock]\norigin = {now.isoformat()}\nanchor = {SystemClock().now().isoformat()}\n"
    )
    assert main(["burden", "--config", str(config), "--json", "--days", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["alerts"] == {"high": 1, "medium": 0, "low": 0}
    assert main(["burden", "--config", str(config), "--language", "en"]) == 0
    assert "SOS call" in capsys.readouterr().out
    assert main(["burden", "--config", str(config), "--facility", "elsewhere"]) == 2
    assert "elsewhere" in capsys.readouterr().err
    assert main(["what-if", "call.same_s", "5", "--config", str(config), "--days", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["old"] == 3.0
    assert main(["what-if", "call.same", "5", "--config", str(config)]) == 2
    assert "no such parameter" in capsys.readouterr().err
