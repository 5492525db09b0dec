"""Reads the stored past, asks `what_if`, and answers the questions of the page: in a process of its own, because to
judge a month takes minutes and the watch must not wait.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics import what_if
from analytics.directory import Directory
from analytics.moment import to_ms
from analytics.parameters import Value
from analytics.policy import PolicyError
from analytics.reload import load_directory
from analytics.rows import Column, Heard, Rows
from anxin.clock import Clock
from anxin.columns import Discrete, DiscreteEvent
from anxin.config import Settings
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.sql import load
from anxin.log import Log
from anxin.vocabulary import AlertKind, ObservationKind, Origin

_queries = load("analytics", "what_if.sql")
_log = Log("what-if")
_CHUNK = timedelta(hours=6)
_POLL_S = 2.0
LEAST_S = 120.0  # a whole minute may lie between two samples that are known by their minute


def ask(
    connection: Connection, partition: int, facility_id: int, rule: str, parameter: str, value: Value, days: float,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Return what another number would have done in the last days, as JSON. Raises PolicyError."""
    since = now - timedelta(days=days)
    about = {"facility_id": facility_id, "since": since, "until": now}
    directory = _by_the_minute(load_directory(connection, partition, since))
    other = what_if.changed(directory, facility_id, rule, parameter, value)
    found = connection.execute(_queries.first_minute, about).fetchone()
    start = max(since, found[0]) if found and found[0] else now
    before = what_if.rings(directory, _parts(connection, directory, facility_id, start, now), start, now)
    after = what_if.rings(other, _parts(connection, directory, facility_id, start, now), start, now)
    known = {kind.value for kind in AlertKind}
    past = [
        what_if.Past(AlertKind(kind), subject, at, outcome)
        for kind, subject, at, outcome in connection.execute(_queries.past, about)
        if kind in known
    ]
    names: dict[str, str] = dict(connection.execute(_queries.subjects, about).fetchall())
    zones = {home.id: ZoneInfo(home.time_zone) for home in directory.homes}
    old = what_if.value_now(directory, facility_id, rule, parameter, now, zones)
    told = what_if.as_json(what_if.compare(before, after, past), old, lambda key: names.get(key, key))
    return {**told, "from": start.isoformat(), "to": now.isoformat()}


def _by_the_minute(directory: Directory) -> Directory:
    """Samples are known by their minute only: nobody can be missed sooner than after two."""
    return replace(
        directory,
        devices=tuple(
            replace(device, supervision_s=device.supervision_s and max(device.supervision_s, LEAST_S))
            for device in directory.devices
        ),
        gateways=tuple(
            replace(gateway, heartbeat_s=max(gateway.heartbeat_s, LEAST_S)) for gateway in directory.gateways
        ),
    )


def _parts(
    connection: Connection, directory: Directory, facility_id: int, start: datetime, stop: datetime
) -> Iterator[Rows]:
    """Yield the past by receipt, a few hours at a time. What is known only after the hours' end waits for the next."""
    at, waiting = start, list[tuple[int, Rows]]()
    while at < stop:
        until = min(at + _CHUNK, stop)
        about = {"facility_id": facility_id, "since": at, "until": until}
        minutes = connection.execute(_queries.samples, about).fetchall()
        with connection.cursor(row_factory=dict_row) as cursor:
            events = cursor.execute(_queries.events, about).fetchall()
        parts = [(_end(at_), _minute(directory, at_, list(rows))) for at_, rows in groupby(minutes, itemgetter(0))]
        told = ((row, _event(row)) for row in events)
        parts += [(to_ms(row["received_at"]), Rows(events=(one,))) for row, one in told if one is not None]
        parts = sorted((*waiting, *parts), key=itemgetter(0))
        waiting = [part for part in parts if part[0] >= to_ms(until)]
        yield from (rows for received, rows in parts if received < to_ms(until))
        at = until


def _end(minute: datetime) -> int:
    """A minute is known at its end."""
    return to_ms(minute) + 60_000


