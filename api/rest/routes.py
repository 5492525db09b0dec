"""The JSON interface for integrators: alerts, beds, nights. The same sessions, as cookie or as bearer token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from analytics.alerts import store
from analytics.alerts.refusal import Refused as ActionRefused
from anxin.care import EntryError
from anxin.db.connect import Connection
from api import model, nights, overview, reading
from api.care import entry
from api.care.entry import About
from api.rest.schemas import (
    AlertOut,
    Arrival,
    BedOut,
    CoverageOut,
    EntryIn,
    EntryOut,
    NightOut,
    Resolution,
    SegmentOut,
    SignIn,
    Token,
)
from api.signin import SignInRefused, sign_in
from api.web import NotFound, person_of, web_of

router = APIRouter(prefix="/api/v1")


@router.post("/session", tags=["session"], summary="Sign in and get a bearer token")
def open_session(request: Request, body: SignIn) -> Token:
    try:
        token, role = sign_in(request, body.account, body.password)
    except SignInRefused as refusal:
        raise HTTPException(refusal.status, str(refusal)) from refusal
    return Token(token=token, role=role)


@router.get("/alerts", tags=["alerts"], summary="Open alerts, most urgent first; or the latest in any state")
def list_alerts(
    request: Request,
    state: Annotated[str, Query(pattern="^(open|all)$")] = "open",
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlertOut]:
    """`state=all` pages backwards through all alerts: give the smallest id seen as `before`."""
    person = person_of(request)
    with web_of(request).store() as connection:
        if state == "open":
            found = reading.alerts(connection, person.facility_id)
        else:
            found = reading.recent(connection, person.facility_id, before, limit)
    return [AlertOut.of(alert) for alert in found]


@router.get("/alerts/{alert_id}", tags=["alerts"], summary="One alert with its history")
def get_alert(request: Request, alert_id: int) -> AlertOut:
    with web_of(request).store() as connection:
        return _one(connection, person_of(request).facility_id, alert_id)


@router.post("/alerts/{alert_id}/acknowledge", tags=["alerts"], summary="Take an alert")
def acknowledge(request: Request, alert_id: int) -> AlertOut:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        store.acknowledge(connection, alert_id, person.account_id, web.clock.now())
        return _one(connection, person.facility_id, alert_id)


@router.post(
    "/alerts/{alert_id}/arrive", tags=["alerts"], summary="Be at the alert's place, proved by its code or button"
)
def arrive(request: Request, alert_id: int, body: Arrival) -> AlertOut:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        if body.scan_code is None:
            store.arrive_by_button(connection, alert_id, person.account_id, web.clock.now())
        else:
            store.arrive(connection, alert_id, person.account_id, body.scan_code, web.clock.now())
        return _one(connection, person.facility_id, alert_id)


@router.post("/alerts/{alert_id}/resolve", tags=["alerts"], summary="Close an alert with what was found")
def resolve(request: Request, alert_id: int, body: Resolution) -> AlertOut:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        store.resolve(connection, alert_id, person.account_id, body.outcome, body.note, web.clock.now())
        return _one(connection, person.facility_id, alert_id)


@router.get("/beds", tags=["beds"], summary="All beds and what is known of them now")
def list_beds(request: Request) -> list[BedOut]:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        return [BedOut.of(tile) for tile in overview.tiles(connection, person.facility_id, web.clock.now())]


@router.post("/entries", tags=["care"], summary="Tell the watch what was done, or what happened")
def note_entry(request: Request, body: EntryIn) -> EntryOut:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        place = reading.place(connection, person.facility_id, body.scan_code) if body.scan_code else None
        if body.scan_code and place is None:
            raise NotFound
        about = About(body.resident_id, place.room_id if place else None, body.ward_id)
        try:
            made = entry.note(
                connection, person, body.kind, about, body.facts, key=body.key, time=body.time or now, now=now
            )
        except EntryError as error:
            raise HTTPException(422, str(error)) from error
    return EntryOut(id=made)


@router.get("/coverage", tags=["care"], summary="Which conditions are covered for whom, and what is missing")
def list_coverage(request: Request) -> list[CoverageOut]:
    with web_of(request).store() as connection:
        rows = entry.coverage_rows(connection, person_of(request).facility_id)
    return [CoverageOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/residents/{resident_id}/night", tags=["residents"], summary="The night of a resident that began last")
def get_night(request: Request, resident_id: int) -> NightOut:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        night = nights.last(connection, person, resident_id, web.clock.now())
    return NightOut(
        night=night.night,
        starts_at=night.start,
        ends_at=night.stop,
        in_bed_s=night.seconds("in"),
        out_of_bed_s=night.seconds("out"),
        unknown_s=night.seconds("unknown"),
        times_up=model.times_up(night.segments),
        segments=[SegmentOut(starts_at=s.starts_at, ends_at=s.ends_at, state=s.state) for s in night.segments],
        alerts=[AlertOut.of(alert) for alert in night.alerts],
    )


def refused(_: Request, refusal: Exception) -> JSONResponse:
    """What an action that the rules do not allow answers: a word for programs, sentences for people."""
    assert isinstance(refusal, ActionRefused)
    status = {"no_such_alert": 404, "not_allowed": 403}.get(refusal.code, 409)
    body: dict[str, Any] = {"code": refusal.code, "en": refusal.en, "zh": refusal.zh}
    return JSONResponse({"detail": body}, status)


def _one(connection: Connection, facility_id: int, alert_id: int) -> AlertOut:
    found = reading.alert(connection, facility_id, alert_id)
    if found is None:
        raise NotFound
    return AlertOut.of(found, reading.history(connection, facility_id, alert_id))
