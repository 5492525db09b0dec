"""A store with a writer and a projector before it, and what a report shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from anxin import event, topic
from anxin.clock import ManualClock
from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.event import Event, Link, Observations
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from ingest.projector import Limits, Projector
from ingest.writer import Writer
from tests.ingest.support import at, numbered, raw
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility

_SETTINGS = Ingest()


class Store:
    """A facility with a writer and a projector in front of one database."""

    def __init__(self, database: TestDatabase, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.owner = database.connect()
        self.devices = add_facility(self.owner, "home", gateways=2)
        self.writing = database.connect("anxin_ingest")
        self.writer = Writer(self.writing, 0, clock.now())
        self.projecting: Connection | None = None
        self.projector = self.restart()
        self.seq = 0

    def restart(self, limits: Limits | None = None) -> Projector:
        """What a crash and a new start do to the projector: everything in memory is gone."""
        if self.projecting is not None:
            self.projecting.close()
        self.projecting = self.database.connect("anxin_ingest")
        self.projector = Projector(self.projecting, _SETTINGS, self.clock.now(), limits)
        return self.projector

    def send(self, *events: Event) -> None:
        self.seq += 1
        self.writer.write([numbered(self.seq, events, self.clock.now())], self.clock.now())

    def send_raw(self, payload: bytes) -> None:
        """Bytes that may be anything, under the next number."""
        self.seq += 1
        self.writer.write([raw(self.seq, payload)], self.clock.now())

    def link(self, up: bool, session: str) -> None:
        one = at(topic.link("home", "gw-1"), event.encode(Link(up, session, self.clock.now())))
        self.writer.write([one], self.clock.now())

    def project(self) -> None:
        while self.projector.step(self.clock.now()):
            pass

    def minute_later(self) -> None:
        """Let the open minute close and be packed."""
        self.clock.forward(timedelta(seconds=70))
        self.project()

    def all(self, statement: str) -> list[tuple[Any, ...]]:
        return self.owner.execute(statement).fetchall()

    def close(self) -> None:
        for one in (self.owner, self.writing, self.projecting):
            if one is not None:
                one.close()


def observed(store: Store) -> Counter[tuple[Any, ...]]:
    """Every stored value: device, kind, time, value and quality as shown."""
    rows = store.all("select device_id, kind, time, value, quality from report.observation")
    return Counter(
        (device, kind, time, _rounded(value), _rounded(quality)) for device, kind, time, value, quality in rows
    )


def expected(store: Store, tables: Sequence[Observations]) -> Counter[tuple[Any, ...]]:
    """The same of what was sent by gw-1: times to the millisecond, values to the scale or as 32-bit floats."""
    found: Counter[tuple[Any, ...]] = Counter()
    for table in tables:
        for row, name in enumerate(table.devices):
            offset = table.offsets_ms[row] if table.offsets_ms else 0
            moment = table.time + timedelta(milliseconds=offset)
            moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
            quality = _rounded(table.quality[row] if table.quality else None)
            for kind, column in table.values.items():
                value = _as_stored(ObservationKind(kind), column[row])
                found[store.devices["gw-1", name], kind, moment, value, quality] += 1
    return found


def _as_stored(kind: ObservationKind, value: float | None) -> float | None:
    if value is None:
        return None
    scale = OBSERVATIONS[kind].scale
    units = round(value / scale)
    on_scale = abs(value / scale - units) <= 1e-4 and abs(units) <= 32_767
    return _rounded(units * scale if on_scale else float(np.float32(value)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 5)
