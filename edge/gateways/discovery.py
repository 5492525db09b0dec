"""Home Assistant's MQTT discovery: configurations become drafts of a mapping, and their state topics are understood.

Of Jinja only the plain forms are read: `{{ value }}`, `{{ value_json.key }}`, `{{ value_json['key'] }}`; anything else
is listed as unsupported instead of guessed.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from edge.gateways.convert import UNREADABLE, Conversion, word
from edge.gateways.model import Memory, bound
from edge.gateways.paths import MISSING, Scope, compile_path
from edge.gateways.signals import OWN, SIGNALS

MAX_ENTITIES = 5_000
MAX_DEPTH = 12
_SHORT = {
    "stat_t": "state_topic",
    "avty_t": "availability_topic",
    "avty": "availability",
    "avty_mode": "availability_mode",
    "pl_on": "payload_on",
    "pl_off": "payload_off",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "val_tpl": "value_template",
    "dev_cla": "device_class",
    "unit_of_meas": "unit_of_measurement",
    "uniq_id": "unique_id",
    "obj_id": "object_id",
    "exp_aft": "expire_after",
    "off_dly": "off_delay",
    "dev": "device",
    "cmps": "components",
    "o": "origin",
    "p": "platform",
    "cmd_t": "command_topic",
    "t": "topic",
    "ids": "identifiers",
    "json_attr_t": "json_attributes_topic",
}
_BINARY = {
    "motion": "motion",
    "moving": "motion",
    "occupancy": "presence",
    "presence": "presence",
    "door": "door",
    "garage_door": "door",
    "opening": "door",
    "window": "window",
    "tamper": "tamper",
    "battery": "battery_low",
    "smoke": "smoke",
    "gas": "gas",
    "carbon_monoxide": "gas",
    "moisture": "water_leak",
    "plug": "external_power",
}
_NUMBERS = {
    "temperature": "temperature",
    "humidity": "humidity",
    "battery": "battery",
    "illuminance": "illuminance_lx",
    "distance": "distance_m",
    "signal_strength": "rssi",
    "weight": "weight",
}
_NAMES = (  # a name tells more than the class `safety` or none
    (re.compile(r"(?<![a-z])fall(en|ing|down)?(?![a-z])", re.I), "fall"),
    (re.compile(r"(?<![a-z])sos(?![a-z])|panic|emergency(?![ _]?light)", re.I), "sos"),
    (re.compile(r"(?:in|on|of)[ _]bed|bed[ _](?:occup|presence|sensor)", re.I), "bed_occupied"),
    (re.compile(r"heart[ _]?rate", re.I), "heart_rate"),
    (re.compile(r"breath|respirat", re.I), "respiratory_rate"),
)
_TEMPLATE = re.compile(
    r"\{\{\s*value(?:_json((?:\.\w+|\[['\"][^'\"]+['\"]\]|\[\d+\])*))?\s*(?:\|\s*(?:float|int)(?:\([^)]*\))?\s*)?\}\}"
)


def configuration(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return {drafts: [{device, discover}]} of a config message, and remember its state topics; {} text removes."""
    names = scope.names
    own = names.get("object") or names.get("node") or ""
    if root == "":
        for topic in [topic for topic, entity in memory.entities.items() if entity.get("config") == _key(names)]:
            del memory.entities[topic]
        return {"drafts": [{"device": own, "discover": {"remove": True}}]}
    if not isinstance(root, dict):
        return MISSING
    config = _long(root, str(root.get("~", "")))
    components = config.get("components")
    parts = components.items() if isinstance(components, dict) else [("", config)]
    drafts: list[dict[str, Any]] = []
    for key, part in parts:
        if isinstance(part, dict):
            whole = {**config, **part}
            component = str(whole.get("platform") or names.get("component", ""))
            drafts.append(_draft(whole, component, own, str(key), names, memory))
    return {"drafts": drafts}


def _key(names: dict[str, str]) -> str:
    return "/".join(names.get(part, "") for part in ("component", "node", "object"))


