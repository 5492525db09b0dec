"""How results compare with what a message file expects: exact, a false alarm, lost."""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import NoneType
from typing import Any

from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory, RawMessage, Result
from edge.gateways.signals import SIGNALS

COMPARED = ("event", "availability")
# What an expected result may say; device, signals, event, availability and alert are compared.
EXPECTED: tuple[str, ...] = (
    *("device", "at", "at_kind", "signals", "tolerance", "event", "availability", "scope", "alert", "live_alert"),
    *("ignore", "suppressed", "backfill", "stale", "seen", "unknown", "dedupe_key", "duplicate_of", "discover"),
    *("fault", "undecodable", "clock_fault"),
)


class CaseError(ValueError):
    """A file that is not a message case; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message and, where known, what it means."""

    name: str
    gateway: str | None
    message: RawMessage
    expect: list[dict[str, Any]] | None


@dataclass(slots=True)
class Tally:
    """Counts of one gateway or of all."""

    files: int = 0
    exact: int = 0
    false_alarms: int = 0
    lost: int = 0

    def add(self, verdict: Verdict) -> None:
        self.files += 1
        self.exact += verdict.exact
        self.false_alarms += verdict.false_alarm
        self.lost += verdict.lost

    def to_dict(self) -> dict[str, Any]:
        return {"files": self.files, "exact": self.exact, "false_alarms": self.false_alarms, "lost": self.lost}


@dataclass(slots=True)
class Verdict:
    """exact: device, signals, event, availability and alert of every result. differences: in words."""

    exact: bool
    false_alarm: bool
    lost: bool
    differences: list[str] = field(default_factory=list)


def read_case(text: str, name: str, now: datetime) -> Case:
    """Read the JSON form of a message file. now: the arrival where the file gives no time. Raises CaseError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{name}: not JSON: {error}") from error
    if not isinstance(data, dict) or "payload" not in data:
        raise CaseError(f"{name}: a message file is an object with topic, payload_kind and payload")
    expect = data.get("expect")
    if isinstance(expect, list) and (wrong := [row for row in expect if not isinstance(row, dict)]):
        raise CaseError(f"{name}: expect: each result is an object, not {wrong[0]!r}")
    for key in ("topic", "gateway"):
        if not isinstance(data.get(key), (str, NoneType)):
            raise CaseError(f"{name}: {key}: text is needed, not {data[key]!r}")
    topic = data.get("topic")
    message = RawMessage(topic, payload_bytes(data, name), bool(data.get("retain")), _arrival(data, now))
    return Case(name, data.get("gateway"), message, expect if isinstance(expect, list) else None)


def slips(case: Case) -> list[str]:
    """Return what nobody reads in a message file's expectation: a misspelt key would be no expectation."""
    found = []
    for row in case.expect or []:
        for key in row:
            if key not in EXPECTED:
                near = difflib.get_close_matches(key, EXPECTED, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                found.append(f"{case.name}: nobody reads {key!r} in `expect`{hint}")
    return found


def payload_bytes(data: dict[str, Any], name: str) -> bytes:
    """Return the bytes of a message file's payload by its payload_kind. Raises CaseError."""
    kind, payload = data.get("payload_kind", "json"), data["payload"]
    if kind == "json":
        try:
            return json.dumps(payload, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half a surrogate pair has no bytes
            return json.dumps(payload).encode()
    if kind not in ("text", "base64") or not isinstance(payload, str):
        raise CaseError(f"{name}: payload_kind {kind!r}: json, text or base64 is needed")
    try:
        return payload.encode() if kind == "text" else base64.b64decode(payload, validate=True)
    except ValueError as error:
        raise CaseError(f"{name}: payload is not {kind}: {error}") from error


def _arrival(data: dict[str, Any], now: datetime) -> datetime:
    """The first usable time the file expects, else its own arrival, else now."""
    rows = data.get("expect")
    expected = [row.get("at") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    for text in [*expected, data.get("arrival")]:
        if isinstance(text, str):
            try:
                at = datetime.fromisoformat(text[:26].rstrip("Z") if "." in text else text.rstrip("Z"))
            except ValueError:
                continue
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return now


def judge(results: list[Result], expect: list[dict[str, Any]]) -> Verdict:
    """Compare the results of one message with what is expected of it."""
    differences: list[str] = []
    if len(results) != len(expect):
        differences.append(f"{len(results)} results, expected {len(expect)}")
    for place, (result, wanted) in enumerate(zip(results, expect, strict=False)):
        differences += [f"[{place}] {text}" for text in _differences(result, wanted)]
    alerts, wanted_alerts = sum(row.alert for row in results), sum(bool(row.get("alert")) for row in expect)
    mute = any(_says_something(row) for row in expect) and all(row.unknown for row in results)
    return Verdict(not differences, alerts > wanted_alerts, alerts < wanted_alerts or mute, differences)


def _says_something(wanted: dict[str, Any]) -> bool:
    return bool(wanted.get("signals") or wanted.get("event") or wanted.get("availability"))


def _differences(result: Result, wanted: dict[str, Any]) -> Iterable[str]:
    if result.device != wanted.get("device"):
        yield f"device {result.device!r}, expected {wanted.get('device')!r}"
    for name in COMPARED:
        if getattr(result, name) != wanted.get(name):
            yield f"{name} {getattr(result, name)!r}, expected {wanted.get(name)!r}"
    if result.alert != bool(wanted.get("alert")):
        yield f"alert {result.alert}, expected {bool(wanted.get('alert'))}"
    signals, tolerance = wanted.get("signals") or {}, wanted.get("tolerance") or {}
    if not isinstance(tolerance, dict):  # one for all
        tolerance = dict.fromkeys(signals, tolerance)
    for name, value in signals.items():
        if name not in result.signals:
            yield f"signal {name} is missing, expected {value!r}"
        elif not _same(result.signals[name], value, float(tolerance.get(name, 1e-6))):
            yield f"signal {name} {result.signals[name]!r}, expected {value!r}"
    for name in result.signals:
        if name not in signals and name in SIGNALS:
            yield f"signal {name} {result.signals[name]!r} is not expected"


def _same(found: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool) or found is None or wanted is None:
        return found is wanted
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return abs(found - wanted) <= tolerance
    return bool(found == wanted)


def decode_case(decoder: Decoder, case: Case) -> list[Result]:
    """Decode one file by itself: no memory of others."""
    return decoder.decode(case.message, Memory(), case.gateway)
