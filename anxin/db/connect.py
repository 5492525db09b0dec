"""Opens connections as a role, and knows what a lost database looks like. Only this module calls psycopg.connect."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

from anxin.config import Database

_V = TypeVar("_V")
GRACE_S = 5.0  # for an answer to come home after the server has ended the statement itself


class Connection(psycopg.Connection[TupleRow]):
    """A connection on which nobody waits for ever. The server bounds its statements; a server, or a network in between,
    that takes everything and answers nothing is the client's to notice. answer_s: 0 waits for ever."""

    answer_s: float = 0.0

    def wait(self, gen: PQGen[_V], interval: float = 0.1, timeout: float | None = None) -> _V:
        """Raise OperationalError, and end the connection, when the server does not answer in time."""
        if timeout is not None or not self.answer_s:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_s)
        except psycopg.errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server does not answer for {self.answer_s:g} s") from error


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
    return patient(Connection.connect(**conninfo(database, role), autocommit=autocommit), database)


def patient(connection: Connection, database: Database) -> Connection:
    """Bound how long the connection waits for an answer: a little longer than the server may work at it."""
    timeout_s = database.statement_timeout_ms / 1_000
    connection.answer_s = timeout_s + GRACE_S if timeout_s else 0.0
    return connection
