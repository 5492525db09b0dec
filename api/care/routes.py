"""The page of one-tap entries: by the scanned code of a bed or room, or for a ward. Made for a phone in one hand."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from anxin.care import FACTS, EntryError, EntryKind, Facts
from anxin.catalogue import ALERTS, RISKS
from api import reading
from api.care import entry
from api.care.entry import About
from api.web import NotFound, page, person_of, web_of

router = APIRouter(include_in_schema=False)


@router.get("/care")
def care(request: Request, code: str = "") -> Response:
    if code.strip():
        return RedirectResponse(f"/care/{code.strip()}", 303)
    return _page(request)


@router.get("/care/{code}")
def care_at(request: Request, code: str) -> Response:
    """What a scanned code opens: who lives there, and one button for each entry. Opening alone changes nothing."""
    return _page(request, code)


class Tap(BaseModel):
    """The fields of all the page's forms, as a browser sends them; empty where a form has none."""

    kind: str
    key: str = ""
    place: str = ""
    resident: str = ""
    ward: str = ""
    code: str = ""
    present: str = ""
    expected: str = ""
    back_at: str = ""
    respiratory_rate: str = ""
    spo2: str = ""
    oxygen: str = ""
    systolic: str = ""
    pulse: str = ""
    consciousness: str = ""
    temperature: str = ""


@router.post("/care")
def care_note(request: Request, tap: Annotated[Tap, Form()]) -> Response:
    """Note one entry; a page that was sent twice notes it once."""
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    try:
        kind = EntryKind(tap.kind)
        with web.store() as connection:
            place = reading.place(connection, person.facility_id, tap.place) if tap.place else None
            # The code was scanned at the place: the room is proved by it, not by what the page says.
            about = About(_id(tap.resident), place.room_id if place else None, _id(tap.ward))
            entry.note(connection, person, kind, about, _facts(kind, tap, person.zone), key=tap.key, time=now, now=now)
    except (EntryError, ValueError) as problem:
        return _page(request, tap.place, str(problem), 400)
    return RedirectResponse(f"/care/{tap.place}?done={kind}" if tap.place else f"/care?done={kind}", 303)


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _facts(kind: EntryKind, tap: Tap, zone: ZoneInfo) -> Facts:
    """Read the facts of a kind from the fields of their names; an empty field says nothing."""
    facts: Facts = {}
    for name, fact in FACTS.get(kind, {}).items():
        text = str(getattr(tap, name, "")).strip()
        if not text:
            continue
        if name == "back_at":
            facts[name] = datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
        elif fact.type is float:
            facts[name] = float(text)
        else:
            facts[name] = text == "yes" if fact.type is bool else text
    return facts


def _page(request: Request, code: str = "", problem: str | None = None, status: int = 200) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        place = reading.place(connection, person.facility_id, code) if code else None
        if code and place is None:
            raise NotFound
        here = entry.residents_at(connection, person.facility_id, now, place.room_id, place.bed_id) if place else []
        wards = [] if place else entry.wards(connection, person.facility_id, now)
        lines = entry.latest(connection, person.facility_id)
    done = request.query_params.get("done", "")
    return page(
        request, "care.html", status, place=place, code=code, here=here, wards=wards, lines=lines, problem=problem,
        done=done if done in set(EntryKind) else None, key=lambda: secrets.token_hex(8),
    )  # fmt: skip


@router.get("/coverage")
def covered(request: Request) -> Response:
    """Which kinds are covered for how many, and what the others lack."""
    with web_of(request).store() as connection:
        kinds = entry.coverage(connection, person_of(request).facility_id)
    return page(request, "coverage.html", kinds=kinds, risks=RISKS, alerts=ALERTS)
