"""Home Assistant's MQTT discovery: configurations become drafts of a mapping, and their state topics are understood.

Of Jinja only the plain forms are read: `{{ value }}`, `{{ value_json.key }}`, `{{ value_json['key'] }}`, with filters
that leave the meaning as it is; anything else is listed as unsupported instead of guessed.
"""

from __future__ import annotations

import re
from typing import Any

from edge.gateways.discovered import LINK
from edge.gateways.model import Memory, bound
from edge.gateways.paths import MISSING, Scope

MAX_ENTITIES = 5_000
MAX_DEPTH = 12
_NO_STATE = ("button", "scene", "tag", "notify")  # nothing is ever heard of them
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
    "pl": "payload",
    "stype": "subtype",
    "atype": "automation_type",
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
_UNCLEAR = ("", "safety", "occupancy", "enum", "None")
_NAMES = (  # a name tells more than the class `safety` or none
    (re.compile(r"(?<![a-z])fall(en|ing|down)?(?![a-z])", re.I), "fall"),
    (re.compile(r"(?<![a-z])sos(?![a-z])|panic|emergency(?![ _]?light)", re.I), "sos"),
    (re.compile(r"(?:in|on|of)[ _]bed|bed[ _](?:occup|presence|sensor)", re.I), "bed_occupied"),
)
_QUANTITIES = (  # of a sensor, which has no class for them
    (re.compile(r"heart[ _]?rate", re.I), "heart_rate"),
    (re.compile(r"pulse", re.I), "pulse_rate"),
    (re.compile(r"breath|respirat", re.I), "respiratory_rate"),
    (re.compile(r"spo ?2|oxygen[ _]?sat", re.I), "spo2"),
    (re.compile(r"systol", re.I), "bp_systolic"),
    (re.compile(r"diastol", re.I), "bp_diastolic"),
    (re.compile(r"glucose", re.I), "blood_glucose_mg_dl"),
    (re.compile(r"batt\w*[ _]?volt|volt\w*[ _]?batt", re.I), "battery_voltage_V"),
)
_TEMPERATURES = (
    (re.compile(r"body[ _]?temp", re.I), "body_temperature"),
    (re.compile(r"skin[ _]?temp", re.I), "skin_temperature"),
    (re.compile(r"water[ _]?temp", re.I), "water_temperature"),
    (re.compile(r"(?:device|chip|cpu|internal|board)[ _]?temp", re.I), "device_temperature"),
)
_FILTER = r"\|\s*(?:float|int|round|default|string|lower|upper|trim|is_defined)(?:\([^)]*\))?\s*"
_TEMPLATE = re.compile(r"\{\{\s*value(?:_json((?:\.\w+|\[['\"][^'\"]+['\"]\]|\[\d+\])*))?\s*(?:" + _FILTER + r")*\}\}")


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
    if "unit_of_measurement" in config:
        draft["unit"] = config["unit_of_measurement"]
    for key in ("off_delay", "expire_after", "availability_topic", "availability_mode"):
        if key in config:
            draft[key] = config[key]
    if component == "device_automation":
        draft |= _trigger(config)
    if isinstance(topic, str) and "unsupported" not in draft and component not in _NO_STATE:
        entry = memory.entities.setdefault(topic, {"config": _key(names), "drafts": {}})
        entry["drafts"][str(config.get("unique_id") or f"{own}/{part}")] = {"device": device, **draft}
        bound(memory.entities, MAX_ENTITIES)
    _links(config, device, names, memory)
    return {"device": device, "discover": draft}


def _trigger(config: dict[str, Any]) -> dict[str, Any]:
    """A press has no entity: its payload on its topic is the event, and `type` and `subtype` say of which kind."""
    trigger = f"{config.get('type', '')} {config.get('subtype', '')}".strip()
    return {"trigger": trigger, **({"payload": config["payload"]} if "payload" in config else {})}


def _links(config: dict[str, Any], device: str, names: dict[str, str], memory: Memory) -> None:
    """Remember the topics that tell whether a device can be reached."""
    listed = config.get("availability")
    sources = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if isinstance(config.get("availability_topic"), str):
        sources.append({**config, "topic": config["availability_topic"], "value_template": None})
    common = {
        "device": device,
        "component": "binary_sensor",
        "signal": LINK,
        "mode": str(config.get("availability_mode", "latest")),
        "topics": [source["topic"] for source in sources if isinstance(source.get("topic"), str)],
    }
    for source in sources:
        topic = source.get("topic")
        link = {**common, **_path(source.get("value_template"))}
        if isinstance(topic, str) and "unsupported" not in link:
            link["on"] = source.get("payload_available", "online")
            link["off"] = source.get("payload_not_available", "offline")
            entry = memory.entities.setdefault(topic, {"config": _key(names), "drafts": {}})
            entry["drafts"][f"link/{device}"] = link
    bound(memory.entities, MAX_ENTITIES)


def _signal(component: str, device_class: str, label: str, unit: str) -> str | None:
    if component not in ("binary_sensor", "sensor"):
        return None
    found = _named(label, _NAMES) if device_class in _UNCLEAR else None
    if found is not None:
        return found
    if component == "binary_sensor":
        return _BINARY.get(device_class, device_class or None)
    if device_class == "temperature":
        return _named(label, _TEMPERATURES) or "temperature"
    if device_class in (*_UNCLEAR, "voltage", "frequency", "blood_glucose_concentration"):
        found = _named(f"{label} {device_class}", _QUANTITIES)
    return found or ("heart_rate" if unit.lower() == "bpm" else _NUMBERS.get(device_class, device_class or None))


def _named(label: str, names: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    return next((name for pattern, name in names if pattern.search(label)), None)


def _path(template: Any) -> dict[str, str]:
    if not isinstance(template, str):
        return {}
    found = _TEMPLATE.fullmatch(template.strip())
    if not found:
        return {"unsupported": template[:200]}
    inner = re.sub(r'\["([^"]+)"\]', r"['\1']", found.group(1) or "")
    return {"path": f"${inner}"} if "value_json" in template else {}
