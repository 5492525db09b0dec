"""Is the process alive, and is it ready: database there, and ingest and analytics not behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from anxin.db.connect import SERVICE_DOWN
from anxin.db.sql import load
from api.hub import Pulse
from api.web import web_of

router = APIRouter(prefix="/health")
_queries = load("api")
# Gateways beat every 15 s by default, so silence of a minute is four missed beats of every gateway at once.
STORED_WITHIN = timedelta(seconds=60)
READ_WITHIN = timedelta(seconds=15)


def problems(pulse: Pulse, now: datetime, speed: float) -> list[str]:
    """Return what keeps the watch from being complete; none: it is. Pure. speed: of the clock; real seconds count."""
    if not pulse.store:
        return ["database is away"]
    scale = max(1.0, speed)
    found = []
    for name, at, within in (("ingest", pulse.stored_at, STORED_WITHIN), ("analytics", pulse.read_at, READ_WITHIN)):
        if at is None:
            found.append(f"{name} has not begun")
        elif now - at > within * scale:
            found.append(f"{name} is {int((now - at).total_seconds() / scale)} s behind")
    return found


@router.get("/live", include_in_schema=False)
def alive() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/ready", include_in_schema=False)
def ready(request: Request) -> JSONResponse:
    """200 when this process can serve pages (the database answers); the rest of the watch is reported beside it."""
    web = web_of(request)
    try:
        with web.store() as connection:
            row = connection.execute(_queries.pulse).fetchone()
        pulse = Pulse(True, *row) if row else Pulse(True)
    except SERVICE_DOWN:
        pulse = Pulse()
    now = web.clock.now()
    report: dict[str, Any] = {
        "ready": pulse.store,
        "problems": problems(pulse, now, web.clock.speed),
        "stored_age_s": _age_s(pulse.stored_at, now),
        "read_age_s": _age_s(pulse.read_at, now),
        "slowest": pulse.slowest,
    }
    return JSONResponse(report, 200 if pulse.store else 503)


def _age_s(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round((now - at).total_seconds(), 3)
