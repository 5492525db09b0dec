"""What docs/channels.md shows is read as it stands, and every kind of channel has an example there. Pure."""

from __future__ import annotations

import re
from pathlib import Path

from anxin import channel_settings
from anxin.config import load
from anxin.facility import parse

_PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
_ACCOUNTS = """code = "home"
name = "Home"
[[accounts]]
code = "nurse-wang"
name = "王"
role = "nurse"
[[accounts]]
code = "nurse-li"
name = "李"
role = "nurse"
"""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE, re.DOTALL | re.MULTILINE)


def test_the_settings_are_read_and_every_kind_of_channel_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "anxin.toml"
    path.write_text("\n".join(_blocks("toml")), encoding="utf-8")
    settings = load(path, {})
    assert {type(one) for one in settings.notify.channels} == set(channel_settings.kinds())
    assert settings.analytics.webhook_url is not None


def test_the_facility_file_is_read() -> None:
    (text,) = _blocks("facility")
    home = parse(_ACCOUNTS + text, "channels.md")
    assert [len(one.levels) for one in home.escalations] == [4]
    assert home.absences[0].substitute == "nurse-li"
