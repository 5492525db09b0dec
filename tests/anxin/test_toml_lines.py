"""Every value of a TOML text is found on the line where it stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.toml_lines import Path, TomlError, key_lines, load, parse_path, show

TEXT = '''# a home
name = "北 # 3"   # trailing
note = """first
second = "no key" """

[site."ward 1"]
beds = [
  "a",  # one
  "b",
]

[[devices]]
id = "x"

[[devices]]
id = 'C:\\'
place = { room = "2", tags = ["p", { "q r" = 1 }] }
limits.high = 3

[[devices.parts]]
n = 1
[[devices.parts]]
n = 2
[devices.last]
k = 2024-01-01T00:00:00Z
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("name", 2),
        ("note", 3),
        ('site."ward 1"', 6),
        ('site."ward 1".beds[1]', 9),
        ("devices[0].id", 13),
        ("devices[1]", 15),
        ("$.devices[1].id", 16),
        ('devices[1].place.tags[1]."q r"', 17),
        ("devices[1].limits.high", 18),
        ("devices[1].parts[0].n", 21),
        ("devices[1].parts[1].n", 23),
        ("devices[1].last.k", 25),
    ],
)
def test_a_path_is_found_on_its_line(path: str, line: int) -> None:
    assert load(TEXT, "home.toml").line(path) == line


def test_a_missing_key_is_placed_at_the_nearest_thing_around_it() -> None:
    document = load(TEXT, "home.toml")
    assert document.place("devices[1].room") == "home.toml:15: devices[1].room"
    assert document.place("nowhere") == "home.toml:1: nowhere"
    assert str(document.error(("devices", 0, "id"), "unknown")) == "home.toml:13: devices[0].id: unknown"


def test_text_that_is_not_toml_names_the_line() -> None:
    with pytest.raises(TomlError, match=r"^home\.toml:2: not valid TOML: "):
        load("a = 1\nb = = 2\n", "home.toml")


KEYS = st.text(min_size=1, max_size=6)


@given(st.lists(st.one_of(KEYS, st.integers(0, 99)), min_size=1, max_size=5))
def test_a_path_survives_being_shown(path: list[str | int]) -> None:
    assert parse_path(show(tuple(path))) == tuple(path)


def _quoted(key: str) -> str:
    escaped = "".join(f"\\U{ord(char):08x}" if ord(char) < 32 or char in '"\\\x7f' else char for char in key)
    return f'"{escaped}"'


def _write(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)} = {_write(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(_write(item) for item in value) + "\n]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _paths(value: Any, path: Path) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in [(*path, key), *_paths(item, (*path, key))]]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_every_value_of_any_text_has_a_line_within_it(data: dict[str, Any]) -> None:
    text = "".join(f"{_quoted(key)} = {_write(value)}\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    lines = key_lines(text)
    assert set(lines) == set(_paths(data, ()))
    assert all(1 <= line <= text.count("\n") for line in lines.values())
