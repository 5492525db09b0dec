"""Why did it (not) ring? Loads all that is known of an alert and hands it to `explanation`, which finds the words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from analytics.alerts import explanation, store
from analytics.alerts.escalator import load_plans, load_roster
from analytics.alerts.model import Action
from analytics.alerts.refusal import NoSuchAlert
from analytics.alerts.rows import alert_of
from analytics.alerts.story import Line, Override, Story, Told
from analytics.directory import called
from anxin.db.connect import Connection
from anxin.vocabulary import AlertKind, DeviceKind

_CODES = ("facility", "ward", "room", "bed", "resident", "gateway", "device")


def explain(connection: Connection, alert_id: int, language: str, now: datetime) -> str:
    """Return the explanation as text in `zh` or `en`, a sentence a line. Raises NoSuchAlert."""
    return "\n".join(explanation.sentences(load_story(connection, alert_id, now), language, now))


def explain_json(connection: Connection, alert_id: int, now: datetime) -> dict[str, Any]:
    """Return the explanation for programs: facts, rules, history, deliveries, and the text in both languages."""
    return explanation.as_json(load_story(connection, alert_id, now), now)


def sensors(connection: Connection, alert_id: int) -> dict[str, str]:
    """Return what the sensors that told of an alert are called, by `device:ID` as in its sources."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(store.queries.story_devices, {"alert_id": alert_id}).fetchall()
    return {f"device:{row['id']}": called(DeviceKind(row["kind"]), row["at"], row["code"]) for row in rows}


def load_story(connection: Connection, alert_id: int, now: datetime) -> Story:
    """Return everything that is known of an alert at `now`. Takes no lock. Raises NoSuchAlert."""
    key = {"alert_id": alert_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(store.queries.story_alert, key).fetchone()
        if row is None:
            raise NoSuchAlert
        lines = cursor.execute(store.queries.story_history, key).fetchall()
        told = cursor.execute(store.queries.story_told, key).fetchall()
        policies = cursor.execute(store.queries.story_policies, key).fetchall()
        children = cursor.execute(store.queries.story_children, key).fetchall()
        codes = cursor.execute(store.queries.account_codes, {"facility_id": row["facility_id"]}).fetchall()
    alert = alert_of(row)
    shifts = load_roster(connection, alert.subject.facility_id, now).shifts_at(now)
    return Story(
        alert=alert,
        own_plan=load_plans(connection, alert.subject.facility_id, now).of(alert, shifts),
        zone=row["time_zone"],
        codes={name: row[f"{name}_code"] for name in _CODES if row[f"{name}_code"] is not None},
        accounts={account["id"]: account["code"] for account in codes},
        lines=tuple(Line(**{**line, "action": Action(line["action"])}) for line in lines),
        told=tuple(Told(**one) for one in told),
        children=tuple((one["id"], AlertKind(one["kind"])) for one in children),
        devices=sensors(connection, alert_id),
        policies=tuple(Override(**policy) for policy in policies),
    )
