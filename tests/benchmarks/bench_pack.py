"""Space and time of packs: `python -m tests.benchmarks.bench_pack [--beds 2000] [--minutes 5] [--url …]`.

Sends a ward's worth of beds at one sample a second (heart rate, respiratory rate, movement, in bed) through the writer
and the projector into an embedded PostgreSQL, or with --timescale into the server of .ci/timescaledb, and prints one
JSON object: bytes per stored sample with everything (pages, index, TOAST), and seconds of this process per step.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anxin import event
from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.embedded.postgres import Postgres
from anxin.event import Observations
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Entry
from ingest.projector import Projector
from ingest.writer import Writer
from tests.ingest.support import raw
from tests.support.databases import Server, TestDatabase
from tests.support.facility_rows import add_facility
from tests.support.servers import timescale

GATEWAY_BEDS = 50
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


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench_pack")
    parser.add_argument("--beds", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--jitter-ms", type=int, default=0, help="samples stand at uneven times")
    parser.add_argument("--timescale", action="store_true")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder), Path(folder) / "secrets")
        postgres.start()
        try:
            server = Server(timescale() if options.timescale else postgres.database, "bench", "bench")
            fresh = server.fresh()
            figures = run(fresh, options.beds, options.minutes, options.jitter_ms)
            server.drop(fresh)
            server.close()
        finally:
            postgres.stop()
    print(json.dumps({"timescale": options.timescale, "beds": options.beds, "jitter_ms": options.jitter_ms, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
