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
# Readers write their place down every few seconds only.
READ_WITHIN = timedelta(seconds=20)


def problems(pulse: Pulse, now: datetime, speed: float) -> list[str]:
    """Return what keeps the watch from being complete; none: it is. Pure. speed: of the clock; real seconds count."""
    if not pulse.store:
        return ["database is away"]
    if pulse.stored_at is None:
        return ["ingest has not begun"]
    scale, found = max(1.0, speed), []
    if (silent := now - pulse.stored_at) > STORED_WITHIN * scale:
        found.append(f"nothing was stored for {int(silent.total_seconds() / scale)} s")
    if pulse.read_at is None:
        found.append(f"{pulse.slowest} has not begun")
    elif (behind := pulse.stored_at - pulse.read_at) > READ_WITHIN * scale:
        found.append(f"{pulse.slowest} is {int(behind.total_seconds() / scale)} s behind")
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
