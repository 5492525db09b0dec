"""Mistakes in a mapping file: each is named with file, line and remedy."""

from __future__ import annotations

import pytest

from anxin.toml_lines import TomlError
from edge.gateways.catalogue import shared_tables
from edge.gateways.language import compile_mapping
from edge.gateways.model import Memory, RawMessage
from tests.edge.gateways.support import NOW

WRONG = [
    ('gateway = "g"\n', 1, "at least one [[rule]]"),
    ('title_en = "x"\n', 1, "the name of the gateway kind"),
    ('gateway = "g"\n[[rule]]\ntopic = "a"\n', 2, "who speaks?"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\ntopics = "a"\n', 4, "did you mean 'topic'?"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n\ntopic = "a/#/b"\n', 5, "# stands only as the last level"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\ntopic = "a/{1b}"\n', 4, "is no capture"),
    ('gateway = "g"\n[[rule]]\ndevice = "{x|capital}"\n', 3, "filter 'capital'"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\neach = "$.a[b]"\n', 4, "breaks off at '[b]'"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\npayload = "xml"\n', 4, "'xml' is not one of json"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.when]\na = { above = "much" }\n', 5, "a number is needed"),
    (
        'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = { signal = "temperature", unit = "R" }\n',
        5,
        "unit 'R'",
    ),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = { signal = 4 }\n', 5, "text is needed, not 4"),
    (
        'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = [\n  "door",\n  { sgnal = "door" },\n]\n',
        7,
        "did you mean 'signal'?",
    ),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\n"/(/" = "door"\n', 5, "unterminated"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\ntable = "states"\n', 4, "no table 'states'"),
    ('gateway = "g"\nuse = ["nothing"]\n[[rule]]\ndevice = "x"\n', 2, "no shared tables 'nothing'"),
    (
        'gateway = "g"\n[[rule]]\ndevice = "x"\ntime = { path = "t", format = "epoch" }\n',
        4,
        "'epoch' is not one of iso",
    ),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\ncodec = "magic"\n', 4, "no codec 'magic'"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\n"/a(b)/" = "in{1}"\n', 5, "placeholder that nothing fills"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = { event = { "/a/" = "b_{0}" } }\n', 5, "placeholder"),
    (
        'gateway = "g"\n[[rule]]\ntopic = "a/{x}"\ndevice = "{y}"\n',
        4,
        "no topic of this rule captures {y}; captured: x",
    ),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = { slices = { b = "0 bit" } }\n', 5, "slice '0 bit'"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\nclear_after_s = "$.a["\n', 4, "breaks off at '['"),
    ('gateway = "g"\n[[rule]\n', 2, "not valid TOML"),
    ('gateway = "g"\n[[rule]]\ntopic = "a/{x"\ndevice = "x"\n', 3, "a brace is not closed"),
    ('gateway = "g"\n[[rule]]\ntopic = "<base>/{x}"\ndevice = "{x}"\n', 3, "no parameter <base>; there are none"),
    ('gateway = "g"\n[[rule]]\ntopic = "a/{x}"\ndevice = "<base>"\n', 4, "no parameter <base>"),
    ('gateway = "g"\n[[rule]]\ntopic = "a/{x}"\ndevice = "{x}"\nsuppressed = { "{y}" = 1 }\n', 5, "captures {y}"),
    ('gateway = "g"\n[[rule]]\ntopic = "a/{x}"\ndevice = "{x}"\nstale = [{ "{y}" = 1 }]\n', 5, "captures {y}"),
    (
        'gateway = "g"\n[tables.t]\na = { when = { "{y}" = 1 } }\n[[rule]]\ntopic = "a/{x}"\ndevice = "x"\n',
        3,
        "no topic captures {y}; captured: x",
    ),
    ('gateway = "g"\n[tables.t]\n_silnt = ["b"]\n[[rule]]\ndevice = "x"\n', 3, "did you mean '_silent'?"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\neach = "list[*]"\n', 4, "would be one key of that name"),
    ('gateway = "g"\n[[rule]]\ndevice = "x"\npayload = "text"\nfields = { a = "sos" }\n', 4, "key = 'name'"),
    ('gateway = "g"\n[[rules]]\ndevice = "x"\n', 1, "'rules' is not it"),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=[words for _, _, words in WRONG])
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(TomlError) as caught:
        compile_mapping(text, "mine.toml", shared_tables())
    assert str(caught.value).startswith(f"mine.toml:{line}:")
    assert words in str(caught.value)


def test_the_first_mistake_of_every_rule_is_told() -> None:
    rule = '[[rule]]\ndevice = "x"\n'
    text = f'gateway = "g"\n{rule}what = 1\n{rule}{rule}payload = "yaml"\n'
    with pytest.raises(TomlError) as caught:
        compile_mapping(text, "mine.toml", shared_tables())
    assert [line.split(" ")[0] for line in str(caught.value).splitlines()] == ["mine.toml:4:", "mine.toml:9:"]


def test_a_guard_on_what_no_topic_captures_is_refused_and_one_on_its_plain_name_noted() -> None:
    field = 'a = [{ when = { KEY = 1 }, event = "sos" }]'
    rule = f'gateway = "g"\n[[rule]]\ntopic = "s/{{id}}"\ndevice = "{{id}}"\nfields = {{ {field} }}\n'
    with pytest.raises(TomlError, match=r":5: rule\[0\].fields.*no topic of this rule captures \{ident\}"):
        compile_mapping(rule.replace("KEY", '"{ident}"'), "mine.toml")
    assert compile_mapping(rule.replace("KEY", '"{id}"'), "").notes == ()
    (note,) = compile_mapping(rule.replace("KEY", "id"), "").notes
    assert "asks the key 'id' of the record; what the topic captured is '{id}'" in note


def test_an_event_asks_for_no_part_of_a_word_that_nobody_gives() -> None:
    text = 'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = { event = "button_{0}" }\n'
    with pytest.raises(TomlError, match=r":5: rule\[0\].fields.a.event: "):
        compile_mapping(text, "")
    (said,) = compile_mapping(text.replace("{0}", "{value}"), "").decode(
        RawMessage("t", b'{"a": "x"}', False, NOW), Memory()
    )
    assert said.event == "button_x"
