"""From the text of a mapping file to a Mapping. What each key means: docs/mappings.md. Every error names its line."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from typing import Any

from anxin.toml_lines import Document, TomlError, load
from anxin.toml_lines import Path as Place
from edge.gateways.codecs import ROOT_CODECS
from edge.gateways.conditions import Guard, Holds, always, any_of, together
from edge.gateways.convert import Conversion, word
from edge.gateways.fields import compile_outcome, compile_table, guards
from edge.gateways.hints import guarded, unfilled
from edge.gateways.mapping import Mapping
from edge.gateways.outcome import Outcome
from edge.gateways.paths import STARTS, LanguageError, Path, compile_path
from edge.gateways.replay import Repeats
from edge.gateways.rule import FLAGS, Availability, Rule, Seconds
from edge.gateways.schema import Node
from edge.gateways.signals import SIGNALS
from edge.gateways.table import Table
from edge.gateways.templates import Filler, compile_template, first_of
from edge.gateways.times import FORMATS, TimeSource
from edge.gateways.topics import TopicFilter, compile_topic, mqtt_filter

PAYLOADS = ("json", "text", "number", "scalar", "any", "empty", "bytes", "pairs")
KEYED, BARE = ("json", "pairs"), ("text", "number", "scalar", "bytes", "empty")
_PARAMETER = re.compile(r"(?<!\?P)<([A-Za-z_]\w*)>")  # (?P<name>…) is a group of a regular expression
_INNER = re.compile(r"[\[*]|\.\w")
# what a rule has that needs more than device, time and table
NOT_PLAIN = {*FLAGS, "via", "dedupe", "set", "event", "call", "availability", "fault_code", "discover", "edges"}
NOT_PLAIN |= {"clear_after_s", "expire_after_s"}


def compile_mapping(
    text: str,
    source: str,
    shared: MappingType[str, Document] | None = None,
    replaced: MappingType[str, MappingType[str, str]] | None = None,
) -> Mapping:
    """Return the mapping of a TOML text. Raises TomlError.

    shared: documents with tables that `use` may name. replaced: parameters that a site has
    changed, by gateway kind.
    """
    document = load(text, source)
    node = Node(document, (), document.data)
    name = node.get("gateway", str)
    if not name:
        raise node.error("gateway", "the name of the gateway kind is needed, for example gateway = 'my-gateway'")
    tables = _shared_tables(node, shared or {})
    parameters = _parameters(node, (replaced or {}).get(name, {}))
    for key in ("tables", "rule"):
        if key in node.data:
            node.data[key] = _filled(node, (key,), node.data[key], parameters)
    _own_tables(node, tables)
    rules = _rules(node, name, tables)
    captures = {name for rule in rules for topic in rule.topics for name in topic.pattern.groupindex}
    for path, key in guarded(("tables",), node.data.get("tables")):
        _refuse_unfilled(document, path, [key], sorted(captures), of="")
    mapping = Mapping(
        name,
        node.get("title_en", str, name),
        node.get("title_zh", str, name),
        rules,
        source,
        node.number("silence_s"),
        int(node.number("order", 50)),
        frozenset(word.lower() for word in node.texts("private")),
        tuple(dict.fromkeys(mqtt_filter(topic.text) for rule in rules for topic in rule.topics)),
        tuple(dict.fromkeys(document.notes)),
    )
    node.done()
    return mapping


def _filled(node: Node, path: Place, value: Any, parameters: dict[str, str]) -> Any:
    """Return a value with the site's parameters in place of `<name>` in all its texts; an unknown one is an error."""
    if isinstance(value, dict):
        return {key: _filled(node, (*path, key), part, parameters) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(node, (*path, place), part, parameters) for place, part in enumerate(value)]
    if not isinstance(value, str):
        return value

    def known(found: re.Match[str]) -> str:
        if found[1] not in parameters:
            text = f"no parameter {found[0]}; there are {', '.join(parameters) or 'none'}"
            raise node.document.error(path, text)
        return parameters[found[1]]

    return _PARAMETER.sub(known, value)


