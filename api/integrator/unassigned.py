"""What was heard and is not believed yet: devices without a place, gateways without rights; and what ends that."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from psycopg.rows import dict_row

from anxin.db import admission
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.topic import TopicError
from anxin.vocabulary import OBSERVATIONS, DeviceKind
from api.integrator.proposal import Proposal, propose
from api.people import Person
from api.web import language_of, page, person_of, web_of

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=200)]
PLACES = ("bed", "room", "resident")
_queries = load("api.integrator", "unassigned.sql")


class _Problem(Exception):  # noqa: N818  an answer, not an error
    """Why something was not done, as a text to translate."""


def access_state(row: dict[str, Any], now: datetime) -> str:
    """Return what a gateway may do: unknown, revoked, enrolled, waiting (for its code to be used) or outside. Pure."""
    if not row["known"]:
        return "unknown"
    if row["revoked_at"] is not None:
        return "revoked"
    if row["code_expires_at"] is not None and row["code_expires_at"] > now:
        return "waiting"
    return "enrolled" if row["enrolled_at"] is not None else "outside"


@router.get("/unassigned")
def unassigned(request: Request) -> Response:
    return _page(request)


@router.post("/unassigned/assign")
def assign(
    request: Request, gateway: Text, device: Text, kind: Text = "", place: Text = "", supervision: Text = ""
) -> Response:
    """Put a device to a bed, a room or a resident; from then on it is believed."""
    person, web = person_of(request), web_of(request)
    sort, _, code = place.partition(":")
    try:
        if kind not in set(DeviceKind) or sort not in PLACES:
            raise _Problem("Choose what the device is and where it belongs.")
        values = {
            **{name: code if name == sort else None for name in PLACES},
            "facility_id": person.facility_id, "gateway": gateway, "device": device, "kind": kind,
            "supervision": _seconds(supervision), "by": person.account_id, "now": web.clock.now(),
        }  # fmt: skip
        with web.store() as connection:
            if connection.execute(_queries.assign, values).fetchone() is None:
                raise _Problem("It was assigned already, or its gateway or this place is not there any more.")
            connection.execute(_queries.tell, values)
    except _Problem as problem:
        return _page(request, 409, problem=str(problem))
    return RedirectResponse("/unassigned", 303)


@router.post("/unassigned/enrol")
def enrol(request: Request, gateway: Text) -> Response:
    """Make a one-time code and show it, this once."""
    person, web = person_of(request), web_of(request)
    try:
        with web.store() as connection:
            code = admission.offer(
                connection, person.facility_id, gateway.strip(), web.clock.now(), person.account_id, new=True
            )
    except TopicError:
        return _page(request, 409, problem=str(_Problem("A gateway's code is 1 to 64 of a-z, 0-9 and -.")))
    return _page(request, code=code, code_of=gateway.strip())


@router.post("/unassigned/revoke")
def revoke(request: Request, gateway: Text) -> Response:
    person, web = person_of(request), web_of(request)
    try:
        with web.store() as connection:
            admission.revoke(connection, person.facility_id, gateway, web.clock.now(), person.account_id)
    except admission.AdmissionError:
        return _page(request, 404, problem=str(_Problem("There is no such gateway.")))
    return RedirectResponse("/unassigned", 303)


def _page(request: Request, status: int = 200, **values: Any) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        devices = _rows(connection, _queries.unknown_devices, person)
        gateways = _rows(connection, _queries.gateways, person)
        places = _rows(connection, _queries.places, person)
    known = {row["code"] for row in gateways if row["known"]}
    for row in gateways:
        row["state"] = access_state(row, now)
    language = language_of(request)
    for row in devices:
        row["proposal"] = propose(bytes(row["payload"]), row["device"])
        row["signs"] = _signs(row["proposal"], language)
        row["gateway_known"] = row["gateway"] in known
    shown = {"problem": None, "code": None, "code_of": "", **values}
    return page(
        request, "unassigned.html", status, devices=devices, gateways=gateways, places=places, kinds=list(DeviceKind),
        lasts=int(admission.CODE_LASTS.total_seconds() // 3_600), **shown,
    )  # fmt: skip


def _signs(proposal: Proposal, language: str) -> str:
    specs = [OBSERVATIONS[kind] for kind in proposal.measures]
    return ("、" if language == "zh" else ", ").join(spec.zh if language == "zh" else spec.en for spec in specs)


def _seconds(text: str) -> float | None:
    """Minutes as people write them → seconds; nothing promised when empty."""
    if not text.strip():
        return None
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 10_080:
        raise _Problem("Minutes are a number above 0, at most 10080 (a week).")
    return minutes * 60


def _rows(connection: Connection, query: str, person: Person) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, {"facility": person.facility, "facility_id": person.facility_id}).fetchall()
