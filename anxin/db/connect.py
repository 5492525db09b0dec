"""Opens connections as a role, and knows what a lost database looks like. Only this module calls psycopg.connect."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import TupleRow

from anxin.config import Database

Connection = psycopg.Connection[TupleRow]

# What means "the server is away or refuses for now": wait and try again. Everything else is a bug or bad data.
SERVICE_DOWN: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.AdminShutdown,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.QueryCanceled,
)


def conninfo(database: Database, role: str) -> dict[str, Any]:
    """Return what psycopg needs to connect as `role`; the password comes from the secrets folder, never from a URL."""
    return {
        "host": database.host,
        "port": database.port,
        "dbname": database.name,
        "user": role,
        "password": database.password(role),
        "application_name": role,
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "sslmode": database.sslmode,
        "options": f"-c timezone=UTC -c statement_timeout={database.statement_timeout_ms}",
    }


def connect(database: Database, role: str, *, autocommit: bool = False) -> Connection:
    """Open a connection as `role`. Raises one of SERVICE_DOWN when that is not possible."""
    return psycopg.connect(**conninfo(database, role), autocommit=autocommit)