def _rules(node: Node, gateway: str, tables: dict[str, Table]) -> tuple[Rule, ...]:
    """Return the rules. The first mistake of each rule is told, not only that of the first rule."""
    rules: list[Rule] = []
    mistakes: list[str] = []
    for part in node.children("rule"):
        try:
            rules.append(_rule(part, gateway, tables))
        except TomlError as error:
            mistakes.append(str(error))
    if mistakes:
        raise TomlError("\n".join(mistakes))
    if not rules:
        near = "".join(f"; {key!r} is not it" for key in node.data if key.lower().rstrip("s") == "rule")
        raise node.error("rule", f"at least one [[rule]] is needed{near}")
    return tuple(rules)


def _parameters(node: Node, replaced: MappingType[str, str]) -> dict[str, str]:
    part = node.child("parameters")
    own = {} if part is None else {key: str(part.get(key, str)) for key in part.data}
    if unknown := sorted(set(replaced) - set(own)):
        raise node.error("parameters", f"no parameter {unknown[0]!r}; there are {', '.join(own) or 'none'}")
    return own | dict(replaced)


def _shared_tables(node: Node, shared: MappingType[str, Document]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for place, name in enumerate(node.texts("use")):
        if name not in shared:
            known = ", ".join(sorted(shared)) or "none"
            raise node.document.error(("use", place), f"no shared tables {name!r}; there are {known}")
        other = shared[name]
        _own_tables(Node(other, (), other.data), tables)
    return tables


def _own_tables(node: Node, tables: dict[str, Table]) -> None:
    part = node.child("tables")
    for name in part.data if part else ():
        if part is not None and (child := part.child(name)) is not None:
            compile_table(child, name, tables, named=True)


def _rule(node: Node, gateway: str, tables: dict[str, Table]) -> Rule:
    ignore_case = node.get("ignore_case", bool, False)
    codec = node.get("codec", str)
    if codec is not None and codec not in ROOT_CODECS:
        raise node.error("codec", f"no codec {codec!r}; there are {', '.join(ROOT_CODECS)}")
    topics = _topics(node, "topic", ignore_case)
    captures = [name for topic in topics for name in topic.pattern.groupindex]
    device = _text(node, "device")
    if device is None:
        raise node.error("device", "who speaks? device = '{capture}' or '{$.path}' is needed")
    if topics:
        _check_captures(node, captures)
    payload, key, when = node.choice("payload", PAYLOADS, "json"), _text(node, "key"), _guards(node, "when")
    each = tuple(node.compiled("each", _records_path, text) for text in node.texts("each"))
    if payload in BARE and key is None and codec is None and ("fields" in node.data or "table" in node.data):
        raise node.error("payload", f"a {payload} has no keys for `fields` to read: say what it is with key = 'name'")
    inside = each[0] if len(each) == 1 and all(isinstance(step, str) for step in each[0].steps) else None
    repeats = Repeats(node.number("dedupe_s"), node.get("episodes", bool, False), node.get("edges", bool, False))
    rule = Rule(
        name=node.get("name", str, f"rule{node.path[-1]}"),
        gateway=gateway,
        topics=topics,
        not_topics=_topics(node, "not_topic", ignore_case),
        payload=payload,
        key=key,
        codec=ROOT_CODECS[codec] if codec else None,
        fits=together(guard for guard in when if guard.capture in captures),
        when=together(guard for guard in when if guard.capture not in captures),
        each=() if inside else each,
        skip=frozenset(node.texts("except")),
        where=together(_guards(node, "where")),
        device=device,
        via=_text(node, "via"),
        time=tuple(_time(part) for part in node.children("time")),
        table=_table(node, tables) or Table("nothing", others=("drop",)),
        outcome=outcome if (outcome := compile_outcome(node)) != Outcome() else None,
        availability=_availability(node),
        flags=_flags(node),
        fault=_text(node, "fault_code"),
        dedupe=_text(node, "dedupe"),
        repeats=repeats,
        go_on=node.get("go_on", bool, False),
        clear_after=_seconds(node, "clear_after_s"),
        expire_after=_seconds(node, "expire_after_s"),
        when_empty=node.choice("when_empty", ("", "ignore", "seen", "skip"), ""),
        discover=node.compiled("discover", compile_path, node.get("discover", str))
        if "discover" in node.data
        else None,
        inside=inside,
        single=(inside is not None or not each) and "where" not in node.data,
        need=next((guard.need for guard in when if guard.need), None) if payload in KEYED and key is None else None,
        plain=NOT_PLAIN.isdisjoint(node.data),
    )
    node.done()
    return rule


def _check_captures(node: Node, captures: list[str]) -> None:
    """Refuse a capture that no topic of the rule has: it could never be filled, and the rule would stay silent."""
    for key in ("device", "via", "key", "dedupe", "fault_code"):
        _refuse_unfilled(node.document, (*node.path, key), node.texts(key), captures)
    for path, key in guarded(node.path, node.data):
        _refuse_unfilled(node.document, path, [key], captures)
        if key in captures:
            node.document.note(path, f"asks the key {key!r} of the record; what the topic captured is '{{{key}}}'")


def _refuse_unfilled(
    document: Document, path: Place, texts: list[str], captures: list[str], of: str = " of this rule"
) -> None:
    if (wrong := unfilled(texts, captures)) is not None:
        known = ", ".join(dict.fromkeys(captures)) or "none"
        raise document.error(path, f"no topic{of} captures {{{wrong}}}; captured: {known}")


def _records_path(text: str) -> Path:
    if text[:1] not in STARTS and _INNER.search(text):
        raise LanguageError(f"{text!r} would be one key of that name; a path begins with $ or @: $.{text}")
    return compile_path(text)


def _seconds(node: Node, key: str) -> Seconds:
    """Return a number of seconds, or the path to one."""
    value = node.get(key, (int, float, str), 0.0)
    return node.compiled(key, compile_path, value) if isinstance(value, str) else float(value)


def _topics(node: Node, key: str, ignore_case: bool) -> tuple[TopicFilter, ...]:
    return tuple(node.compiled(key, compile_topic, text, ignore_case) for text in node.texts(key))


def _text(node: Node, key: str) -> Filler | None:
    """Return the function that fills the first of the templates that can be filled; None where there are none."""
    templates = [node.compiled(key, compile_template, text) for text in node.texts(key)]
    return first_of(templates) if templates else None


def _guards(node: Node, key: str) -> list[Guard]:
    part = node.child(key)
    return [] if part is None else guards(part)


def _flags(node: Node) -> tuple[tuple[str, Holds], ...]:
    """`suppressed = true`, or a guard table, or a list of guard tables of which one must hold."""
    found: list[tuple[str, Holds]] = []
    for flag in FLAGS:
        value = node.get(flag, (bool, dict, list))
        if value is True:
            found.append((flag, always))
        elif isinstance(value, (dict, list)):
            found.append((flag, any_of([guards(part) for part in node.children(flag)])))
    return tuple(found)


def _time(node: Node) -> TimeSource:
    path = node.compiled("path", compile_path, node.get("path", str, ""))
    source = TimeSource(
        path,
        node.choice("format", FORMATS, "auto"),
        node.choice("old", ("fault", "stale"), "fault"),
        node.get("utc", bool, False),
        together(_guards(node, "when")),
    )
    node.done()
    return source


def _table(node: Node, tables: dict[str, Table]) -> Table | None:
    name = node.get("table", str)
    if name is not None and name not in tables:
        raise node.error("table", f"no table {name!r}; there are {', '.join(tables) or 'none'}")
    inline = node.child("fields")
    if inline is None:
        return tables[name] if name else None
    table = compile_table(inline, name or "fields", tables)
    if name:  # the rule's own fields come before those of the named table
        base = tables[name]
        table.fields = {**base.fields, **table.fields}
        table.patterns += base.patterns
        table.silent |= base.silent
        table.loose, table.others, table.nulls = base.loose, table.others or base.others, base.nulls
        table.boxed = base.boxed
    return table


def _availability(node: Node) -> Availability | None:
    """`availability = "online"`, or `{ path = "$.state", online = ["up"], offline = ["down"], scope = "gateway" }`."""
    scope = node.get("scope", str)
    if scope not in (None, "gateway"):
        raise node.error("scope", f"{scope!r}: only 'gateway' can be said; without it the device is meant")
    value: Any = node.get("availability", (str, dict))
    if value is None:
        return None
    if isinstance(value, str):
        if value not in ("online", "offline"):
            raise node.error("availability", f"{value!r} is neither online nor offline")
        return Availability(None, value, None, scope)
    part = Node(node.document, (*node.path, "availability"), value)
    words = {word(text): True for text in part.texts("online")} | {word(text): False for text in part.texts("offline")}
    path = part.compiled("path", compile_path, part.get("path", str, "$"))
    part.done()
    return Availability(path, None, Conversion(SIGNALS["presence"], words or None).reader(), scope)
