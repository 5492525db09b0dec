"""Reads a file of JSON lines as it grows: raw samples, or messages with topic and payload where a mapping is named.

How far it is safe stands in `<file>.read` beside it, so that a restart goes on there; a power cut may repeat lines.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from anxin.config import ConfigError, Source
from anxin.log import Log
from edge.translator import Raw

_CHUNK = 1 << 20
_log = Log("edge.file")


class MessageLine(msgspec.Struct, frozen=True):
    """A message as it was published. payload_kind: json (payload is the value), text or base64."""

    topic: str
    payload: Any
    payload_kind: str = "json"
    retain: bool = False

    def body(self) -> bytes:
        """Return the payload's bytes; ValueError for base64 that is none or an unknown kind."""
        if self.payload_kind == "json":
            return msgspec.json.encode(self.payload)
        if not isinstance(self.payload, str) or self.payload_kind not in ("text", "base64"):
            raise ValueError(f"payload_kind {self.payload_kind!r} with a payload of type {type(self.payload).__name__}")
        try:
            return (
                self.payload.encode() if self.payload_kind == "text" else base64.b64decode(self.payload, validate=True)
            )
        except binascii.Error as error:
            raise ValueError(f"payload is not base64: {error}") from error


_decoder = msgspec.json.Decoder(MessageLine)


class FileSource:
    """`poll` hands over the lines that are new since the last time."""

    def __init__(self, source: Source, offer: Callable[[Raw], bool]) -> None:
        if source.path is None:
            raise ConfigError(f"source {source.name}: a file source needs a path")
        self._name, self._path, self._offer = source.name, Path(source.path), offer
        self._mark = self._path.with_name(self._path.name + ".read")
        self._at = self._safe = self._marked = self._begin()
        self._messages = source.mapping is not None
        self._complained = False

    def poll(self) -> int:
        """Return how many lines were handed over."""
        self._remember()
        try:
            if self._path.stat().st_size < self._at:
                _log.warning("file became shorter, read from its beginning", source=self._name)
                self._at = 0
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read(_CHUNK)
        except OSError as error:
            if not self._complained:
                _log.error("file cannot be read", source=self._name, path=self._path, reason=error.strerror)
            self._complained = True
            return 0
        self._complained = False
        count = 0
        for line in data.splitlines(keepends=True):
            if not line.endswith(b"\n") or not self._hand_over(line):
                break
            self._at += len(line)
            count += 1
        return count

    def close(self) -> None:
        self._remember()

    def _begin(self) -> int:
        try:
            return int(self._mark.read_text())
        except (OSError, ValueError):
            return 0

    def _remember(self) -> None:
        safe = self._safe  # set by the agent's thread
        if safe == self._marked:
            return
        try:
            fresh = self._mark.with_name(self._mark.name + ".new")
            fresh.write_text(str(safe))
            fresh.replace(self._mark)
        except OSError as error:
            _log.error("cannot remember how far it was read", source=self._name, path=self._mark, reason=error.strerror)
        self._marked = safe

    def _hand_over(self, line: bytes) -> bool:
        end = self._at + len(line)

        def done() -> None:
            self._safe = end

        if not line.strip():
            return True
        if not self._messages:
            return self._offer(Raw(None, line, done=done))
        try:
            message = _decoder.decode(line)
            raw = Raw(message.topic, message.body(), message.retain, done)
        except (msgspec.DecodeError, ValueError) as error:
            _log.error("line not understood", source=self._name, at=self._at, reason=error)
            return True
        return self._offer(raw)
