"""What an unknown message looks like, and what may be kept of it without keeping personal data."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.gateways.mapping import UNREADABLE, read_payload
from edge.gateways.model import RawMessage
from edge.gateways.table import loosely

MAX_TEXT = 120
MAX_KEYS = 60
MAX_DEPTH = 6
MAX_EXAMPLE = 4_096  # bytes
REDACTED = "…"
# Names, numbers and places of people, in whatever language a gateway writes its keys.
PERSONAL = frozenset(
    [
        "name",
        "nameth",
        "nameen",
        "firstname",
        "lastname",
        "fullname",
        "username",
        "realname",
        "citiz",
        "citizen",
        "citizenid",
        "cid",
        "idcard",
        "idnumber",
        "ssn",
        "brith",
        "birth",
        "birthdate",
        "birthday",
        "dob",
        "gender",
        "sex",
        "phone",
        "mobile",
        "tel",
        "email",
        "mail",
        "address",
        "addr",
        "patient",
        "patientname",
        "hn",
        "location",
        "gps",
        "lat",
        "lon",
        "lng",
        "latitude",
        "longitude",
        "geo",
        "wifi",
        "lbs",
        "iccid",
        "imsi",
        "password",
        "passwd",
        "token",
        "secret",
        "key",
    ]
)

LIKE = "looks like "
TEXT = "text; say in a mapping which signal its topic carries"
BINARY = "binary data; say in a mapping which signal its topic carries"
JSON = "JSON of an unknown kind; map its keys to signals"
# (words among topic levels or keys, what it looks like); the first whose words are all there is proposed
_SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("deviceinfo", "deveui"), "a LoRaWAN uplink of ChirpStack"),
    (("enddeviceids",), "a LoRaWAN message of The Things Stack"),
    (("src", "method", "params"), "a Shelly Gen2 notification"),
    (("linkquality", "contact"), "a Zigbee2MQTT contact sensor"),
    (("linkquality", "occupancy"), "a Zigbee2MQTT motion or presence sensor"),
    (("linkquality", "presence"), "a Zigbee2MQTT presence radar"),
    (("linkquality", "action"), "a Zigbee2MQTT button"),
    (("linkquality", "waterleak"), "a Zigbee2MQTT leak sensor"),
    (("linkquality", "smoke"), "a Zigbee2MQTT smoke detector"),
    (("linkquality",), "a Zigbee2MQTT device"),
    (("zbreceived",), "a Tasmota Zigbee bridge"),
    (("tempunit",), "a Tasmota sensor"),
    (("model", "batteryok"), "an rtl_433 reception"),
    (("brand", "modelid"), "a Theengs (OpenMQTTGateway) device"),
    (("statetopic",), "a Home Assistant discovery message"),
    (("statt",), "a Home Assistant discovery message"),
    (("resourcetype",), "a FHIR resource"),
    (("datakey", "deviceid"), "a Sleepace pad"),
    (("falldown",), "a fall alarm"),
    (("fall",), "a fall alarm"),
    (("sos",), "a call button"),
    (("heartrate",), "a sensor of vital signs"),
    (("spo2",), "a pulse oximeter"),
    (("bphigh",), "a blood pressure meter"),
    (("contact",), "a door or window contact"),
    (("door",), "a door contact"),
    (("occupancy",), "a presence sensor"),
    (("presence",), "a presence sensor"),
    (("motion",), "a motion sensor"),
    (("button",), "a button"),
    (("bed",), "a bed sensor"),
    (("temperature",), "a climate sensor"),
    (("tempc",), "a climate sensor"),
    (("battery",), "a battery-powered device"),
)
SAID = frozenset([TEXT, BINARY, JSON, *(text for _, text in _SIGNS)])  # what pages translate


def propose(message: RawMessage) -> str:
    """Return in words what the message looks like and what to do, for the person who maps it."""
    body = read_payload(message.payload, "json")
    words = {loosely(level) for level in (message.topic or "").split("/")}
    if body is UNREADABLE:
        binary = read_payload(message.payload, "text") is UNREADABLE
        guess = _guess(words)
        return f"{LIKE}{guess} ({'binary data' if binary else 'text'})" if guess else BINARY if binary else TEXT
    words |= set(_keys(body, 0))
    guess = _guess(words)
    return f"{LIKE}{guess}" if guess else JSON


def _guess(words: set[str]) -> str | None:
    return next((text for signs, text in _SIGNS if all(sign in words for sign in signs)), None)


def _keys(body: Any, depth: int) -> list[str]:
    if depth > MAX_DEPTH:
        return []
    if isinstance(body, list):
        return [key for item in body[:5] for key in _keys(item, depth + 1)]
    if not isinstance(body, dict):
        return []
    found = [loosely(str(key)) for key in list(body)[:MAX_KEYS]]
    return found + [key for item in list(body.values())[:MAX_KEYS] for key in _keys(item, depth + 1)]


def describe(message: RawMessage, private: frozenset[str] = frozenset()) -> Any:
    """Return what may be kept of a payload: its shape, without personal data, cut to a bounded size."""
    body = read_payload(message.payload, "json")
    if body is not UNREADABLE:
        kept = redact(body, private)
        if len(msgspec.json.encode(kept)) <= MAX_EXAMPLE:
            return kept
        return {"keys": [str(key)[:MAX_TEXT] for key in body][:MAX_KEYS] if isinstance(body, dict) else len(body)}
    text = read_payload(message.payload, "text")
    return f"{len(message.payload)} bytes" if text is UNREADABLE else str(text)[:MAX_TEXT]


def redact(body: Any, private: frozenset[str] = frozenset(), depth: int = 0) -> Any:
    """Return a copy of a JSON body in which values of personal keys are replaced, at any depth."""
    if depth > MAX_DEPTH:
        return REDACTED
    if isinstance(body, dict):
        rows = list(body.items())[:MAX_KEYS]
        return {
            key: REDACTED
            if loosely(str(key)) in PERSONAL or key.lower() in private
            else redact(item, private, depth + 1)
            for key, item in rows
        }
    if isinstance(body, list):
        return [redact(item, private, depth + 1) for item in body[:5]]
    return body[:MAX_TEXT] if isinstance(body, str) else body
