"""Settings: a wrong key or value is an error that names file, line and place; secrets come from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from anxin.config import ConfigError, load


def write(folder: Path, text: str) -> Path:
    path = folder / "anxin.toml"
    path.write_text(text)
    return path


def test_defaults_need_no_file() -> None:
    assert load(None, {}).database.port == 5432


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[database]\nhost = 'x'\nprot = 1\n", ":3: database.prot: Object contains unknown field `prot`"),
        ("[database]\nport = 'five'\n", ":2: database.port: Expected `int`"),
        ("[[edge]]\ngateway = 'a'\n[[edge]]\ngateway = 'b'\nspol = 1\n", ":5: edge[1].spol: Object contains unknown"),
        ("[[edge]]\n[[edge.sources]]\nkind = 'mqtt'\n", ":2: edge[0].sources[0]: Object missing required field `name`"),
        ("[database\n", "not TOML"),
    ],
)
def test_an_error_names_line_and_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), {})
    assert complaint in str(caught.value)
    assert "anxin.toml" in str(caught.value)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[database]\nport = 1\nname = 'n'\n")
    settings = load(path, {"ANXIN_DATABASE__PORT": "2", "ANXIN_INGEST__LINGER_MS": "7", "OTHER": "x"})
    assert (settings.database.port, settings.database.name, settings.ingest.linger_ms) == (2, "n", 7)


def test_a_misspelt_variable_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown field `prot`"):
        load(None, {"ANXIN_DATABASE__PROT": "2"})


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml", {})


def test_passwords_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "anxin_api").write_text("secret\n")
    settings = load(write(tmp_path, f"[database]\nsecrets = '{tmp_path}'\n"), {})
    assert settings.database.password("anxin_api") == "secret"
    assert settings.database.password("anxin_ingest") is None
    assert "secret'" not in repr(settings)
