"""The nurses' pages: worklist, beds, one alert, arriving by a scanned code, a resident's night."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from analytics.alerts import holds, store
from analytics.alerts import worklist as duties
from analytics.alerts.explain import sensors
from analytics.alerts.model import may_be_held
from analytics.alerts.refusal import AlreadyResolved, Refused
from anxin.db.connect import Connection
from anxin.vocabulary import Outcome
from api import model, nights, overview, reading, why
from api.console.timeline import draw
from api.people import Person
from api.web import NotFound, is_fragment, language_of, page, person_of, web_of

router = APIRouter(include_in_schema=False)
TASKS_AHEAD = timedelta(minutes=30)  # what is due so soon stands on the worklist
Text = Annotated[str, Form(max_length=2_000)]


def list_values(request: Request, connection: Connection, person: Person) -> dict[str, Any]:
    """Return what the worklist needs; the newest history entry is read first, so that the stream misses nothing."""
    web, language = web_of(request), language_of(request)
    tip = reading.tip(connection, person.facility_id)
    alerts = reading.alerts(connection, person.facility_id)
    now = web.clock.now()
    _ = web.words.of(language)
    return {
        "tip": tip,
        "alerts": alerts,
        "tasks": duties.open_tasks(connection, person.facility_id, now + TASKS_AHEAD),
        "holds": holds.in_force(connection, person.facility_id, now),
        "why": lambda alert: why.one_line(alert, person.zone, _, language),
    }


@router.get("/console")
def console(request: Request) -> Response:
    person = person_of(request)
    with web_of(request).store() as connection:
        values = list_values(request, connection, person)
        return page(
            request,
            "console.html",
            wards_tiles=overview.by_ward(_tiles(request, connection, person)),
            problem=None,
            **values,
        )


@router.get("/console/worklist")
def worklist(request: Request) -> Response:
    with web_of(request).store() as connection:
        values = list_values(request, connection, person_of(request))
    return page(request, "worklist.html", problem=None, **values)


@router.get("/beds")
def beds(request: Request) -> Response:
    person = person_of(request)
    with web_of(request).store() as connection:
        values = list_values(request, connection, person)
        return page(request, "beds.html", wards_tiles=overview.by_ward(_tiles(request, connection, person)), **values)


@router.get("/beds/tiles")
def bed_tiles(request: Request) -> Response:
    with web_of(request).store() as connection:
        found = _tiles(request, connection, person_of(request))
    return page(request, "tiles.html", wards_tiles=overview.by_ward(found))


@router.get("/alerts/{alert_id}")
def alert(request: Request, alert_id: int) -> Response:
    return alert_page(request, alert_id, "alert.html")


@router.get("/alerts/{alert_id}/facts")
def alert_facts(request: Request, alert_id: int) -> Response:
    return alert_page(request, alert_id, "facts.html")


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(request: Request, alert_id: int) -> Response:
    person, web = person_of(request), web_of(request)
    problem: Refused | None = None
    with web.store() as connection:
        try:
            store.acknowledge(connection, alert_id, person.account_id, web.clock.now())
        except Refused as refused:
            problem = refused
    if not is_fragment(request):
        return _after(request, alert_id, problem)
    with web.store() as connection:
        values = list_values(request, connection, person)
    return page(request, "worklist.html", problem=problem, **values)


@router.post("/alerts/{alert_id}/arrive")
def arrive(request: Request, alert_id: int, code: Text = "") -> Response:
    person, web = person_of(request), web_of(request)
    try:
        with web.store() as connection:
            store.arrive(connection, alert_id, person.account_id, code, web.clock.now())
    except Refused as refused:
        return _after(request, alert_id, refused)
    return _after(request, alert_id, None)


@router.post("/alerts/{alert_id}/arrive/button")
def arrive_by_button(request: Request, alert_id: int) -> Response:
    """Arrive where the carers' button was just pressed."""
    person, web = person_of(request), web_of(request)
    try:
        with web.store() as connection:
            store.arrive_by_button(connection, alert_id, person.account_id, web.clock.now())
    except Refused as refused:
        return _after(request, alert_id, refused)
    return _after(request, alert_id, None)


@router.post("/alerts/{alert_id}/resolve")
def resolve(request: Request, alert_id: int, outcome: Text = "", note: Text = "") -> Response:
    person, web = person_of(request), web_of(request)
    chosen = Outcome(outcome) if outcome in set(Outcome) else Outcome.SELF_CLEARED  # which the store refuses
    try:
        with web.store() as connection:
            store.resolve(connection, alert_id, person.account_id, chosen, note.strip() or None, web.clock.now())
    except Refused as refused:
        return _after(request, alert_id, refused)
    return RedirectResponse("/console", 303)


@router.post("/alerts/{alert_id}/comment")
def comment(request: Request, alert_id: int, text: Text = "") -> Response:
    person, web = person_of(request), web_of(request)
    try:
        with web.store() as connection:
            store.comment(connection, alert_id, person.account_id, text, web.clock.now())
    except Refused as refused:
        return _after(request, alert_id, refused)
    return _after(request, alert_id, None)


@router.get("/arrive")
def arrive_typed(request: Request, code: str = "") -> Response:
    if code.strip():
        return arrive_scanned(request, code)
    return page(request, "arrive.html", place=None, alerts=[], code="", problem=None, done=False, present=False)


