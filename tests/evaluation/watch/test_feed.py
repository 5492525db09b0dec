"""Events become the same rows by the short way of the evaluation as by the wire's bytes and their decoding."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from analytics.facility_file import from_facility
from analytics.rows import Rows, cells
from anxin.event import Message, encode
from anxin.log_row import LogRow
from evaluation.watch.feed import Log
from simulators.faults import Fault, FaultKind, Faults
from simulators.home import make_home
from simulators.sensed import Sensed, sensed, supervised
from simulators.truth import moment_of, seconds_of
from simulators.world import World

START = seconds_of(datetime(2026, 3, 1, 22, 0, tzinfo=UTC))


def told() -> tuple[World, list[Sensed]]:
    world = World(supervised(make_home(5, 12), 120.0), 5)
    wrong = Fault(FaultKind.CLOCK, "w1-beds", world.facility.gateways[1].devices[0].id, START, START + 9e4, 7_000.0)
    twice = Fault(FaultKind.DUPLICATE, "w2-zigbee", "", START, START + 9e4)
    return world, list(sensed(world, START, START + 4 * 3_600, Faults([wrong, twice]), 120.0))


def in_arrays(rows: Rows) -> list[tuple[object, ...]]:
    """Return everything in comparable form; rows of one kind and one receipt in any order."""
    found: list[tuple[object, ...]] = []
    for kind, column in rows.columns.items():
        names = [name for name in column.__struct_fields__ if name != "arrival"]
        table = zip(*(np.nan_to_num(getattr(column, name), nan=-1.0).tolist() for name in names), strict=True)
        found += sorted((kind.value, *row) for row in table)
    for name in ("devices", "gateways"):
        heard = getattr(rows, name)
        found += sorted((name, *row) for row in zip(heard.index, heard.received, heard.time, strict=True))
    found += [(event.event, event.time, event.device_id) for event in rows.events]
    return sorted(found, key=repr)


def test_the_short_way_gives_the_rows_that_decoding_gives() -> None:
    world, events = told()
    directory = from_facility(world.facility)
    short = [rows for _, rows in Log(directory).rows(events)]
    log = []
    for number, event in enumerate(events, 1):
        at = moment_of(event.time)
        payload = encode(Message("m", "s", at, [event.event]))
        log.append(LogRow(number, at, directory.homes[0].code, event.gateway, "data", "e", number, payload))
    long = list(cells(log, directory))
    assert len(short) == len(long) > 100
    for mine, decoded in zip(short, long, strict=True):
        assert in_arrays(mine) == in_arrays(decoded)
