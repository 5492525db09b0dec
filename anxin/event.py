"""THE WIRE CONTRACT: what a gateway tells the store, in one message, as JSON.

A message is one CloudEvent (structured mode, names of CloudEvents 1.0) that carries a batch of events. Its number and
lane stand in the topic, so that even an unreadable payload is accounted for. Times are aware UTC.

JSON Schema and AsyncAPI are generated from these types (`anxin contract`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from anxin.topic import LaneKey
from anxin.vocabulary import CallKind, DetectionKind, DeviceKind, Origin, Phase

SCHEMA_VERSION = 1
MAX_MESSAGE_BYTES = 256 * 1024  # well under the 1 MiB at which the embedded broker drops a client
MAX_EVENTS = 2_000
MAX_ROWS = 20_000

DeviceId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
OffsetMs = Annotated[int, msgspec.Meta(ge=-31 * 86_400_000, le=31 * 86_400_000)]  # beyond a spool's longest memory
ShortText = Annotated[str, msgspec.Meta(max_length=500)]
UNMAPPED = "unmapped: "
SCHEMA_NEWER = "schema_newer"
Evidence = dict[str, float | str | bool]


class ContractError(ValueError):
    """A payload that is not of the contract. `reason` is a fixed word for counting, the text says where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Observations(msgspec.Struct, frozen=True, tag="observations", tag_field="type", omit_defaults=True):
    """A table of measured values: row i is device `devices[i]` at `time` + `offsets_ms[i]`.

    values: one column for each kind, a number or null per row. null says that the sensor explicitly knows no value; a
    kind that is absent says nothing. offsets_ms: milliseconds, at most 31 days, all 0 when absent. quality: 0 to 1
    per row.
    """

    time: datetime
    devices: list[DeviceId]
    values: dict[str, list[float | None]]
    offsets_ms: list[OffsetMs] | None = None
    quality: list[float | None] | None = None
    origin: Origin = Origin.LIVE

    def __post_init__(self) -> None:
        rows = len(self.devices)
        if not 0 < rows <= MAX_ROWS:
            raise ValueError(f"observations of {rows} rows; 1 to {MAX_ROWS} are possible")
        for kind, column in self.values.items():
            if len(column) != rows:
                raise ValueError(f"column {kind} has {len(column)} values for {rows} devices")
        for name, extra in (("offsets_ms", self.offsets_ms), ("quality", self.quality)):
            if extra is not None and len(extra) != rows:
                raise ValueError(f"{name} has {len(extra)} values for {rows} devices")


class Call(msgspec.Struct, frozen=True, tag="call", tag_field="type", omit_defaults=True):
    """A person pressed, pulled or spoke. `key` names this one press, where the device can tell two apart."""

    device: DeviceId
    time: datetime
    call: CallKind = CallKind.SOS
    key: ShortText | None = None
    origin: Origin = Origin.LIVE
    handled_by: ShortText | None = None


class Detection(msgspec.Struct, frozen=True, tag="detection", tag_field="type", omit_defaults=True):
    """A sensor or an edge detector says that a condition began, changed or ended.

    episode: binds the phases of one happening; without it the device's open episode is meant. time: of the onset.
    evidence: the numbers behind it (peak_g, time_on_ground_s, …), for the nurse and `anxin explain`. quality: 0 to 1.
    """

    device: DeviceId
    time: datetime
    detection: DetectionKind
    phase: Phase = Phase.ONCE
    episode: ShortText | None = None
    evidence: Evidence = {}
    quality: float | None = None
    origin: Origin = Origin.LIVE
    handled_by: ShortText | None = None


class DeviceStatus(msgspec.Struct, frozen=True, tag="device_status", tag_field="type", omit_defaults=True):
    """The gateway's word on a device's link, or a fault the device reports (fault: a short code, None = no fault).

    A fault that begins with UNMAPPED: `device` is a topic that the gateway hears and cannot read, the rest a proposal.
    """

    device: DeviceId
    time: datetime
    online: bool
    fault: ShortText | None = None
    origin: Origin = Origin.LIVE


class DeviceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device as its gateway knows it. supervision_s: it promises to be heard at least that often."""

    id: DeviceId
    kind: DeviceKind = DeviceKind.OTHER
    model: ShortText | None = None
    supervision_s: float | None = None


class Birth(msgspec.Struct, frozen=True, tag="birth", tag_field="type", omit_defaults=True):
    """The gateway came up (a picture of the current state; never rings)."""

    time: datetime
    software: ShortText
    heartbeat_s: float
    devices: list[DeviceInfo] = []


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat", tag_field="type", omit_defaults=True):
    """The gateway is alive; what its spool holds and has had to drop, in messages.

    local_alarms: how often it rang on site since it started, because the store did not answer in time.
    """

    time: datetime
    held: dict[str, int] = {}
    dropped: dict[str, int] = {}
    spool_full: bool = False
    local_alarms: int = 0


class Gap(msgspec.Struct, frozen=True, tag="gap", tag_field="type", omit_defaults=True):
    """The numbers `first` to `last` of this lane will never come: stands in their place, sent under number `last`.

    earliest, latest: the time span of what was dropped, where known.
    """

    time: datetime
    first: int
    last: int
    reason: ShortText
    earliest: datetime | None = None
    latest: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise ValueError(f"gap from {self.first} to {self.last}")


_T = TypeVar("_T")
Event = Observations | Call | Detection | DeviceStatus | Birth | Heartbeat | Gap


class Message(msgspec.Struct, frozen=True):
    """One CloudEvent that carries a batch. `time`: when the gateway composed it."""

    id: str
    source: str
    time: datetime
    data: list[Event]
    type: str = "anxin.batch"
    specversion: str = "1.0"
    schemaversion: int = SCHEMA_VERSION


class Committed(msgspec.Struct, frozen=True):
    """The watermark: the store has committed this lane up to and with `seq`.

    resend: ingest saw a later number, or does not know the epoch; the gateway sends again from seq + 1.
    """

    seq: int
    resend: bool = False


class Link(msgspec.Struct, frozen=True):
    """The last will (up = false) or its opposite. session names one connection, so that an old will is known as old."""

    up: bool
    session: str
    time: datetime | None = None


class _Version(msgspec.Struct, frozen=True):
    schemaversion: int = SCHEMA_VERSION


_encoder = msgspec.json.Encoder()
_message_decoder = msgspec.json.Decoder(Message)
_version_decoder = msgspec.json.Decoder(_Version)


def encode(value: Message | Committed | Link) -> bytes:
    """Return the JSON of a message, a watermark or a link state."""
    return _encoder.encode(value)


def compose(key: LaneKey, seq: int, now: datetime, events: list[Event]) -> Message:
    """Return the message numbered `seq` of a lane."""
    return Message(f"{key.lane}-{key.epoch}-{seq}", f"/{key.facility}/{key.gateway}", now.astimezone(UTC), events)


def decode(payload: bytes) -> Message:
    """Return the message in a payload.

    Raises ContractError: `too_large`, `schema_newer`, `not_json` or `not_contract`.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ContractError("too_large", f"{len(payload)} bytes; at most {MAX_MESSAGE_BYTES} are allowed")
    try:
        message = _message_decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise _explain(payload, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractError("not_json", str(error)) from error
    if message.schemaversion > SCHEMA_VERSION:
        raise _newer(message.schemaversion)
    if len(message.data) > MAX_EVENTS:
        raise ContractError("too_large", f"{len(message.data)} events; at most {MAX_EVENTS} are allowed")
    for event in message.data:
        if event.time.tzinfo is None:
            raise ContractError("not_contract", f"{type(event).__name__}.time has no zone - at `$.data[…].time`")
    return message


def decode_committed(payload: bytes) -> Committed:
    return _decode(payload, Committed)


def decode_link(payload: bytes) -> Link:
    return _decode(payload, Link)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a message."""
    return msgspec.json.schema(Message)


def _decode(payload: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractError("not_contract", str(error)) from error


def _explain(payload: bytes, error: msgspec.ValidationError) -> ContractError:
    """A type this version does not know is only then an error of the sender if the schema is not newer."""
    try:
        version = _version_decoder.decode(payload).schemaversion
    except (msgspec.DecodeError, UnicodeDecodeError):
        version = 0
    return _newer(version) if version > SCHEMA_VERSION else ContractError("not_contract", str(error))


def _newer(version: int) -> ContractError:
    return ContractError(SCHEMA_NEWER, f"schema version {version}; this ingest knows {SCHEMA_VERSION}")
