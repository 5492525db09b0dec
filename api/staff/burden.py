"""Alarm burden: how often it rings, how often for nothing, how soon somebody came, and what to do about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics.alerts import burden_store
from analytics.alerts.burden import KNOBS, SUGGESTIONS
from anxin.db.sql import load
from anxin.vocabulary import Priority, Role
from api.web import language_of, page, person_of, web_of

router = APIRouter(include_in_schema=False)
_queries = load("api.staff")
Text = Annotated[str, Form(max_length=60)]
SPANS = (1, 7, 30, 90)


@router.get("/burden")
def burden(request: Request, days: int = 30) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    span = days if days in SPANS else 30
    with web.store() as connection:
        found = burden_store.load_burden(connection, person.facility_id, span, now)
        with connection.cursor(row_factory=dict_row) as cursor:
            questions = cursor.execute(_queries.questions, {"facility": person.facility_id}).fetchall()
    language = language_of(request)
    return page(
        request, "burden.html", burden=found, days=span, spans=SPANS, priorities=list(Priority),
        number=burden_store.number, percent=burden_store.percent,
        questions=questions, knobs=sorted({".".join(knob) for knob in KNOBS.values()}),
        is_manager=person.role is Role.MANAGER,
        suggestion=lambda cause: SUGGESTIONS[cause.suggestion][language],
    )  # fmt: skip


@router.post("/burden/ask")
def ask(request: Request, parameter: Text = "", value: Text = "", days: Text = "30") -> Response:
    """What would another number have done? The analytics answers; a number that no rule knows is its answer, too."""
    person, web = person_of(request), web_of(request)
    rule, _, name = parameter.strip().partition(".")
    try:
        wanted: float | str = float(value.replace(",", "."))
    except ValueError:
        wanted = value.strip()
    row = {
        "facility": person.facility_id,
        "account": person.account_id,
        "rule": rule,
        "parameter": name,
        "value": Jsonb(wanted),
        "days": int(days) if days in {str(span) for span in SPANS} else 30,
        "now": web.clock.now(),
    }
    with web.store() as connection:
        connection.execute(_queries.put_question, row)
    return RedirectResponse("/burden#what-if", 303)
