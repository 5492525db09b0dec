"""Writes down what is covered, for pages and reports, when the facility model or what devices say changed."""

from __future__ import annotations

import multiprocessing
import os
import threading
from contextlib import closing
from datetime import datetime

from analytics.coverage import Coverage, coverage
from analytics.directory import Directory
from analytics.moment import to_ms
from analytics.reload import load_directory
from anxin.clock import monotonic_s
from anxin.config import Settings
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.sql import load
from anxin.log import Log
from anxin.vocabulary import OBSERVATION_BY_CODE, ObservationKind

AGAIN_S = 600.0
_Line = tuple[str, list[str], list[int], list[int]]
_queries = load("analytics", "coverage.sql")
_log = Log("coverage")


def judge(connection: Connection, directory: Directory, now: datetime) -> list[Coverage]:
    """Return what is covered now, by what each device was heard to say."""
    said: dict[int, frozenset[ObservationKind]] = {}
    for device, codes in connection.execute(_queries.said):
        said[device] = frozenset(OBSERVATION_BY_CODE[code] for code in codes if code in OBSERVATION_BY_CODE)
    return coverage(directory.view(to_ms(now)), said)


def write(connection: Connection, directory: Directory, now: datetime) -> None:
    """Replace what is written about each of the directory's homes where it changed, each in one transaction."""
    found = _lines(judge(connection, directory, now))
    for home in directory.homes:
        facility, lines = home.id, found.get(home.id, [])
        about = {"facility": facility}
        if sorted(connection.execute(_queries.written_coverage, about).fetchall(), key=repr) == sorted(lines, key=repr):
            continue
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_queries.clear_coverage, about)
            with cursor.copy(_queries.copy_coverage) as copy:
                for line in lines:
                    copy.write_row((facility, *line))


def _lines(found: list[Coverage]) -> dict[int, list[_Line]]:
    """Return for each home its lines: a kind, what is missing, and all residents and rooms for whom it is so."""
    of_home: dict[int, dict[tuple[str, tuple[str, ...]], _Line]] = {}
    for one in found:
        about, missing = one.subject, list(one.missing)
        lines = of_home.setdefault(about.facility_id, {})
        line = lines.setdefault((one.kind.value, one.missing), (one.kind.value, missing, [], []))
        if about.resident_id is not None:
            line[2].append(about.resident_id)
        elif about.room_id is not None:
            line[3].append(about.room_id)
    return {facility: list(lines.values()) for facility, lines in of_home.items()}


def write_once(settings: Settings) -> None:
    """Write what is covered now, then end: the child process."""
    os.nice(10)
    now = settings.clock.clock().now()
    with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
        write(connection, load_directory(connection, settings.analytics.partition, now), now)


def keep(settings: Settings, stop: threading.Event) -> None:
    """Keep what is written up to date until `stop`, in a process of its own: for a city these are a million answers,
    and the watch must not wait."""
    while not stop.is_set():
        child = multiprocessing.get_context("spawn").Process(target=write_once, args=(settings,), name="coverage")
        child.start()
        while child.is_alive() and not stop.wait(0.2):
            pass
        if child.is_alive():
            child.terminate()
        child.join()
        if child.exitcode and not stop.is_set():
            _log.warning("coverage not written", exit_code=child.exitcode)
        _wait_for_news(settings, stop)


def _wait_for_news(settings: Settings, stop: threading.Event) -> None:
    """Return when the facility model changed, at the latest after a while: devices are heard to say new things."""
    until = monotonic_s() + AGAIN_S
    while not stop.is_set() and monotonic_s() < until:
        try:
            with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
                connection.execute(_queries.listen_directory)
                while not stop.is_set() and monotonic_s() < until:
                    if any(connection.notifies(timeout=1.0, stop_after=1)):
                        return
        except SERVICE_DOWN:
            stop.wait(5.0)
