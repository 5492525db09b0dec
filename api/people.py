"""Signing in and who is asking: sessions in the store, tokens only as hashes, cookies a script cannot read."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg.rows import class_row

from anxin.clock import Clock
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import Role
from api import passwords

_queries = load("api")
COOKIE = "anxin_session"


@dataclass(frozen=True, slots=True)
class Facility:
    """The home whose pages these are."""

    id: int
    code: str
    name: str
    time_zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and to which facility."""

    account_id: int
    code: str
    name: str
    role: Role
    language: str
    facility_id: int
    facility: str
    facility_name: str
    time_zone: str
    token_hash: bytes
    created_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class FacilityUnclearError(LookupError):
    """It cannot be said whose pages these are; the text says what to set."""


def login_facility(connection: Connection, code: str | None) -> Facility:
    """Return the facility that signs in here. Raises FacilityUnclearError: none is there, or several and no setting."""
    with connection.cursor(row_factory=class_row(Facility)) as cursor:
        found = cursor.execute(_queries.login_facility, {"code": code}).fetchall()
    if not found:
        named = f"facility {code!r} of the setting api.facility" if code else "a facility"
        raise FacilityUnclearError(f"{named} is not in the store; load a facility file")
    if len(found) > 1:
        raise FacilityUnclearError("the store holds several facilities; name one in the setting api.facility")
    return found[0]


def check_password(connection: Connection, facility: Facility, account: str, password: str) -> tuple[int, Role] | None:
    """Return the account's id and role if the password is right. Takes as long for an unknown account."""
    row = connection.execute(_queries.account, {"facility": facility.id, "code": account}).fetchone()
    if not passwords.matches(password, row[3] if row else None) or row is None:
        return None
    return int(row[0]), Role(row[1])


def lifetime(hours: float, clock: Clock) -> timedelta:
    """Return how long a session lasts on this clock: hours mean real hours, also where a simulation runs fast."""
    return timedelta(hours=hours) * max(1.0, clock.speed)


def open_session(connection: Connection, account_id: int, now: datetime, lasts: timedelta) -> str:
    """Make a session and return its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    connection.execute(_queries.drop_old_sessions, {"now": now})
    connection.execute(
        _queries.put_session,
        {"token_hash": token_hash(token), "account": account_id, "now": now, "expires_at": now + lasts},
    )
    return token


def close_session(connection: Connection, person: Person) -> None:
    connection.execute(_queries.drop_session, {"token_hash": person.token_hash})


def find_person(connection: Connection, hashed: bytes, now: datetime, lasts: timedelta) -> Person | None:
    """Return who the token belongs to, or None. A wall's session is renewed when half of it is over: nobody stands
    there to sign in again; people's sessions end."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        person = cursor.execute(_queries.person, {"token_hash": hashed, "now": now}).fetchone()
    if person is not None and person.role is Role.WALL and person.expires_at - now < lasts / 2:
        connection.execute(_queries.extend_session, {"token_hash": hashed, "expires_at": now + lasts})
    return person


def token_hash(token: str) -> bytes:
    """Return what is stored of a token. It has 256 random bits, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()
