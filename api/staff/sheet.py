"""The emergency hand-over sheet, one page for the ambulance, and the release of a confirmed event to the family."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from psycopg.rows import dict_row

from analytics.alerts.phrases import CHOICES
from analytics.alerts.release import release
from anxin.db.sql import load
from anxin.vocabulary import ObservationKind
from api import reading
from api.web import NotFound, language_of, page, person_of, web_of

router = APIRouter(include_in_schema=False)
_queries = load("api.staff")
# What the sheet shows of measurements, with the age of each; and what of a profile, as somebody entered it.
VITALS = (
    ObservationKind.HEART_RATE,
    ObservationKind.RESPIRATORY_RATE,
    ObservationKind.SPO2,
    ObservationKind.BODY_TEMPERATURE,
    ObservationKind.BP_SYSTOLIC,
    ObservationKind.BP_DIASTOLIC,
    ObservationKind.BLOOD_GLUCOSE,
)
PROFILE = ("limits_of_care", "allergies", "medication", "diagnoses", "care_level", "fall_risk", "insurance")


@router.get("/alerts/{alert_id}/sheet")
def sheet(request: Request, alert_id: int) -> Response:
    person, web = person_of(request), web_of(request)
    now = web.clock.now()
    with web.store() as connection:
        alert = reading.alert(connection, person.facility_id, alert_id)
        if alert is None or alert.resident_id is None:
            raise NotFound
        resident = reading.resident(connection, person.facility_id, alert.resident_id, now)
        history = reading.history(connection, person.facility_id, alert_id)
        about = {"facility": person.facility_id, "resident": alert.resident_id, "now": now, "kinds": list(VITALS)}
        with connection.cursor(row_factory=dict_row) as cursor:
            vitals = cursor.execute(_queries.newest_vitals, about).fetchall()
            relatives = cursor.execute(_queries.relatives, about).fetchall()
            profile = cursor.execute(_queries.profile, about).fetchone()
    assert resident is not None
    assert profile is not None
    language = language_of(request)
    entered = [(key, _words(profile["profile"].get(key), language)) for key in PROFILE]
    return page(
        request, "sheet.html", alert=alert, resident=resident, birth_year=profile["birth_year"], vitals=vitals,
        relatives=relatives, entered=entered,
        remarks=[entry for entry in history if entry.detail.get("text") or entry.detail.get("note")],
    )  # fmt: skip


@router.post("/alerts/{alert_id}/release")
def release_to_family(request: Request, alert_id: int) -> Response:
    """Let the relatives with consent see it. A refusal is said as it is elsewhere: 409 with its sentence."""
    person, web = person_of(request), web_of(request)
    with web.store() as connection:
        release(connection, alert_id, person.account_id, web.clock.now())
    return RedirectResponse(f"/alerts/{alert_id}", 303)


def _words(value: Any, language: str) -> str | None:
    """What somebody entered, as text; None: nothing was entered, which is not the same as `no`."""
    if value in (None, "", [], {}):
        return None
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(one, language)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return CHOICES[value][language] if value in CHOICES else str(value)
