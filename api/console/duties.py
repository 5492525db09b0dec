"""What people do besides answering: give an alert to a colleague, put a kind aside, say that they are in a room, tick a
task, hand the shift over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from analytics.alerts import holds, store, worklist
from analytics.alerts.refusal import Refused
from anxin.care import EntryKind
from anxin.db.connect import Connection
from api import reading
from api.care import entry
from api.care.entry import About
from api.console.routes import alert_page, scanned_page
from api.web import NotFound, page, person_of, web_of

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=2_000)]
HANDOVERS_SHOWN = 10


@router.post("/alerts/{alert_id}/assign")
def assign(request: Request, alert_id: int, account: Annotated[int, Form()]) -> Response:
    person, web = person_of(request), web_of(request)
    return _of_alert(
        request, alert_id, lambda c: store.assign(c, alert_id, person.account_id, account, web.clock.now())
    )


@router.post("/alerts/{alert_id}/shelve")
def shelve(request: Request, alert_id: int, note: Text = "", minutes: Annotated[int, Form()] = 15) -> Response:
    person, web = person_of(request), web_of(request)
    return _of_alert(
        request, alert_id, lambda c: holds.shelve(c, alert_id, person.account_id, minutes, note, web.clock.now())
    )


@router.post("/tasks/{task_id}/tick")
def tick(request: Request, task_id: int, note: Text = "") -> Response:
    """A task that a colleague has ticked meanwhile is done; nothing more is to be said."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection, suppress(Refused):
        worklist.tick(connection, person.facility_id, task_id, person.account_id, note, web.clock.now())
    return RedirectResponse(_back(request), 303)


@router.post("/holds/{hold_id}/end")
def end(request: Request, hold_id: int) -> Response:
    """What is over already needs no end."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection, suppress(Refused):
        holds.end(connection, person.facility_id, hold_id, person.account_id, web.clock.now())
    return RedirectResponse("/console", 303)


@router.post("/arrive/{code}/present")
def present(request: Request, code: str) -> Response:
    """One tap: I am in this room. It expires by itself."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        place = reading.place(connection, person.facility_id, code)
        if place is None:
            raise NotFound
        holds.be_present(connection, person.facility_id, place.room_id, person.account_id, web.clock.now())
    return scanned_page(request, code, present=True)


@router.get("/handover")
def handover(request: Request) -> Response:
    return _handover(request, None)


@router.post("/handover/begin")
def hand_over(request: Request, note: Text = "") -> Response:
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        worklist.hand_over(connection, person.facility_id, person.account_id, note, web.clock.now())
    return RedirectResponse("/handover", 303)


@router.post("/handover/{handover_id}/sign")
def sign(request: Request, handover_id: int) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    try:
        with web.store() as connection:
            worklist.sign(connection, person.facility_id, handover_id, person.account_id, now)
            # The watch asks for a signature where the schedules want one.
            key = f"handover-{handover_id}"
            entry.note(connection, person, EntryKind.HANDOVER, About(), {}, key=key, time=now, now=now)
    except Refused as refused:
        return _handover(request, refused)
    return RedirectResponse("/handover", 303)


def _handover(request: Request, problem: Refused | None) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        values = {
            "tip": reading.tip(connection, person.facility_id),
            "alerts": reading.alerts(connection, person.facility_id),
            "tasks": worklist.open_tasks(connection, person.facility_id, now + timedelta(hours=8)),
            "handovers": worklist.handovers(connection, person.facility_id, HANDOVERS_SHOWN),
        }
    return page(request, "shift.html", 409 if problem else 200, problem=problem, me=person.name, **values)


def _of_alert(request: Request, alert_id: int, act: Callable[[Connection], object]) -> Response:
    try:
        with web_of(request).store() as connection:
            act(connection)
    except Refused as refused:
        return alert_page(request, alert_id, "alert.html", refused)
    return RedirectResponse(f"/alerts/{alert_id}", 303)


def _back(request: Request) -> str:
    """To the page that the form stood on, of ours only."""
    for known in ("/handover", "/alerts/"):
        if known in request.headers.get("referer", ""):
            tail = request.headers["referer"].partition(known)[2]
            return known + tail if tail.isdigit() or known == "/handover" else "/console"
    return "/console"
