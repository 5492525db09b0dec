"""What was refused: bytes, reason, detail and how often, kept within a bound. Nothing is dropped without a trace.

Messages are told apart by their digest; what was refused of a device inside a good message (an unknown device, values
that cannot be true, a wrong clock) is one row per device and reason, however long it goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from anxin.db.connect import Connection
from anxin.db.sql import load

_MAX_PAYLOAD = 16 * 1024
_MAX_TEXT = 500
OVERFLOW = "overflow"
_queries = load("ingest")

Key = tuple[str, str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing refused `count` times. device '' : the whole message; then each different payload is a row."""

    facility: str
    gateway: str
    topic: str
    reason: str
    detail: str
    payload: bytes
    device: str = ""
    count: int = 1
    distinct: bool = True

    @property
    def key(self) -> Key:
        digest = hashlib.blake2b(self.payload, digest_size=16).digest() if self.distinct else b""
        return clean(self.facility), clean(self.gateway), clean(self.device), self.reason, digest


class Quarantine:
    """The quarantine of one connection. Bounds are rows; what is beyond is counted in a row `overflow` of the gateway,
    or, when the table is full, of nobody."""

    def __init__(self, connection: Connection, gateway_rows: int = 500, rows: int = 20_000) -> None:
        self._connection = connection
        self._gateway_rows, self._rows = gateway_rows, rows
        self._known: set[Key] = set()
        self._of_gateway: dict[tuple[str, str], int] = {}
        for row in connection.execute(_queries.quarantine_keys):
            self._know((row[0], row[1], row[2], row[3], bytes(row[4])))

    def put(self, refusals: Iterable[Refusal], now: datetime) -> int:
        """Write refusals in the caller's transaction; return how many there were, counts added up."""
        rows: dict[Key, list[object]] = {}
        total = 0
        for refusal in refusals:
            total += refusal.count
            key = self._admit(refusal.key)
            if key in rows:
                rows[key][-1] += refusal.count  # type: ignore[operator]
            else:
                text = (clean(refusal.topic), clean(refusal.detail), refusal.payload[:_MAX_PAYLOAD])
                rows[key] = [*key, *text, now, now, refusal.count]
        if rows:
            with self._connection.cursor() as cursor:
                cursor.executemany(_queries.put_quarantine, list(rows.values()))
        return total

    def _admit(self, key: Key) -> Key:
        if key in self._known:
            return key
        if len(self._known) >= self._rows:
            key = ("", "", "", OVERFLOW, b"")
        # What is said of a gateway as a whole is one row a reason: a flood must not hide it.
        elif (key[2] or key[4]) and self._of_gateway.get(key[:2], 0) >= self._gateway_rows:
            key = (key[0], key[1], "", OVERFLOW, b"")
        if key not in self._known:
            self._know(key)
        return key

    def _know(self, key: Key) -> None:
        self._known.add(key)
        self._of_gateway[key[:2]] = self._of_gateway.get(key[:2], 0) + 1


def clean(text: str) -> str:
    """Return text that the database can hold: no NUL, no half of a surrogate pair, bounded."""
    return text[:_MAX_TEXT].replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
