"""Alarm burden: how often it rings, how often for nothing, how soon somebody came, and what to do about it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from analytics.alerts import burden_store
from analytics.alerts.burden import SUGGESTIONS
from anxin.vocabulary import Priority
from api.web import language_of, page, person_of, web_of

router = APIRouter(include_in_schema=False)
SPANS = (1, 7, 30, 90)


@router.get("/burden")
def burden(request: Request, days: int = 30) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    span = days if days in SPANS else 30
    with web.store() as connection:
        found = burden_store.load_burden(connection, person.facility_id, span, now)
    language = language_of(request)
    return page(
        request, "burden.html", burden=found, days=span, spans=SPANS, priorities=list(Priority),
        number=burden_store.number, percent=burden_store.percent,
        suggestion=lambda cause: SUGGESTIONS[cause.suggestion][language],
    )  # fmt: skip
