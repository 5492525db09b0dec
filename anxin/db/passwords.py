"""Passwords of the database roles: one file a role in a secrets folder that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from psycopg import sql

from anxin.db.connect import Connection
from anxin.db.migrate import ROLES


def secret(folder: Path, name: str) -> str:
    """Return the secret `name`, made at the first time; only its owner may read the file."""
    path = folder / name
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(18))
    return path.read_text().strip()


def set_passwords(connection: Connection, folder: Path) -> None:
    """Give every role (not the owner) the password in its file."""
    for role in ROLES:
        statement = sql.SQL("alter role {} password {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(secret(folder, role))))
