"""A foreign gateway's messages → events, by the mappings of `edge.gateways`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from anxin.config import ConfigError, Source
from anxin.event import UNMAPPED, DeviceInfo, DeviceStatus, Event
from anxin.log import Log
from anxin.toml_lines import TomlError
from anxin.vocabulary import Origin
from edge.gateways import catalogue, timers
from edge.gateways.decoder import Decoder
from edge.gateways.events import Site, known_devices, to_events
from edge.gateways.model import Memory, RawMessage, Result
from edge.translator import Raw

MAX_REPORTED = 200  # topics that no mapping knows, told once each
_log = Log("edge.mapped")


class Mapped:
    """gateway: the family whose mapping is asked first; None lets the topics decide."""

    def __init__(self, decoder: Decoder, gateway: str | None, zone: ZoneInfo, call_buttons: tuple[str, ...]) -> None:
        self._decoder, self._gateway = decoder, gateway
        self._zone, self._buttons = zone, frozenset(call_buttons)
        self._silence = {mapping.name: mapping.silence_s for mapping in decoder.mappings if mapping.silence_s}
        self._memory = Memory()
        self._reported: set[str] = set()

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        results = self._decoder.decode(RawMessage(raw.topic, raw.payload, raw.retain, now), self._memory, self._gateway)
        unknown = [self._unmapped(raw, result, now) for result in results if result.unknown and self._is_new(raw)]
        return self._events(results, now) + unknown

    def _is_new(self, raw: Raw) -> bool:
        topic = raw.topic or "(no topic)"
        if topic in self._reported or len(self._reported) >= MAX_REPORTED:
            return False
        self._reported.add(topic)
        return True

    def _unmapped(self, raw: Raw, result: Result, now: datetime) -> Event:
        """Nobody has registered a device of this name, so ingest puts it aside, where the pages find it and show it."""
        _log.warning("no mapping knows this topic", topic=raw.topic, proposal=result.proposal)
        name = (raw.topic or "(no topic)").strip()[:128] or "(no topic)"
        return DeviceStatus(name, now, True, f"{UNMAPPED}{result.proposal or ''}"[:500], Origin.RETAINED)

    def idle(self, now: datetime) -> list[Event]:
        results = timers.due(self._memory, now)
        if self._silence:
            results += timers.silent(self._memory, self._silence, now)
        return self._events(results, now)

    def devices(self) -> list[DeviceInfo]:
        names = {name for heard in self._memory.devices.values() for name in heard}
        return [DeviceInfo(name[:128]) for name in sorted(names) if name]

    def state(self) -> bytes:
        return self._memory.to_json()

    def restore(self, state: bytes) -> None:
        try:
            self._memory = Memory.from_json(state)
        except msgspec.DecodeError as error:
            _log.warning("memory of another version left out", reason=error)

    def _events(self, results: list[Result], now: datetime) -> list[Event]:
        return to_events(results, now, Site(self._zone, self._buttons, known_devices(self._memory)))


def build(source: Source, zone: ZoneInfo, folder: str | None) -> Mapped:
    """Return the translator of a source. Raises ConfigError for a mapping that is unknown or wrong."""
    replaced = {source.mapping: source.parameters} if source.mapping and source.parameters else {}
    try:
        mappings = catalogue.installed([Path(folder)] if folder else [], replaced)
    except (TomlError, OSError) as error:
        raise ConfigError(f"mappings: {error}") from error
    names = sorted({mapping.name for mapping in mappings})
    if source.mapping is not None and source.mapping not in names:
        raise ConfigError(f"source {source.name}: no mapping {source.mapping!r}; there are {', '.join(names)}")
    return Mapped(Decoder(mappings), source.mapping, zone, source.call_buttons)
