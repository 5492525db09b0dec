"""Pages for those who keep the watch running: accounts, gateways and devices, and what had to be quarantined."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from psycopg.rows import dict_row

from anxin.db.connect import Connection
from anxin.db.sql import load
from api.integrator.equipment import device_state, gateway_state, readable
from api.web import NotFound, page, person_of, web_of

router = APIRouter(include_in_schema=False)
_queries = load("api.integrator")
PAYLOAD_SHOWN = 4_096


@router.get("/accounts")
def accounts(request: Request) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        found = _rows(connection, _queries.accounts, {"facility": person.facility_id, "now": now})
    return page(request, "accounts.html", accounts=found)


@router.get("/equipment")
def equipment(request: Request) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        gateways = _rows(connection, _queries.gateways, {"facility": person.facility_id})
        devices = _rows(connection, _queries.devices, {"facility": person.facility_id})
    for row in gateways:
        row["state"] = gateway_state(row, now)
    for row in devices:
        row["state"] = device_state(row, now)
    devices.sort(key=lambda row: (row["state"] == "heard", row["gateway"], row["code"]))
    return page(request, "equipment.html", gateways=gateways, devices=devices)


@router.get("/quarantine")
def quarantine(request: Request) -> Response:
    person = person_of(request)
    with web_of(request).store() as connection:
        found = _rows(connection, _queries.quarantine, {"facility": person.facility})
    return page(request, "quarantine.html", messages=found)


@router.get("/quarantine/{quarantine_id}")
def quarantined(request: Request, quarantine_id: int) -> Response:
    person = person_of(request)
    wanted = {"facility": person.facility, "id": quarantine_id, "most": PAYLOAD_SHOWN}
    with web_of(request).store() as connection:
        found = _rows(connection, _queries.quarantined, wanted)
    if not found:
        raise NotFound
    return page(request, "quarantined.html", message=found[0], text=readable(bytes(found[0]["payload"])))


def _rows(connection: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
