"""The gateway's durable memory: what was taken from a sensor stays here until the store has committed it.

One SQLite file with two lanes, each numbered from 1 under a random epoch. A write is one transaction that is on the
disk before `write` returns, for both lanes: everything a round has gathered shares it, and a number that power loss
took back would be given to another message, which the store would then take for a repeat.

When the room ends, the oldest data go first and a Gap stands under their numbers; what is urgent is never dropped for
data. Not for use by two threads at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anxin.db.sql import load
from anxin.event import Event, decode
from anxin.log import Log
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.reserve import Reserve
from edge.spool_lane import Held, LaneStore

PAGE_BYTES = 4_096
DATA_SHARE = 0.7  # of the file's bound may be data payloads; pages are never quite full, and alarms need room
DROP_SHARE = 1 / 32  # of the data bound goes at a time, so that a full spool does not write a gap for each message
LEAST_DROP_BYTES = 64 * 1024
_sql = load("edge")
_log = Log("edge.spool")


class SpoolError(RuntimeError):
    """The spool cannot be used; the text names the file and what to do."""


class SpoolFullError(SpoolError):
    """There is no room even for what is urgent: it was not taken."""


class SpoolDamagedError(SpoolError):
    """The file is damaged: open it again, which sets it aside."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Events that shall travel in one message (more where they are too large for one)."""

    lane: Lane
    events: list[Event]


class Spool:
    """Use `edge.spool_file.open_spool`. limit_bytes bounds the file. full: the last write met a full disk."""

    def __init__(self, db: sqlite3.Connection, path: Path, facility: str, gateway: str, limit_bytes: int) -> None:
        self._db, self.path = db, path
        self._data_limit, self._limit_pages = int(limit_bytes * DATA_SHARE), limit_bytes // PAGE_BYTES
        self._log_pages = max(64, min(1_000, self._limit_pages // 16))
        db.execute(f"pragma wal_autocheckpoint = {self._log_pages}")
        self._bound(self._limit_pages)
        # Twice the log that SQLite writes ahead: its pages must find room in the file before it can begin again.
        self._reserve = Reserve(path.with_name(path.name + ".reserve"), 2 * self._log_pages * PAGE_BYTES)
        self._lanes = {lane: LaneStore(db, facility, gateway, lane) for lane in Lane}
        self.full = not self._reserve.take()
        if self.full:
            _log.error("disk almost full, no reserve for alarms", spool=path)

    def key(self, lane: Lane) -> LaneKey:
        return self._lanes[lane].key

    def opened(self, lane: Lane) -> int:
        """The first number that was free when the spool was opened."""
        return self._lanes[lane].opened

    def lowest(self, lane: Lane) -> int:
        """The lowest number that is held; the next one to be given where nothing is held."""
        rows = self._lanes[lane].read(0, 1, 1)
        return rows[0].first if rows else self._lanes[lane].next

    def held(self, lane: Lane) -> int:
        """How many messages wait for the store."""
        return self._lanes[lane].held()

    @property
    def drained(self) -> bool:
        """Whether the store has everything."""
        return all(store.forgotten + 1 >= store.next for store in self._lanes.values())

    def dropped(self, lane: Lane) -> int:
        """How many messages had to be dropped since the spool began."""
        return self._lanes[lane].dropped + self._lanes[lane].refused

    def read(self, lane: Lane, after: int, count: int, size: int = 1 << 62) -> list[Held]:
        """Up to `count` messages with a number above `after`, at least one, in order, about `size` bytes together."""
        return self._lanes[lane].read(after, count, size)

    def forget(self, lane: Lane, seq: int) -> None:
        """The store has committed this lane up to seq. The rows go with the next write: repeating them does no harm."""
        store = self._lanes[lane]
        store.forgotten = max(store.forgotten, min(seq, store.next - 1))

    def write(self, entries: list[Entry], now: datetime, notes: Mapping[str, bytes] | None = None) -> list[int]:
        """Put all entries on the disk, in one transaction; return the number of each one's last message (0: not taken).

        On a full disk the oldest data are dropped, then the new data are refused (a gap tells of them later), and when
        that does not help either, SpoolFullError: nothing was taken. TooLargeError for an event no message can carry.
        """
        if self.full and self._reserve.take():
            self.full = False
            self._bound(self._limit_pages)
        if (numbers := self._try(entries, now, notes or {})) is not None:
            return numbers
        self._make_room(now)
        if (numbers := self._try(entries, now, notes or {})) is not None:
            return numbers
        urgent = [entry for entry in entries if entry.lane is Lane.URGENT]
        self._lanes[Lane.DATA].refused += len(entries) - len(urgent)
        if (numbers := self._try(urgent, now, {})) is None:
            raise SpoolFullError(f"{self.path}: the disk is full and nothing more can be dropped: make room")
        _log.error("data refused, disk full", spool=self.path, messages=len(entries) - len(urgent))
        left = iter(numbers)
        return [next(left) if entry.lane is Lane.URGENT else 0 for entry in entries]

    def unrung(self) -> list[tuple[int, datetime, list[Event]]]:
        """The urgent messages for which the local alarm has not rung: number, when taken, events."""
        rows = self._db.execute(_sql.unrung, (self._lanes[Lane.URGENT].forgotten,))
        return [(number, datetime.fromtimestamp(taken, UTC), decode(payload).data) for number, taken, payload in rows]

    def rung(self, seq: int) -> None:
        """Remember that the local alarm rang for an urgent message. A full disk does not keep it from ringing."""
        try:
            self._db.execute(_sql.ring, (seq,))
        except sqlite3.DatabaseError as error:
            self._failed(error)

    def note(self, name: str) -> bytes | None:
        """What was written under this name, None if nothing."""
        row = self._db.execute(_sql.note, (name,)).fetchone()
        return bytes(row[0]) if row else None

    def begin_again(self, lane: Lane, now: datetime) -> None:
        """Give the lane a new epoch, because the store knows more numbers of it than this file (an old copy) ever sent.

        What was held when the file was opened was delivered by its other life; what came since then is numbered anew.
        """
        store = self._lanes[lane]
        rows = store.read(store.opened - 1, -1, 1 << 62)
        _log.warning("spool is an old copy, new epoch", spool=self.path, lane=lane, kept=len(rows))
        self._db.execute("begin immediate")
        store.forgotten = store.next
        store.forget_rows()
        store.begin()
        for row in rows:
            store.put_again(row, now)
        store.save()
        self._db.execute("commit")

    def declare_lost(self, reason: str, now: datetime) -> None:
        """Say on both lanes that something is missing, each under a number of its own (a file was set aside)."""
        self._db.execute("begin immediate")
        for store in self._lanes.values():
            store.put_gap(reason, now)
            store.save()
        self._db.execute("commit")

    def close(self) -> None:
        """Close the file; everything that was written stays."""
        self._db.close()

    def _try(self, entries: list[Entry], now: datetime, notes: Mapping[str, bytes]) -> list[int] | None:
        """One transaction; None where the disk is full."""
        try:
            return self._transaction(entries, now, notes)
        except sqlite3.DatabaseError as error:
            self._failed(error)
            return None
        except BaseException:
            self._roll_back()
            raise

    def _transaction(self, entries: list[Entry], now: datetime, notes: Mapping[str, bytes]) -> list[int]:
        data = self._lanes[Lane.DATA]
        self._db.execute("begin immediate")
        for store in self._lanes.values():
            store.forget_rows()
        refused = data.refused
        if refused and any(entry.lane is Lane.DATA for entry in entries):
            data.put_gap("disk_full", now)
            data.dropped += refused
            refused = 0
        numbers = [self._lanes[entry.lane].put(entry.events, now) for entry in entries]
        if data.size > self._data_limit:
            self._drop(max(data.size - self._data_limit, int(self._data_limit * DROP_SHARE)), "spool_full", now)
        for store in self._lanes.values():
            store.save()
        self._db.executemany(_sql.put_note, notes.items())
        self._db.execute("commit")
        data.refused = refused
        return numbers

    def _drop(self, size: int, reason: str, now: datetime) -> None:
        if gone := self._lanes[Lane.DATA].drop(size, reason, now):
            _log.warning(
                "oldest data dropped", spool=self.path, reason=reason, first=gone.first, last=gone.last,
                messages=gone.count,
            )  # fmt: skip

    def _make_room(self, now: datetime) -> None:
        """The disk (or the file's bound) is full: give up the reserve, then an eighth of the data.

        From now on the file may not grow: what is new takes the place of what was dropped, so that the log always fits
        into the file. Only when there is nothing to drop it grows into what the reserve has left.
        """
        self.full, data = True, self._lanes[Lane.DATA]
        if self._pages() < self._limit_pages:
            self._reserve.release()
        try:
            self._db.execute(_sql.checkpoint).fetchall()
            before = data.dropped
            self._db.execute("begin immediate")
            data.forget_rows()
            self._drop(max(data.size // 8, LEAST_DROP_BYTES), "disk_full", now)
            data.save()
            self._db.execute("commit")
            grown = 0 if data.dropped > before else self._log_pages // 4
            self._bound(min(self._pages() + grown, self._limit_pages))
        except sqlite3.DatabaseError as error:
            self._failed(error)

    def _pages(self) -> int:
        return int(self._db.execute(_sql.size).fetchone()[0])

    def _bound(self, pages: int) -> None:
        self._db.execute(f"pragma max_page_count = {pages}")

    def _failed(self, error: sqlite3.DatabaseError) -> None:
        """Roll back; raise unless the disk is full."""
        code = error.sqlite_errorcode & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise SpoolDamagedError(f"{self.path}: {error}: it is set aside at the next start") from error
        self._roll_back()
        if code not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise error
        _log.error("spool cannot be written", spool=self.path, reason=error)

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("rollback")
        for store in self._lanes.values():
            store.reload()
