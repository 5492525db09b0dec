"""What a store looks like after ninety days, as far as one home's pages read it; written by SQL.

The first home: hours of all its beds and minutes of ten for ninety days, and every sample of those ten in the last day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from anxin.db.connect import Connection

BEDS, DAYS = 10, 90
_WORDS = """select array_agg(code order by code) from anxin.observation_kind
where name in ('bed_occupied', 'heart_rate', 'respiratory_rate', 'movement')"""
_PARTITIONS = """select anxin.ensure_partition(%(table)s, moment)
from generate_series(%(begin)s, %(end)s, interval '1 day') as moment"""
_ROLLED = """insert into anxin.{table} ({table}, device_id, kinds, n, mean, low, high)
select moment, d.id, %(kinds)s::smallint[], array[{n}, {n}, {n}, {n}],
    array[1, 60 + random() * 10, 15, 3]::real[], array[0, 50, 10, 0]::real[], array[1, 90, 25, 10]::real[]
from (select id from anxin.device where kind = 'bed_sensor' order by id limit %(beds)s) d,
    generate_series(%(begin)s::timestamptz, %(end)s::timestamptz, interval '1 {table}') as moment"""
_PACKED = """insert into anxin.observation_pack (minute, device_id, n, start_ms, step_ms, arrival, kinds, scaled)
select moment, d.id, 60, 0, 1000, 0, %(kinds)s::smallint[], (
    select array_agg((case when k.name = 'bed_occupied' then case when random() < 0.002 then 0 else 1 end
        when k.name = 'heart_rate' then 62 + random() * 8 else 15 end / k.scale)::smallint order by k.code, i)
    from anxin.observation_kind k, generate_series(1, 60) as i where k.code = any(%(kinds)s) and d.id > 0)
from (select id from anxin.device where kind = 'bed_sensor' order by id limit %(beds)s) d,
    generate_series(%(begin)s::timestamptz, %(end)s::timestamptz, interval '1 minute') as moment"""


def build(connection: Connection, now: datetime, beds: int, days: int = DAYS) -> dict[str, int]:
    """Write it up to the last full hour; return how many rows of what."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = connection.execute(_WORDS).fetchone()
    assert row is not None
    about = {"kinds": row[0], "begin": hour - timedelta(days=days), "end": hour - timedelta(minutes=1)}
    for table in ("anxin.minute", "anxin.hour", "anxin.observation_pack"):
        connection.execute(_PARTITIONS, {**about, "table": table, "end": now})
    made = {}
    for table, n, count in (("minute", 60, BEDS), ("hour", 3_600, beds)):
        made[table] = 0
        for day in range(days):  # in pieces, none of which outlasts a connection's patience
            piece = {**about, "beds": count, **_day(hour - timedelta(days=days - day))}
            made[table] += connection.execute(_ROLLED.format(table=table, n=n), piece).rowcount
    made["pack"] = connection.execute(_PACKED, {**about, "beds": BEDS, **_day(hour - timedelta(days=1))}).rowcount
    connection.execute("analyze anxin.minute, anxin.hour, anxin.observation_pack")
    return made


def _day(begin: datetime) -> dict[str, datetime]:
    return {"begin": begin, "end": begin + timedelta(days=1) - timedelta(minutes=1)}
