"""The relative's page: quiet, and through a database role that can see nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from psycopg.rows import class_row

from anxin.db.connect import Connection
from anxin.db.sql import load
from api.web import page, person_of, web_of

router = APIRouter(include_in_schema=False)
_queries = load("api.family")


@dataclass(frozen=True, slots=True)
class Relation:
    """A resident whom the relative may see, and when her bed was last heard."""

    resident_id: int
    name: str
    scopes: list[str]
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class FamilyNight:
    """One night in sums and one word: normal, attention or unknown. finished: no longer running."""

    resident_id: int
    night: date
    finished: bool
    in_bed: timedelta
    out_of_bed: timedelta
    unknown: timedelta
    times_up: int
    state: str


@dataclass(frozen=True, slots=True)
class FamilyEvent:
    """Something that happened, confirmed by a carer who was there."""

    resident_id: int
    kind: str
    onset_at: datetime
    resolved_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class FamilyView:
    """What one relative sees of one resident."""

    relation: Relation
    nights: list[FamilyNight]
    events: list[FamilyEvent]

    @property
    def tonight(self) -> FamilyNight | None:
        """The night that still runs."""
        return next((night for night in self.nights if not night.finished), None)

    @property
    def last(self) -> FamilyNight | None:
        """The last finished night."""
        return next((night for night in self.nights if night.finished), None)


def read(connection: Connection, account_id: int, now: datetime) -> list[FamilyView]:
    """Return what an account may see at `now`. The connection's role is anxin_family, inside a transaction."""
    connection.execute(_queries.ask_as, {"account": account_id, "now": now.isoformat()})
    with connection.cursor(row_factory=class_row(Relation)) as cursor:
        relations = cursor.execute(_queries.residents).fetchall()
    with connection.cursor(row_factory=class_row(FamilyNight)) as cursor:
        nights = cursor.execute(_queries.nights).fetchall()
    with connection.cursor(row_factory=class_row(FamilyEvent)) as cursor:
        events = cursor.execute(_queries.events).fetchall()
    return list(_views(relations, nights, events))


def _views(relations: Iterable[Relation], nights: list[FamilyNight], events: list[FamilyEvent]) -> Iterable[FamilyView]:
    for relation in relations:
        yield FamilyView(
            relation,
            [night for night in nights if night.resident_id == relation.resident_id],
            [event for event in events if event.resident_id == relation.resident_id],
        )


@router.get("/family")
def family(request: Request) -> Response:
    person, web = person_of(request), web_of(request)
    with web.family_pool.connection() as connection:
        views = read(connection, person.account_id, web.clock.now())
    return page(request, "family.html", views=views)
