"""Space and time of packs: a ward's worth of beds at one sample a second (heart rate, respiratory rate, movement, in
bed) through the writer and the projector into a fresh database.

Bytes per stored sample are those with everything (pages, index, TOAST); jitter_ms: samples stand at uneven times.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

from anxin import event
from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.event import Observations
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Entry
from ingest.projector import Projector
from ingest.writer import Writer
from tests.benchmarks.city import GATEWAY_BEDS
from tests.benchmarks.stack import NotInstalled, Stack
from tests.ingest.support import raw
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility

_SIZE = """
select sum(pg_total_relation_size(c.oid))::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and (n.nspname = 'anxin' and c.relname like %s
      or n.nspname = '_timescaledb_internal' and c.relname like %s)
"""


def table(now: datetime, dice: random.Random, jitter_ms: int = 0) -> Observations:
    """One sample of each bed of a gateway."""
    names = [f"dev-{bed}" for bed in range(1, GATEWAY_BEDS + 1)]
    values: dict[str, list[float | None]] = {
        "heart_rate": [round(dice.gauss(68, 6), 1) for _ in names],
        "respiratory_rate": [round(dice.gauss(15, 2), 1) for _ in names],
        "movement": [round(abs(dice.gauss(0, 8)), 1) for _ in names],
        "bed_occupied": [1.0 for _ in names],
    }
    return Observations(now, names, values, [dice.randint(0, jitter_ms) for _ in names] if jitter_ms else None)


def messages(second: int, start: datetime, gateways: int, dice: random.Random, jitter_ms: int) -> list[Entry]:
    """One second of every bed, one message a gateway."""
    now = start + timedelta(seconds=second)
    keys = [LaneKey("bench", f"gw-{number}", Lane.DATA, "e1") for number in range(1, gateways + 1)]
    tables = ((key, table(now, dice, jitter_ms)) for key in keys)
    return [raw(second + 1, event.encode(event.compose(key, second + 1, now, [one])), key) for key, one in tables]


def run(database: TestDatabase, beds: int, minutes: int, jitter_ms: int) -> dict[str, object]:
    """Write, project and measure."""
    dice, start = random.Random(1), datetime(2026, 3, 1, tzinfo=UTC)
    gateways = max(1, beds // GATEWAY_BEDS)
    spent = {"write": 0.0, "project": 0.0}
    with (
        closing(database.connect()) as owner,
        closing(database.connect("anxin_ingest")) as writing,
        closing(database.connect("anxin_ingest")) as projecting,
    ):
        add_facility(owner, "bench", gateways, GATEWAY_BEDS)
        writer, projector = Writer(writing, 0, start), Projector(projecting, Ingest(), start)
        for second in range(minutes * 60 + 8):
            now = start + timedelta(seconds=second + 1)
            batch = messages(second, start, gateways, dice, jitter_ms) if second < minutes * 60 else []
            begin = time.process_time()
            for part in range(0, len(batch), 500):
                writer.write(batch[part : part + 500], now)
            spent["write"] += time.process_time() - begin
            begin = time.process_time()
            while projector.step(now):
                pass
            spent["project"] += time.process_time() - begin
        return _figures(owner, gateways * GATEWAY_BEDS * minutes * 60, spent)


def _figures(owner: Connection, samples: int, spent: dict[str, float]) -> dict[str, object]:
    packed = owner.execute("select count(*), sum(n) from anxin.observation_pack").fetchone()
    assert packed is not None
    assert packed[1] == samples, f"{packed[1]} of {samples} samples are packed"
    tables = {}
    for name, hypertable in (("observation_pack", "2"), ("log", "1")):
        found = owner.execute(_SIZE, (f"{name}%", f"_hyper_{hypertable}_%")).fetchone()
        assert found is not None
        tables[name] = found[0]
    begin = time.perf_counter()
    owner.execute("select count(value) from report.observation where device_id = 1")
    return {
        "samples": samples,
        "rows": packed[0],
        "pack_bytes_per_sample": round(tables["observation_pack"] / samples, 2),
        "log_bytes_per_sample": round(tables["log"] / samples, 2),
        "cpu_us_per_sample": {name: round(1e6 * seconds / samples, 3) for name, seconds in spent.items()},
        "view_one_device_ms": round(1e3 * (time.perf_counter() - begin), 1),
    }


def both(beds: int, minutes: int, jitter_ms: int) -> dict[str, object]:
    """Return the figures on the embedded PostgreSQL and, where it runs, on TimescaleDB."""
    figures: dict[str, object] = {}
    for kind in ("embedded", "durable"):
        try:
            with Stack(kind, GATEWAY_BEDS, ()) as stack:
                figures[kind] = run(stack.fresh(), beds, minutes, jitter_ms)
        except NotInstalled as missing:
            figures[kind] = {"not_measured": str(missing)}
    return {"beds": beds, "minutes": minutes, "jitter_ms": jitter_ms, **figures}
