"""The state topics that Home Assistant discoveries named: which entities a message speaks for, and what it says."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.gateways.convert import UNITS, UNREADABLE, Conversion, unit_change, word
from edge.gateways.model import Memory
from edge.gateways.paths import MISSING, Scope, compile_path
from edge.gateways.signals import OWN, SIGNALS

LINK = "connectivity"
_UNKNOWN = ("unknown", "none", "unavailable")
# unit of a configuration → its word in a mapping
_UNITS = {
    "°F": "F",
    "K": "K",
    "mm": "mm",
    "cm": "cm",
    "ft": "ft",
    "in": "in",
    "lb": "lb",
    "g": "g",
    "mV": "mV",
    "kPa": "kPa",
}


def state(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return {entities: [...]} for a topic that was discovered before, else MISSING.

    An entity is {device, signals} with `off_delay` and `expire_after` in seconds where they were configured, or
    {device, event}, or {device, link} where the topic tells whether the device can be reached.
    """
    entry = memory.entities.get(scope.names.get("topic", ""))
    if entry is None:
        return MISSING
    body = _body(root)
    found = [_entity(draft, root, body, memory) for draft in entry["drafts"].values()]
    return {"entities": [entity for entity in found if entity is not None]}


def _entity(draft: dict[str, Any], root: Any, body: Any, memory: Memory) -> dict[str, Any] | None:
    value = compile_path(draft["path"]).get(Scope(body, body)) if "path" in draft else root
    if value is MISSING:
        return None
    device = {"device": draft["device"]}
    if "trigger" in draft:
        fits = "payload" not in draft or word(value) == word(draft["payload"])
        return device | {"event": draft["trigger"] or word(value)} if fits else None
    if draft.get("component") == "event":
        kind = body.get("event_type") if isinstance(body, dict) else None
        return None if kind is None else device | {"event": word(kind)}
    read = _read(draft, value)
    if read is UNREADABLE:
        return None
    if draft.get("signal") == LINK:
        online = _reachable(draft, read, memory)
        return None if online is None else device | {"link": {LINK: online}}
    kept = {key: draft[key] for key in ("off_delay", "expire_after") if key in draft}
    return device | kept | {"signals": {draft.get("signal") or "value": read}}


def _reachable(draft: dict[str, Any], said: Any, memory: Memory) -> bool | None:
    """By `availability_mode`: the latest word counts, all topics must agree, or any suffices; None: not yet known."""
    draft["last"] = said
    drafts = [memory.entities.get(topic, {}).get("drafts", {}) for topic in draft.get("topics", [])]
    words = [part.get(f"link/{draft['device']}", {}).get("last") for part in drafts]
    mode = draft.get("mode", "latest")
    if mode == "all" and words:
        return False if False in words else None if None in words else True
    if mode == "any" and words:
        return True if True in words else None if None in words else False
    return said if isinstance(said, bool) else None


def _body(root: Any) -> Any:
    try:
        return msgspec.json.decode(root) if isinstance(root, str) else root
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _read(draft: dict[str, Any], value: Any) -> Any:
    signal = str(draft.get("signal") or "value")
    spec = SIGNALS.get(signal, OWN)
    if "on" in draft:
        table = {word(draft["on"]): True, word(draft["off"]): False}
        truth = table.get(word(value), None if word(value) in _UNKNOWN else UNREADABLE)
        if isinstance(truth, bool) and signal in ("door", "window"):
            return "open" if truth else "closed"
        return truth
    unit = _UNITS.get(str(draft.get("unit")), "")
    factor, offset = unit_change(unit, spec.unit) if (unit, spec.unit) in UNITS else (1.0, 0.0)
    return Conversion(spec, factor=factor, offset=offset).reader()(value)