@router.get("/arrive/{code}")
def arrive_scanned(request: Request, code: str) -> Response:
    """What a scanned code opens: the alerts of this place and one button. Opening alone changes nothing."""
    return scanned_page(request, code)


def scanned_page(request: Request, code: str, present: bool = False) -> Response:
    """The page of a scanned code. present: she has just said that she is in the room."""
    person = person_of(request)
    with web_of(request).store() as connection:
        place, alerts = _alerts_at(connection, person, code)
    status = 200 if place else 404
    return page(
        request, "arrive.html", status, place=place, alerts=alerts, code=code, problem=None, done=False,
        present=present,
    )  # fmt: skip


@router.post("/arrive/{code}")
def arrive_here(request: Request, code: str) -> Response:
    """Arrive for all open alerts of the place at once."""
    person, web = person_of(request), web_of(request)
    problem: Refused | None = None
    with web.store() as connection:
        place, alerts = _alerts_at(connection, person, code)
        for one in alerts:
            if one.arrived_at is None:
                try:
                    with connection.transaction():
                        store.arrive(connection, one.id, person.account_id, code, web.clock.now())
                except AlreadyResolved:
                    pass  # a colleague was faster; the page shows what is left
                except Refused as refused:
                    problem = refused
        place, alerts = _alerts_at(connection, person, code)
    if problem is None and len(alerts) == 1:
        return RedirectResponse(f"/alerts/{alerts[0].id}", 303)
    return page(
        request, "arrive.html", place=place, alerts=alerts, code=code, problem=problem, done=problem is None,
        present=False,
    )  # fmt: skip


@router.get("/residents/{resident_id}")
def resident(request: Request, resident_id: int) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        tip = reading.tip(connection, person.facility_id)
        night = nights.last(connection, person, resident_id, now)
        found = reading.resident(connection, person.facility_id, resident_id, now)
        assert found is not None, "nights.last found her"
        blind = reading.blind(connection, person.facility_id, resident_id, now - timedelta(days=1), now)
        mine = overview.tiles(connection, person.facility_id, now, bed_id=found.bed_id) if found.bed_id else []
    return page(
        request, "resident.html", tip=tip, resident=found, night=night, picture=draw(night, person.zone),
        times_up=model.times_up(night.segments), tile=mine[0] if mine else None,
        blind=blind,    )  # fmt: skip


@router.get("/residents/{resident_id}/vitals")
def resident_vitals(request: Request, resident_id: int) -> JSONResponse:
    """The chart's numbers: seconds since 1970 by minute and a value or null for each."""
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        if reading.resident(connection, person.facility_id, resident_id, now) is None:
            raise NotFound
        _, start, stop = nights.bounds(connection, person, now)
        found = reading.vitals(connection, person.facility_id, resident_id, start, min(stop, now))
    minutes = [start + timedelta(minutes=m) for m in range(int((stop - start).total_seconds() // 60))]
    columns = {kind.value: [values.get(at) for at in minutes] for kind, values in found.items()}
    return JSONResponse({"time": [int(at.timestamp()) for at in minutes], "zone": person.time_zone, **columns})


def _tiles(request: Request, connection: Connection, person: Person) -> list[overview.Tile]:
    return overview.tiles(connection, person.facility_id, web_of(request).clock.now())


def _alerts_at(
    connection: Connection, person: Person, code: str
) -> tuple[model.ScannedPlace | None, list[model.OpenAlert]]:
    place = reading.place(connection, person.facility_id, code)
    if place is None:
        return None, []
    here = [
        alert
        for alert in reading.alerts(connection, person.facility_id)
        if (place.bed_id is not None and alert.bed_id == place.bed_id)
        or (alert.room_id == place.room_id and (place.bed_id is None or alert.bed_id is None))
    ]
    return place, here


def _after(request: Request, alert_id: int, problem: Refused | None) -> Response:
    """After an action: the alert's page again; with the refusal if there was one."""
    if problem is None:
        return RedirectResponse(f"/alerts/{alert_id}", 303)
    return alert_page(request, alert_id, "alert.html", problem)


def alert_page(request: Request, alert_id: int, template: str, problem: Refused | None = None) -> Response:
    person, web, language = person_of(request), web_of(request), language_of(request)
    with web.store() as connection:
        tip = reading.tip(connection, person.facility_id)
        found = reading.alert(connection, person.facility_id, alert_id)
        if found is None:
            raise NotFound
        history = reading.history(connection, person.facility_id, alert_id)
        around = {
            "children": reading.children(connection, person.facility_id, alert_id),
            "to_check": reading.to_check(connection, person.facility_id, found, web.clock.now()),
            "tasks": duties.of_alert(connection, person.facility_id, alert_id),
            "colleagues": reading.colleagues(connection, person.facility_id),
            "limits_of_care": reading.limits_of_care(connection, person.facility_id, alert_id),
            "sensors": sensors(connection, alert_id),
            "may_be_held": may_be_held(found.kind),
            "pressed": None if found.arrived_at else store.pressed(connection, alert_id, web.clock.now()),
        }
    evidence = why.evidence(found.evidence, person.zone, web.words.of(language), language)
    return page(
        request, template, 409 if problem else 200, tip=tip, alert=found, history=history, evidence=evidence,
        problem=problem, reason=why.newest(history, language), sentence=why.sentence, sensor=why.sensor, **around,
    )  # fmt: skip
