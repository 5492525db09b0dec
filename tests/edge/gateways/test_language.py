"""The mapping language: what its keys do. Mistakes in a file: test_mistakes.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from anxin.toml_lines import TomlError
from edge.gateways.catalogue import shared_tables
from edge.gateways.language import compile_mapping
from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.topics import mqtt_filter
from tests.edge.gateways.support import NOW, to_bytes


def say(
    rules: str, payload: Any, topic: str | None = "t/dev", head: str = "", memory: Memory | None = None
) -> list[Result]:
    mapping = compile_mapping(f'gateway = "g"\n{head}\n{rules}', "mine.toml", shared_tables())
    return mapping.decode(RawMessage(topic, to_bytes(payload), False, NOW), memory or Memory())


def rule(text: str) -> str:
    return f'[[rule]]\ntopic = "t/{{device...}}"\ndevice = "{{device}}"\n{text}'


def one(fields: str, payload: Any) -> Result:
    (result,) = say(rule(f"fields = {{ {fields} }}"), payload)
    return result


@pytest.mark.parametrize(
    ("fields", "payload", "signals"),
    [
        ('c = "door"', {"c": "OPEN"}, {"door": "open"}),
        ('c = { signal = "door", invert = true }', {"c": False}, {"door": "open"}),
        ('v = { signal = "battery_voltage_V", unit = "mV" }', {"v": 3015}, {"battery_voltage_V": 3.015}),
        ('v = { signal = "temperature", unit = "F" }', {"v": "68"}, {"temperature": 20.0}),
        ('v = { signal = "temperature", scale = 0.1, offset = -40 }', {"v": 615}, {"temperature": 21.5}),
        ('v = { signal = "heart_rate", null = ["---", 254] }', {"v": 254}, {"heart_rate": None}),
        ('v = "heart_rate"', {"v": 0}, {"heart_rate": None}),
        ('v = "temperature"', {"v": 0}, {"temperature": 0}),
        ('v = "battery"', {"v": None}, {}),
        ('v = "battery", _nulls = "unknown"', {"v": None}, {"battery": None}),
        ('v = "battery"', {}, {}),
        ('v = "battery"', {"v": ""}, {"battery": None}),
        ('v = { signal = "humidity", low = 0, high = 100 }', {"v": 6553.5}, {"humidity": None}),
        (
            'v = { signal = "fall", values = { a = "suspected", b = true, c = "unknown", d = "absent" } }',
            {"v": "A"},
            {"fall": "suspected"},
        ),
        ('v = { signal = "fall", values = { d = "absent" } }', {"v": "d"}, {}),
        ('v = { bits = { 0 = "sos", 2 = "tamper" } }', {"v": 4}, {"sos": False, "tamper": True}),
        ('"/^in(\\\\d)$/" = { signal = "input{0}", form = "flag" }', {"in3": "on"}, {"input3": True}),
        ('s = { path = "@.a", signal = "motion" }', {"s": {"a": 1}}, {"motion": True}),
        ('s = { codec = "json", fields = { m = "motion" } }', {"s": '{"m": 1}'}, {"motion": True}),
        ('l = { fields = { m = "motion" } }', {"l": [{"m": 0}, {"x": 1}]}, {"motion": False}),
        ('Bat_V = "battery_voltage_V", _loose = true', {"batV": 3}, {"battery_voltage_V": 3}),
        ('_others = "keep"', {"x": "12", "y": "ON", "z": "hi"}, {"x": 12.0, "y": True, "z": "hi"}),
        ('m = "motion", _others = "descend"', {"a": {"b": {"m": 1}}}, {"motion": True}),
        ('a = [{ when = { b = 1 }, signal = "motion" }, "presence"]', {"a": 1, "b": 2}, {"presence": True}),
        ('a = { when = { "." = { above = 5 } }, signal = "x" }', {"a": 4}, {}),
        ('a = { signal = "motion", also = { signal = "presence" } }', {"a": 1}, {"motion": True, "presence": True}),
    ],
)
def test_a_field_becomes_a_signal(fields: str, payload: Any, signals: dict[str, Any]) -> None:
    assert one(fields, payload).signals == signals


def test_what_is_not_understood_is_listed_and_never_read_as_a_state() -> None:
    result = one('a = "presence", e = { event = { x = "sos" } }', {"a": "perhaps", "e": "y", "other": 1})
    assert (result.signals, result.event, result.unmapped) == ({}, None, ["a", "e = y", "other"])


@pytest.mark.parametrize("name", ["pin", "pin_code", "action_code", "userCode", "wifi_password", "token"])
def test_of_what_is_named_like_a_secret_only_the_name_is_listed(name: str) -> None:
    result = one(f'{name} = {{ event = {{ open = "sos" }} }}', {name: "4711"})
    assert result.unmapped == [name]


def test_events_by_word_pattern_and_rest() -> None:
    field = (
        'a = { event = { emergency = "sos", "/(single|double)/" = "button_{0}", off = "", "*" = "button_{value}" } }'
    )
    events = [one(field, {"a": word}).event for word in ("emergency", "1_double", "off", "spin", "", None)]
    assert events == ["sos", "button_double", None, "button_spin", None, None]


def test_cases_say_several_things_at_once() -> None:
    field = (
        'a = { cases = { 0 = { set = { fall = true } }, 3 = { event = "bed_exit", set = { bed_occupied = false } } } }'
    )
    assert one(field, {"a": 0}).alert
    assert (one(field, {"a": 3}).event, one(field, {"a": 3}).signals) == ("bed_exit", {"bed_occupied": False})


def test_two_events_of_one_record_are_two_results() -> None:
    results = say(rule('fields = { a = { event = "motion" }, b = { event = "tilt" } }'), {"a": 1, "b": 1})
    assert [result.event for result in results] == ["motion", "tilt"]


def test_a_call_button_is_one_by_its_mapping() -> None:
    assert one('k = { call = "toilet", event = { 1 = "button" } }', {"k": 1}).call == "toilet"
    assert one('k = { call = true, event = { 1 = "button" } }', {"k": 1}).alert
    assert not one('k = { event = { 1 = "button" } }', {"k": 1}).alert


@pytest.mark.parametrize(
    ("topic", "filter_", "device"),
    [
        ("z/ a b/c", "z/{d...}", " a b/c"),
        ("/devices/x/events", "/devices/{d}/events", "x"),
        ("GW17_Health", "{d}_Health", "GW17"),
        ("a/b/c", "a/+/{d}", "c"),
        ("a/b/c/d", "a/{d}/#", "b"),
        ("a/b", "a/{d}/#", "b"),
        ("A/X", "a/{d}", None),
        ("a/b/c", "a/{d}", None),
    ],
)
def test_topics_with_captures(topic: str, filter_: str, device: str | None) -> None:
    text = f'[[rule]]\ntopic = "{filter_}"\npayload = "text"\ndevice = "{{d}}"\nseen = true'
    assert [result.device for result in say(text, "x", topic)] == ([device] if device else [])


def test_case_of_topics_can_be_ignored_and_topics_excluded() -> None:
    text = '[[rule]]\ntopic = "imede/{d}"\nignore_case = true\nnot_topic = "imede/x"\npayload = "any"\ndevice = "{d}"'
    assert [result.device for result in say(text, "1", "iMEDE/SOS")] == ["SOS"]
    assert say(text, "1", "iMEDE/x") == []


def test_subscriptions_cover_the_filters() -> None:
    assert [mqtt_filter(text) for text in ("a/{b}/c", "a/{b...}/c", "{g}_Health", "a/#")] == [
        "a/+/c",
        "a/#",
        "+",
        "a/#",
    ]


def test_fan_out_over_maps_and_lists_with_keys_and_guards() -> None:
    text = rule('each = "$.beds.*[*]"\nexcept = ["spare"]\nwhere = { ok = true }').replace(
        '"{device}"', '"{key1}/{@.id|mac}"'
    )
    body = {
        "beds": {
            "b1": [{"id": "a:b", "ok": True}, {"id": "c", "ok": False}],
            "b2": [{"ok": True, "id": 7.0}],
            "spare": [{"ok": True, "id": 1}],
        }
    }
    assert [result.device for result in say(text, body)] == ["b1/AB", "b2/7"]


@pytest.mark.parametrize(
    ("source", "value", "at"),
    [
        ('format = "iso"', "2026-04-17T23:33:22.123456789+08:00", datetime(2026, 4, 17, 15, 33, 22, 123456, UTC)),
        ('format = "iso"', "2026-04-17 23:33:22", datetime(2026, 4, 17, 23, 33, 22)),  # noqa: DTZ001 - site time
        ('format = "iso", utc = true', "2026-04-17 23:33:22", datetime(2026, 4, 17, 23, 33, 22, tzinfo=UTC)),
        ('format = "unix_s"', 1768397944, datetime(2026, 1, 14, 13, 39, 4, tzinfo=UTC)),
        ('format = "unix_ms"', "1768397944445", datetime(2026, 1, 14, 13, 39, 4, 445000, UTC)),
        ('format = "auto"', 1768397944445, datetime(2026, 1, 14, 13, 39, 4, 445000, UTC)),
        ('format = "auto"', 1768397944.5, datetime(2026, 1, 14, 13, 39, 4, 500000, UTC)),
        ('format = "dmy"', "16/06/2025 12:30:45", datetime(2025, 6, 16, 12, 30, 45)),  # noqa: DTZ001
        ('format = "mdy"', "06/16/2025 12:30:45", datetime(2025, 6, 16, 12, 30, 45)),  # noqa: DTZ001
        ('format = "year_day"', "2023-011 14:15:11.67", datetime(2023, 1, 11, 14, 15, 11, 670000)),  # noqa: DTZ001
        ('format = "compact"', "20250616123045", datetime(2025, 6, 16, 12, 30, 45)),  # noqa: DTZ001
        ('format = "iso"', "@0.287120s", None),
        ('format = "unix_s"', 0, None),
        ('format = "iso"', "2026-13-45T99:00:00Z", None),
    ],
)
def test_time_formats(source: str, value: Any, at: datetime | None) -> None:
    (result,) = say(rule(f'time = {{ path = "$.t", {source} }}'), {"t": value})
    assert (result.at, result.clock_fault) == (at, False)


def test_a_clock_that_cannot_be_right_is_told_and_the_arrival_counts() -> None:
    text = rule('time = { path = "$.t" }')
    found = [say(text, {"t": when})[0] for when in (1836942771, 1000, "1970-01-01T00:00:20Z")]
    assert [(result.at, result.at_kind, result.clock_fault) for result in found] == [(None, "arrival", True)] * 3


@pytest.mark.parametrize(
    ("guards", "payload", "holds"),
    [
        ("a = 5", {"a": "5"}, True),
        ('a = ["X", "y"]', {"a": "x"}, True),
        ("a = 0", {}, False),
        ("a = 0", {"a": 0}, True),
        ("a = { present = true }", {"a": None}, True),
        ("a = { present = false }", {"a": None}, False),
        ('a = { not = ["x"] }', {}, True),
        ('a = { like = "^fa" }', {"a": "FALL"}, True),
        ("a = { above = 3, below = 5 }", {"a": "4"}, True),
        ("a = { above = 3, below = 5 }", {"a": 5}, False),
        ('"$.x[0].y" = true', {"x": [{"y": True}]}, True),
        ('"{device}" = "dev"', {}, True),
    ],
)
def test_guards(guards: str, payload: Any, holds: bool) -> None:
    assert bool(say(rule(f"when = {{ {guards} }}"), payload)) is holds


def test_rules_go_on_and_own_fields_come_before_those_of_a_table() -> None:
    head = '[tables.base]\n"/^a/" = "motion"\nb = "door"\n[tables.mine]\n_like = ["base"]\n"/^ab/" = "presence"'
    text = (
        rule('set = { sos = false }\nevent = "tilt"\ngo_on = true')
        + "\n"
        + rule('table = "mine"\nfields = { b = "window" }')
    )
    found = [(result.event, result.signals) for result in say(text, {"abc": 1, "ax": 1, "b": 1}, head=head)]
    assert found == [("tilt", {"sos": False}), (None, {"presence": True, "motion": True, "window": "open"})]


def test_availability_of_a_device_in_words_of_the_file() -> None:
    text = rule('availability = { path = "$.s", online = ["up"], offline = ["down"] }')
    found = [say(text, {"s": word})[0].availability for word in ("UP", "down", "online", "?")]
    assert found == ["online", "offline", "online", None]


def test_a_flapping_contact_is_held_back_until_it_stays() -> None:
    memory = Memory()
    text = rule('fields = { c = { signal = "door", debounce_s = 10 } }')
    said = [say(text, {"c": word}, memory=memory)[0].signals for word in (1, 0, 1)]
    assert said == [{"door": "open"}, {}, {"door": "open"}]  # the level that is known may be said


def test_a_parameter_stands_in_every_text_of_a_rule() -> None:
    rule = '[[rule]]\ntopic = "<base>/{x}"\ndevice = "<base>-{x}"\nvia = "<base>"\n'
    text = f'gateway = "g"\n[parameters]\nbase = "zw"\n{rule}'
    result = compile_mapping(text, "", {}, {"g": {"base": "z/2"}}).decode(
        RawMessage("z/2/a", b"{}", False, NOW), Memory()
    )[0]
    assert (result.device, result.via) == ("z/2-a", "z/2")


def test_a_parameter_stands_in_guards_and_fields_too_and_an_unknown_one_nowhere() -> None:
    rule = '[[rule]]\ntopic = "s/{id}"\ndevice = "{id}"\n[rule.fields]\n'
    field = 'a = [{ when = { "{id}" = { like = "^(<sos>)$" } }, signal = "sos" }, { signal = "tamper" }]\n'
    text = f'gateway = "g"\n[parameters]\nsos = "21|22"\n{rule}{field}'
    mapping = compile_mapping(text, "mine.toml")
    said = [
        mapping.decode(RawMessage(f"s/{number}", b'{"a": true}', False, NOW), Memory())[0] for number in (21, 22, 23)
    ]
    assert [(one.signals, one.alert) for one in said] == [({"sos": True}, True)] * 2 + [({"tamper": True}, False)]
    with pytest.raises(TomlError, match=r"mine.toml:8: rule\[0\].fields.a.*no parameter <sso>; there are sos"):
        compile_mapping(text.replace("<sos>", "<sso>"), "mine.toml")


def test_a_link_word_or_bits_that_are_not_understood_are_listed() -> None:
    fields = 'a = { availability = true, values = { fine = true, gone = false } }\nb = { bits = { 0 = "sos" } }\n'
    mapping = compile_mapping(f'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\n{fields}', "")

    def read(payload: bytes) -> tuple[str | None, list[str]]:
        result = mapping.decode(RawMessage("t", payload, False, NOW), Memory())[0]
        return result.availability, result.unmapped

    assert read(b'{"a": "gone", "b": 0}') == ("offline", [])
    assert read(b'{"a": "perhaps", "b": "pressed"}') == (None, ["a", "b"])


def test_a_list_of_meanings_of_which_none_fits_is_told() -> None:
    meanings = '[{ when = { "." = 1 }, signal = "sos" }, { when = { "." = 2 } }]'
    text = f'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\na = {meanings}\n'
    mapping = compile_mapping(text, "")

    def told(payload: bytes) -> list[str]:
        return mapping.decode(RawMessage("t", payload, False, NOW), Memory())[0].unmapped

    assert (told(b'{"a": 3}'), told(b'{"a": 2}'), told(b'{"a": null}')) == (["a = 3"], [], [])


def test_a_value_may_stand_in_a_box() -> None:
    text = 'gateway = "g"\n[[rule]]\ndevice = "x"\n[rule.fields]\n_boxed = true\nt = "temperature"\nd = "door"\n'
    said = b'{"t": {"value": 21.5, "unit": "C"}, "d": {"value": true, "more": 1}}'
    result = compile_mapping(text, "").decode(RawMessage("t", said, False, NOW), Memory())[0]
    assert (result.signals, result.unmapped) == ({"temperature": 21.5}, ["d"])
