"""Fresh databases for tests: one migrated template per server, one copy of it per test."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import msgspec
from psycopg import sql

from anxin.config import Database
from anxin.db.connect import Connection, connect
from anxin.db.migrate import migrate

_numbers = itertools.count(1)


@dataclass(frozen=True)
class TestDatabase:
    """A fresh database with the schema of this version. `settings` is what components connect with."""

    __test__ = False
    settings: Database
    engine: str

    def connect(self, role: str | None = None, *, autocommit: bool = True) -> Connection:
        """Connect as a role; None: as the owner."""
        return connect(self.settings, role or self.settings.owner, autocommit=autocommit)


class Server:
    """A database server that makes fresh databases."""

    def __init__(self, admin: Database, engine: str, tag: str) -> None:
        self._admin, self._engine, self._tag = admin, engine, tag
        self._template = f"anxin_template_{tag}"
        self._execute("drop database if exists {}", self._template)
        self._execute("create database {}", self._template)
        with connect(self._named(self._template), admin.owner, autocommit=True) as connection:
            migrate(connection)
        # Nobody may be in a template while it is copied, TimescaleDB's background workers included.
        self._execute("alter database {} allow_connections false", self._template)
        with connect(self._named("postgres"), admin.owner, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (self._template,)
            )

    def close(self) -> None:
        """Take the template away."""
        self._execute("drop database if exists {} with (force)", self._template)

    def fresh(self) -> TestDatabase:
        name = f"anxin_test_{self._tag}_{next(_numbers)}"
        self._execute("drop database if exists {} with (force)", name)
        self._execute("create database {} template {} strategy file_copy", name, self._template)
        return TestDatabase(self._named(name), self._engine)

    def drop(self, database: TestDatabase) -> None:
        self._execute("drop database if exists {} with (force)", database.settings.name)

    def _named(self, name: str) -> Database:
        return msgspec.structs.replace(self._admin, name=name)

    def _execute(self, statement: str, *names: str) -> None:
        with connect(self._named("postgres"), self._admin.owner, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
