"""`anxin replay`: reads the log and what is stored, judges it again, prints what differs. Reads only; never rings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row

from analytics.alerts.escalator import load_roster
from analytics.alerts.model import Action
from analytics.alerts.roster import Post
from analytics.alerts.rows import hold_of
from analytics.directory import Directory
from analytics.reload import load_directory
from analytics.replay import COMPARED, Act, Difference, Result, Stored, replay
from analytics.rows import Rows, cells
from anxin.config import load as load_settings
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.sql import load
from anxin.log_reader import read
from anxin.log_row import Position
from anxin.service import EXIT_OK, EXIT_USAGE
from anxin.vocabulary import AlertKind

_queries = load("analytics")
EXIT_DIFFERS = 1


def main(argv: list[str]) -> int:
    """Run the command; exit code 0: the same alerts, 1: differences, 2: wrong use or no store."""
    arguments = _parser().parse_args(argv)
    settings = load_settings(arguments.config)
    partition = settings.analytics.partition
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            zone = _zone(connection, partition)
            start, stop = _moment(arguments.start, zone), _moment(arguments.stop, zone)
            warm_up = timedelta(hours=arguments.warm_up_h)
            result = again(connection, partition, start, stop, warm_up, settings.clock.clock().now())
    except ValueError as error:
        print(f"anxin replay: {error}", file=sys.stderr)
        return EXIT_USAGE
    except SERVICE_DOWN as error:
        print(f"the database {settings.database.name} cannot be reached: {error}", file=sys.stderr)
        return EXIT_USAGE
    print(json.dumps(asdict(result), ensure_ascii=False, indent=2) if arguments.json else _text(result))
    return EXIT_DIFFERS if result.differences or result.refused else EXIT_OK


def again(
    connection: Connection, partition: int, start: datetime, stop: datetime, warm_up: timedelta, now: datetime
) -> Result:
    """Judge a stretch of the log again, from `warm_up` before it, so that the detectors know what went before.

    Raises ValueError where nothing is left of the log."""
    if stop <= start:
        raise ValueError(f"--to {stop.isoformat()} is not after --from {start.isoformat()}")
    with connection.transaction():
        connection.execute(_queries.read_only)
        return _again(connection, partition, start, min(stop, now), warm_up, now)


def _again(
    connection: Connection, partition: int, start: datetime, stop: datetime, warm_up: timedelta, now: datetime
) -> Result:
    about = {"partition": partition, "start": start, "stop": stop, "since": start - warm_up}
    first = connection.execute(_queries.first_row, about).fetchone()
    if first is None:
        raise ValueError(f"the log of partition {partition} has no rows from {about['since']} to {stop}")
    directory = load_directory(connection, partition, start - warm_up)
    with connection.cursor(row_factory=dict_row) as cursor:
        lines = cursor.execute(_queries.replay_lines, {**about, "actions": [one.value for one in COMPARED]}).fetchall()
        acts = cursor.execute(_queries.replay_acts, about).fetchall()
        holds = [hold_of(row) for row in cursor.execute(_queries.replay_holds, about)]
    stored: dict[int, Stored] = {}
    for row in lines:
        one = stored.setdefault(row["id"], Stored(row["id"], AlertKind(row["kind"]), row["subject"]))
        one.lines.append((row["action"], row["happened"], row["priority"]))

    def carers(facility_id: int, ward_id: int | None, at: datetime) -> int:
        return len(load_roster(connection, facility_id, at).on_duty((Post.CARER,), ward_id, at))

    parts = _parts(connection, partition, directory, Position(first[0] - 1, first[1]), stop)
    people = [Act(**{**row, "action": Action(row["action"])}) for row in acts]
    return replay(directory, parts, first[1], start, stop, list(stored.values()), people, holds, carers)


def _parts(
    connection: Connection, partition: int, directory: Directory, position: Position, stop: datetime
) -> Iterator[Rows]:
    while rows := [row for row in read(connection, partition, position) if row.received_at < stop]:
        yield from cells(rows, directory)
        position = rows[-1].position


def _zone(connection: Connection, partition: int) -> ZoneInfo:
    row = connection.execute(_queries.homes, {"partition": partition}).fetchone()
    return ZoneInfo(row[2] if row else "UTC")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A time without a zone is the home's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 2026-03-01T21:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _text(result: Result) -> str:
    head = f"{result.alerts} alerts replayed, {result.stored} stored, {len(result.differences)} differences"
    return "\n".join(
        [head, *(_said(one) for one in result.differences), *(f"refused: {one}" for one in result.refused)]
    )


def _said(one: Difference) -> str:
    ladder, subject, at = one.key
    number = f" (alert {one.alert_id})" if one.alert_id is not None else ""
    lines = [f"{one.what}: {ladder} of {subject} at {at}{number}"]
    lines += [f"  stored:   {' '.join(map(str, line))}" for line in one.stored if line not in one.replayed]
    lines += [f"  replayed: {' '.join(map(str, line))}" for line in one.replayed if line not in one.stored]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="anxin replay", description="Judge a stretch of the log again; never rings.")
    parser.add_argument("--from", dest="start", required=True, help="local time of the home, or with a zone")
    parser.add_argument("--to", dest="stop", required=True, help="until before this time")
    parser.add_argument("--config", type=Path, help="settings file (TOML)")
    parser.add_argument("--warm-up-h", type=float, default=24.0, help="how long before --from to begin (24)")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
