"""Packaged mappings and the documentation of the language: titles, examples that work, every key named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anxin.toml_lines import TomlError
from edge.gateways import fields, language
from edge.gateways.catalogue import load, packaged, packaged_with
from edge.gateways.model import Memory, RawMessage
from tests.edge.gateways.support import NOW

DOCS = Path(__file__).parents[3] / "docs"


def test_packaged_mappings_have_titles_in_both_languages_and_names_of_their_own() -> None:
    names = [mapping.name for mapping in packaged()]
    assert len(set(names)) == len(names)
    assert all(re.search(r"[\u4e00-\u9fff]|^\W*\w+", mapping.title_zh) and mapping.title_en for mapping in packaged())


def test_every_mapping_in_the_documentation_works(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "mappings.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.toml").write_text(block, "utf-8")
    assert len(load([tmp_path])) == len(blocks)


def test_the_documentation_names_every_packaged_gateway_and_every_key_of_the_language() -> None:
    overview, reference = ((DOCS / name).read_text("utf-8") for name in ("gateways.md", "mappings.md"))
    assert [mapping.name for mapping in packaged() if f"`{mapping.name}`" not in overview] == []
    asked = _asked_keys()
    assert len(asked) > 50
    assert [key for key in sorted(asked) if not re.search(rf"[`\[]{key}\b", reference)] == []


def _asked_keys() -> set[str]:
    """Every key that the compiler reads, from its own text."""
    asked = re.compile(
        r'node[.](?:get|texts|choice|number|child|children)[(]"(\w+)"|(?:guards|_text|_topics)[(]node, "(\w+)"'
    )
    sources = [Path(str(module.__file__)).read_text("utf-8") for module in (language, fields)]
    return {key for source in sources for found in asked.findall(source) for key in found if key}


def test_a_site_can_set_the_parameters_of_a_packaged_mapping() -> None:
    mappings = packaged_with({"zigbee2mqtt": {"base": "house 2/z2m"}})
    (mapping,) = (mapping for mapping in mappings if mapping.name == "zigbee2mqtt")
    assert all(topic.startswith("house 2/z2m/") for topic in mapping.subscriptions)
    message = RawMessage("house 2/z2m/door", b'{"contact": false}', False, NOW)
    assert mapping.decode(message, Memory())[0].signals == {"door": "open"}
    with pytest.raises(TomlError, match="no parameter 'bse'; there are base"):
        packaged_with({"zigbee2mqtt": {"bse": "x"}})
