"""Brings a database to the schema of this version: migrations once each, then views, roles, words. Both engines.

Idempotent and safe to run from several places at once (an advisory lock lets one in at a time).
"""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from importlib.resources import files

from psycopg import errors, sql

from anxin.catalogue import ALERTS
from anxin.courses import COURSES
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import OBSERVATIONS

ROLES = ("anxin_ingest", "anxin_analytics", "anxin_api", "anxin_family", "anxin_report")
_queries = load("anxin.db")
_LOCK = 0x616E78696E  # "anxin"
_PARTITIONED = re.compile(r"^-- partitioned (\S+) (\S+) (.+)$", re.MULTILINE)
_PARTITION_CLAUSE = re.compile(r"\) partition by range \(\w+\);")


class Engine(StrEnum):
    """Which kind of server the store stands on."""

    NATIVE = "native"
    TIMESCALE = "timescale"


class MigrationError(RuntimeError):
    """The database cannot be brought to this version; the text says why and what to do."""


def migrate(connection: Connection) -> list[str]:
    """Bring the connected database (as its owner) up to date and return the names of the migrations that ran."""
    engine = detect(connection)
    if engine is Engine.TIMESCALE:
        _load_extension(connection)
    with connection.transaction():
        connection.execute(_queries.lock_migration, {"key": _LOCK})
        _create_roles(connection)
        done = _applied(connection)
        known = _migrations()
        if unknown := sorted(done - set(known)):
            raise MigrationError(
                f"the database has migrations of a newer version ({unknown[-1]}); install that version"
            )
        new = [name for name in known if name not in done]
        for name in new:
            _apply(connection, engine, name)
        _run(connection, _read(f"partition_{engine}.sql"))
        for name in ("begin", "report", "family", "ward", "people"):
            _run(connection, _read(f"views/{name}.sql"))
        _run(connection, _read("roles.sql"))
        _copy_words(connection)
    return new


def pending(connection: Connection) -> list[str]:
    """Return the migrations that the database does not have yet; changes nothing."""
    try:
        done = {name for (name,) in connection.execute(_queries.applied_migrations)}
    except errors.UndefinedTable:
        done = set()
    return [name for name in _migrations() if name not in done]


def detect(connection: Connection) -> Engine:
    """Return the engine this server offers; changes nothing."""
    offered = connection.execute(_queries.timescale_offered).fetchone()
    return Engine.NATIVE if offered is None else Engine.TIMESCALE


def _load_extension(connection: Connection) -> None:
    """In a transaction of its own, so that the migration finds its functions."""
    with connection.transaction():
        connection.execute(_queries.lock_migration, {"key": _LOCK})
        connection.execute(_queries.load_timescale)


def _create_roles(connection: Connection) -> None:
    """Roles belong to the server: two databases that migrate at once must not collide."""
    for role in ROLES:
        if connection.execute(_queries.role_exists, {"role": role}).fetchone() is None:
            with suppress(errors.DuplicateObject, errors.UniqueViolation), connection.transaction():
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))


def _applied(connection: Connection) -> set[str]:
    connection.execute(_queries.create_migration_table)
    return {name for (name,) in connection.execute(_queries.applied_migrations)}


def _migrations() -> list[str]:
    folder = files("anxin.db").joinpath("migrations")
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))


def _apply(connection: Connection, engine: Engine, name: str) -> None:
    text = _read(f"migrations/{name}")
    tables = _PARTITIONED.findall(text)
    if engine is Engine.TIMESCALE:
        text = _PARTITION_CLAUSE.sub(");", text)
    _run(connection, text)
    for table, column, width in tables:
        place = {"table": table, "column": column, "width": width}
        connection.execute(_queries.note_partitioned, place)
        if engine is Engine.TIMESCALE:
            connection.execute(_queries.create_hypertable, place)
    connection.execute(_queries.note_migration, {"name": name})


def _copy_words(connection: Connection) -> None:
    observations = [(s.code, k.value, s.unit, s.scale, s.low, s.high, s.en, s.zh) for k, s in OBSERVATIONS.items()]
    alerts = [
        (
            k.value,
            s.alert_class.value,
            int(s.priority),
            s.latching,
            s.life_safety,
            s.en,
            s.zh,
            list(map(int, s.risks)),
            s.suppressible,
            *COURSES[k],
        )
        for k, s in ALERTS.items()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_queries.put_observation_kind, observations)
        cursor.executemany(_queries.put_alert_kind, alerts)


def _read(name: str) -> str:
    return files("anxin.db").joinpath(name).read_text(encoding="utf-8")


def _run(connection: Connection, text: str) -> None:
    connection.execute(text)
