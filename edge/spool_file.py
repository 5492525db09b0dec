"""Opens a spool's file: settings, soundness, and what happens to a damaged one (set aside, never deleted)."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from anxin.db.sql import load
from anxin.log import Log
from anxin.topic import level
from edge.spool import Spool, SpoolError

LEAST_BYTES = 1 << 20
VERSION = 1  # a new form of the tables takes the next number and brings a step that leads there from the one before
_sql = load("edge")
_log = Log("edge.spool")


def open_spool(path: Path, facility: str, gateway: str, limit_bytes: int, now: datetime) -> Spool:
    """Return the spool in `path`, made new where there is none. limit_bytes bounds the file (at least 1 MiB).

    A damaged file is renamed to `<name>.damaged-<time>` and a new one begins, with new epochs and a gap on each lane.
    Raises SpoolError where another process holds the file, a newer version wrote it, or the folder cannot be written.
    """
    level(facility, "facility")
    level(gateway, "gateway")
    if limit_bytes < LEAST_BYTES:
        raise SpoolError(f"{path}: a spool of {limit_bytes} bytes is too small: give it at least 1 MiB (spool_mb = 1)")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path, facility, gateway, limit_bytes)
    except OSError as error:
        raise SpoolError(f"{path}: cannot be made: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        if not _damaged(error):
            raise SpoolError(f"{path}: {error}: does another agent run with this spool?") from error
        aside = _set_aside(path, now)
        _log.error("damaged spool set aside, what it held is missing", spool=path, aside=aside, reason=error)
    spool = _open(path, facility, gateway, limit_bytes)
    spool.declare_lost("spool_damaged", now)
    return spool


def _open(path: Path, facility: str, gateway: str, limit_bytes: int) -> Spool:
    connection = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
    try:
        for statement in _sql.durable.split(";"):
            connection.execute(statement)
        version = int(connection.execute(_sql.version).fetchone()[0])
        if version > VERSION:
            raise SpoolError(f"{path}: written by a newer version (form {version}, here {VERSION}): run that one again")
        verdict = connection.execute(_sql.check).fetchone()[0]
        if verdict != "ok":
            raise _Damaged(verdict)
        connection.executescript(_sql.create_tables)
        if version != VERSION:
            connection.execute(f"pragma user_version = {VERSION}")
        return Spool(connection, path, facility, gateway, limit_bytes)
    except BaseException:
        connection.close()
        raise


class _Damaged(sqlite3.DatabaseError):
    """quick_check found something."""


def _damaged(error: sqlite3.DatabaseError) -> bool:
    if isinstance(error, _Damaged):
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # A sound file of another program (no such column …) is not ours to write into either.
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _set_aside(path: Path, now: datetime) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    for end in ("", "-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside
