"""Enrolment of gateways in the store: a person makes a one-time code, a box turns it into a password, a person ends it.

The store keeps only hashes. Times are arguments; codes and passwords come from the system's random source.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from anxin import admission
from anxin.db.connect import Connection
from anxin.db.sql import load

_queries = load("anxin.db", "admission.sql")
CODE_LASTS = timedelta(hours=24)
HEARTBEAT_S = 15.0
# Without 0, 1, I, O: a code is read from a screen and typed on a box. 32 ** 16 possibilities in a day.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 4, 4


class AdmissionError(LookupError):
    """A gateway that is not there, or a code that is not valid; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A gateway with its credentials. password: only here and on the box."""

    facility: str
    gateway: str
    password: str

    @property
    def user(self) -> str:
        return admission.gateway_user(self.facility, self.gateway)


def offer(
    connection: Connection, facility_id: int, gateway: str, now: datetime, by: int | None = None, new: bool = False
) -> str:
    """Return a one-time code for a gateway, valid for CODE_LASTS. new: make the gateway if it is not there yet.

    by: the account that asks; None: at the command line. Raises AdmissionError where there is no such gateway, and
    TopicError for a code that cannot stand in a topic.
    """
    admission.gateway_user("home", gateway)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    named = {"facility": facility_id, "gateway": gateway, "name": gateway, "heartbeat": HEARTBEAT_S}
    with connection.transaction():
        if new:
            connection.execute(_queries.add_gateway, named)
        values = {**named, "code_hash": _hash(code), "expires_at": now + CODE_LASTS, "by": by}
        if connection.execute(_queries.offer_code, values).fetchone() is None:
            raise AdmissionError(f"there is no gateway {gateway!r} in this facility; add it first")
        connection.execute(_queries.tell, named)
    return code


def redeem(connection: Connection, code: str, now: datetime) -> Admitted:
    """Turn a code into a password of the gateway. Raises AdmissionError: unknown, used or too old."""
    password = new_password()
    values = {"code_hash": _hash(code), "now": now, "password_hash": _stored(password)}
    with connection.transaction():
        found = connection.execute(_queries.redeem_code, values).fetchone()
        if found is None:
            raise AdmissionError("this code is not valid: mistyped, used already, or too old; ask for a new one")
        connection.execute(_queries.tell, {"facility": found[0]})
    return Admitted(found[0], found[1], password)


def adopt(connection: Connection, facility: str, gateway: str, password: str, now: datetime) -> bool:
    """Let a gateway of this very machine use a password that lies in its secrets; False if it was revoked, or is not
    in the directory."""
    named = {"facility": facility, "gateway": gateway, "now": now}
    with connection.transaction():
        row = connection.execute(_queries.password_of, named).fetchone()
        if row is None:
            return False
        if row[0] is not None and admission.matches(password, row[0]):
            return True
        done = connection.execute(_queries.put_password, {**named, "password_hash": _stored(password)}).rowcount
        connection.execute(_queries.tell, named)
    return done == 1


def revoke(connection: Connection, facility_id: int, gateway: str, now: datetime, by: int | None = None) -> None:
    """Take a gateway's password and code away; the broker ends its connection. Raises AdmissionError: not there."""
    values = {"facility": facility_id, "gateway": gateway, "now": now, "by": by}
    with connection.transaction():
        if connection.execute(_queries.revoke, values).fetchone() is None:
            raise AdmissionError(f"there is no gateway {gateway!r} in this facility")
        connection.execute(_queries.tell, values)


def admitted(connection: Connection) -> list[tuple[admission.Rights, str]]:
    """Return the rights and the password hash of every gateway that may speak, in the order of their names."""
    rows = connection.execute(_queries.admitted).fetchall()
    return [(admission.gateway_rights(facility, gateway), hashed) for facility, gateway, hashed in rows]


def facility_of(connection: Connection, code: str) -> int:
    """Return a facility's id. Raises AdmissionError where there is none."""
    row = connection.execute(_queries.facility_id, {"facility": code}).fetchone()
    if row is None:
        raise AdmissionError(f"there is no facility {code!r} in the store; load its file with `anxin facility load`")
    return int(row[0])


def new_password() -> str:
    return secrets.token_urlsafe(18)


def _stored(password: str) -> str:
    return admission.mosquitto_hash(password, secrets.token_bytes(admission.SALT_BYTES))


def _hash(code: str) -> bytes:
    """A code has 80 random bits and lives for a day, so that a plain hash is enough; dashes and case do not count."""
    return hashlib.sha256(code.replace("-", "").replace(" ", "").upper().encode()).digest()
