"""Is the process alive, and is it ready: database there, and ingest and analytics not behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from anxin.db.connect import SERVICE_DOWN
from anxin.db.sql import load
from api.model import Pulse
from api.pulse import problems
from api.web import web_of

router = APIRouter(prefix="/health")
_queries = load("api")


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