def _long(value: Any, base: str, depth: int = 0) -> Any:
    """Write abbreviated keys out and put the base topic in place of `~`."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {_SHORT.get(key, key): _long(item, base, depth + 1) for key, item in value.items() if key != "~"}
    if isinstance(value, list):
        return [_long(item, base, depth + 1) for item in value]
    if isinstance(value, str) and base and value.startswith("~"):
        return base + value[1:]
    return base.join((value[:-1], "")) if isinstance(value, str) and base and value.endswith("/~") else value


def _draft(
    config: dict[str, Any], component: str, own: str, part: str, names: dict[str, str], memory: Memory
) -> dict[str, Any]:
    about = config.get("device")
    identifiers = about.get("identifiers") if isinstance(about, dict) else None
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else identifiers
    device = str(first) if isinstance(first, (str, int)) else own
    label = " ".join(str(config.get(key, "")) for key in ("object_id", "unique_id", "name")) + f" {part} {own}"
    signal = _signal(component, str(config.get("device_class", "")), label, str(config.get("unit_of_measurement", "")))
    draft: dict[str, Any] = {"component": component}
    if signal:
        draft["signal"] = signal
    topic = config.get("state_topic") or config.get("topic")
    if isinstance(topic, str):
        draft["state_topic"] = topic
    if component == "binary_sensor":
        draft["on"], draft["off"] = config.get("payload_on", "ON"), config.get("payload_off", "OFF")
    draft |= _path(config.get("value_template"))
    for key in ("off_delay", "expire_after", "availability_topic", "availability_mode"):
        if key in config:
            draft[key] = config[key]
    if isinstance(topic, str) and "unsupported" not in draft:
        entry = memory.entities.setdefault(topic, {"config": _key(names), "drafts": {}})
        entry["drafts"][str(config.get("unique_id") or f"{own}/{part}")] = {"device": device, **draft}
        bound(memory.entities, MAX_ENTITIES)
    _links(config, device, names, memory)
    return {"device": device, "discover": draft}


def _links(config: dict[str, Any], device: str, names: dict[str, str], memory: Memory) -> None:
    """Remember the topics that tell whether a device can be reached."""
    listed = config.get("availability")
    sources = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if isinstance(config.get("availability_topic"), str):
        sources.append({**config, "topic": config["availability_topic"], "value_template": None})
    for source in sources:
        topic = source.get("topic")
        link = {"device": device, "signal": "connectivity", **_path(source.get("value_template"))}
        if isinstance(topic, str) and "unsupported" not in link:
            link["on"] = source.get("payload_available", "online")
            link["off"] = source.get("payload_not_available", "offline")
            entry = memory.entities.setdefault(topic, {"config": _key(names), "drafts": {}})
            entry["drafts"][f"link/{device}"] = link
    bound(memory.entities, MAX_ENTITIES)


def _signal(component: str, device_class: str, label: str, unit: str) -> str | None:
    for pattern, name in _NAMES:
        if device_class in ("", "safety", "occupancy", "None") and pattern.search(label):
            return name
    if component == "binary_sensor":
        return _BINARY.get(device_class, device_class or None)
    if unit.lower() == "bpm":
        return "heart_rate"
    return _NUMBERS.get(device_class, device_class or None) if component == "sensor" else None


def _path(template: Any) -> dict[str, str]:
    if not isinstance(template, str):
        return {}
    found = _TEMPLATE.fullmatch(template.strip())
    if not found:
        return {"unsupported": template[:200]}
    inner = re.sub(r'\["([^"]+)"\]', r"['\1']", found.group(1) or "")
    return {"path": f"${inner}"} if "value_json" in template else {}


def state(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return {entities: [{device, signals}]} for a state topic that was discovered before, else MISSING."""
    entry = memory.entities.get(scope.names.get("topic", ""))
    if entry is None:
        return MISSING
    body = _body(root)
    found: list[dict[str, Any]] = []
    for draft in entry["drafts"].values():
        value = compile_path(draft["path"]).get(Scope(body, body)) if "path" in draft else root
        read = UNREADABLE if value is MISSING else _read(draft, value)
        if read is not UNREADABLE:
            key = "link" if draft.get("signal") == "connectivity" else "signals"
            found.append({"device": draft["device"], key: {draft.get("signal") or "value": read}})
    return {"entities": found}


def _body(root: Any) -> Any:
    try:
        return msgspec.json.decode(root) if isinstance(root, str) else root
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _read(draft: dict[str, Any], value: Any) -> Any:
    signal = str(draft.get("signal") or "value")
    table = {word(draft["on"]): True, word(draft["off"]): False} if "on" in draft else None
    if table is not None:
        truth = table.get(word(value), None if word(value) in ("unknown", "none", "unavailable") else UNREADABLE)
        if isinstance(truth, bool) and signal in ("door", "window"):
            return "open" if truth else "closed"
        return truth
    return Conversion(SIGNALS.get(signal, OWN)).read(value)
