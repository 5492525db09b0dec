"""The wall: open alerts and beds of a ward or the whole home, to be read from five metres, with nothing to touch."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import overview, reading
from api.web import NotFound, page, person_of, web_of

router = APIRouter(include_in_schema=False)
# What fits at 1920 x 1080 in letters that can be read from five metres.
SHOWN = 5


@router.get("/wall")
def wall(request: Request, ward: str | None = None) -> Response:
    return page(request, "wall.html", **_values(request, ward))


@router.get("/wall/board")
def board(request: Request, ward: str | None = None) -> Response:
    return page(request, "board.html", **_values(request, ward))


def _values(request: Request, ward_code: str | None) -> dict[str, Any]:
    """Return what the wall shows. Alerts that belong to no ward (a gateway, the watch itself) are on every wall."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        tip = reading.tip(connection, person.facility_id)
        wards = reading.wards(connection, person.facility_id)
        chosen = [(id_, name) for id_, code, name in wards if code == ward_code]
        if ward_code is not None and not chosen:
            raise NotFound
        ward_id = chosen[0][0] if chosen else None
        alerts = reading.alerts(connection, person.facility_id, ward_id=ward_id)
        tiles = overview.tiles(connection, person.facility_id, web.clock.now(), ward_id)
    return {
        "tip": tip, "wards": wards, "ward_code": ward_code, "ward_name": chosen[0][1] if chosen else None,
        "alerts": alerts, "wards_tiles": overview.by_ward(tiles), "shown": SHOWN if len(alerts) <= SHOWN else SHOWN - 1,
    }  # fmt: skip