def _minute(directory: Directory, minute: datetime, rows: list[tuple[Any, ...]]) -> Rows:
    """One minute's samples as rows that came at its end."""
    index = directory.device_index
    known = [row for row in rows if row[1] in index]
    columns: dict[ObservationKind, list[tuple[Any, ...]]] = {}
    for row in known:
        columns.setdefault(ObservationKind(row[2]), []).append(row)
    end = _end(minute)
    devices = sorted({index[row[1]] for row in known})
    return Rows(
        {kind: _column(index, to_ms(minute), end, part) for kind, part in columns.items()},
        devices=_heard(devices, end),
        gateways=_heard(sorted({int(directory.gateway_of[device]) for device in devices}), end),
    )


def _heard(indices: list[int], at: int) -> Heard:
    stamps = np.full(len(indices), at, np.int64)
    return Heard(np.array(indices, np.int64), stamps, stamps)


def _column(index: dict[int, int], start: int, end: int, rows: list[tuple[Any, ...]]) -> Column:
    return Column(
        arrival=np.full(len(rows), end, np.int64),
        device=np.array([index[row[1]] for row in rows], np.int64),
        time=np.array([start + row[5] for row in rows], np.int64),
        received=np.full(len(rows), end, np.int64),
        value=np.array([np.nan if row[3] is None else row[3] for row in rows], np.float64),
        quality=np.array([row[4] for row in rows], np.float64),
        live=np.ones(len(rows), np.bool_),
    )


def _event(row: dict[str, Any]) -> Discrete | None:
    """An event as it was decoded; None for one that this version cannot read any more."""
    detail = {name: value for name, value in row["detail"].items() if name != "clock_wrong"}
    told = {"device": row["device"], **detail, "type": row["type"], "time": row["time"], "origin": row["origin"]}
    try:
        event = msgspec.convert({name: value for name, value in told.items() if value is not None}, DiscreteEvent)
    except msgspec.ValidationError:
        return None
    return Discrete(
        row["arrival"], row["item"], row["received_at"], row["facility"], row["gateway_id"], row["device_id"],
        min(row["time"], row["received_at"]), "clock_wrong" in row["detail"], Origin(row["origin"]), event,
    )  # fmt: skip


def answer_next(connection: Connection, partition: int, now: datetime) -> bool:
    """Answer the next question; return whether there was one. connection: in autocommit, as anxin_analytics."""
    row = connection.execute(_queries.asked).fetchone()
    if row is None:
        return False
    number, facility_id, rule, parameter, value, days = row
    try:
        result, state = ask(connection, partition, facility_id, rule, parameter, value, days, now), "done"
    except PolicyError as error:
        result, state = {"problem": str(error)}, "failed"
    connection.execute(_queries.answer, {"id": number, "state": state, "result": Jsonb(result), "now": now})
    _log.info("answered", what_if_id=number, state=state)
    return True


def answer_all(settings: Settings) -> None:
    """Answer what is asked, then end: the child process."""
    os.nice(10)
    clock = settings.clock.clock()
    with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
        while answer_next(connection, settings.analytics.partition, clock.now()):
            pass


def watch_questions(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Look for questions until `stop`; each round of answers is a child process that is given up at the end."""
    spawn = multiprocessing.get_context("spawn")
    while not stop.wait(_POLL_S):
        if not _is_asked(settings):
            continue
        child = spawn.Process(target=answer_all, args=(settings,), name="what-if")
        child.start()
        while child.is_alive() and not stop.wait(0.2):
            pass
        if child.is_alive():
            child.terminate()
        child.join()
        if child.exitcode and not stop.is_set():
            _log.error("a question could not be answered", exit_code=child.exitcode)
            _give_up(settings, clock.now())


def _is_asked(settings: Settings) -> bool:
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            return connection.execute(_queries.asked).fetchone() is not None
    except SERVICE_DOWN:
        return False


def _give_up(settings: Settings, now: datetime) -> None:
    """A question that kills its process must not be asked for ever."""
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            row = connection.execute(_queries.asked).fetchone()
            if row is not None:
                failed = {"id": row[0], "state": "failed", "result": Jsonb({"problem": "see the log"}), "now": now}
                connection.execute(_queries.answer, failed)
    except SERVICE_DOWN:
        return
