"""The same random stories on the real databases and on plain values come out equal, and no constraint is hit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg.rows import dict_row

from analytics.alerts import holder, store
from analytics.alerts.escalator import Escalator, load_roster
from analytics.alerts.model import Alert, Place
from analytics.alerts.refusal import Refused
from analytics.alerts.rows import alert_of
from anxin.db.connect import Connection
from tests.analytics.alerts.scripts import START, Act, Hear, Model, Step, plain, stories
from tests.support.databases import TestDatabase
from tests.support.home import Home, build

pytestmark = pytest.mark.database


def _act(connection: Connection, alert: Alert, step: Act, told: Model) -> None:
    who, other = told.people[step.person], told.people[1 - step.person]
    match step.what:
        case "acknowledge":
            store.acknowledge(connection, alert.id, who, told.now)
        case "arrive":
            store.arrive(connection, alert.id, who, "scan-bed-12" if step.at_the_place else "scan-22", told.now)
        case "resolve":
            store.resolve(connection, alert.id, who, step.outcome, "note", told.now)
        case "comment":
            store.comment(connection, alert.id, who, "text", told.now)
        case _:
            store.assign(connection, alert.id, who, other, told.now)


def _step(connection: Connection, step: Step, told: Model, ids: dict[int, int]) -> str:
    """Do on the database what the model is about to do; return the code of a refusal."""
    if isinstance(step, Hear):
        store.apply(connection, [told.finding(step)], told.now)
    elif isinstance(step, Act) and (alert := told.newest(step.kind)) is not None:
        try:
            _act(connection, replace(alert, id=ids[alert.id]), step, told)
        except Refused as refused:
            return refused.code
    return ""


def _rows(connection: Connection) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select a.*, a.room_id as place_room_id, (select array_agg(h.action order by h.id) from"
            " anxin.alert_history h where h.alert_id = a.id) as actions from anxin.alert a order by a.id"
        ).fetchall()


def _compare(rows: list[dict[str, Any]], told: Model) -> None:
    assert len(rows) == len(told.alerts)
    number = {row["id"]: alert.id for row, alert in zip(rows, told.alerts, strict=True)}
    for row, alert in zip(rows, told.alerts, strict=True):
        parent = number.get(row["parent_id"])
        assert plain(replace(alert_of(row), id=alert.id, parent_id=parent)) == plain(alert)
        assert row["state"] == alert.state.value
        assert row["actions"] == told.actions(alert.id)


def _tell(connection: Connection, home: Home, story: list[Step]) -> None:
    people = (home.accounts["nurse-n"], home.accounts["carer-a"])
    places = Place(home.rooms["12"], home.beds["bed-12"]), Place(home.rooms["22"])
    roster = load_roster(connection, home.facility_id, START)
    told = Model(home.in_bed("bed-12"), home.equipment(), people, *places, roster)
    escalator = Escalator(())
    for step in story:
        rows = _rows(connection)
        refused = _step(connection, step, told, {i + 1: row["id"] for i, row in enumerate(rows)})
        assert told.run(step) == refused
        holder.step(connection, told.now)
        escalator.step(connection, told.now)
        told.advance_due()
        _compare(_rows(connection), told)


def test_the_database_agrees(database: TestDatabase) -> None:
    with database.connect() as owner:
        home = build(owner)
    with database.connect("anxin_analytics") as connection:

        @given(stories)
        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def tell(story: list[Step]) -> None:
            with connection.transaction(force_rollback=True):
                _tell(connection, home, story)

        tell()
