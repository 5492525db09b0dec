"""A city in the database: homes of 500 beds, each bed with a sensor and a call button, one resident in each bed.

A gateway speaks for 50 bed sensors (`gw-1` … `gw-10` of each home); a gateway of its own (`calls`) for the home's call
buttons. Written set by set, since there are 20,000 beds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from anxin.db.connect import Connection

GATEWAY_BEDS = 50
HOME_BEDS = 500
ACCOUNT = "bench"
_STATEMENTS = (
    """insert into anxin.facility (code, name, time_zone)
       select 'home-' || n, 'home ' || n, 'Asia/Shanghai' from generate_series(1, %(homes)s) n""",
    """insert into anxin.ward (facility_id, code, name)
       select f.id, 'ward-' || n, 'ward ' || n from anxin.facility f, generate_series(1, %(wards)s) n order by 1, n""",
    """insert into anxin.room (facility_id, ward_id, code, name, kind, scan_code)
       select w.facility_id, w.id, w.code || '-' || n, w.name || '-' || n, 'bedroom', 'scan-' || w.code || '-' || n
       from anxin.ward w, generate_series(1, %(beds)s) n order by w.id, n""",
    """insert into anxin.bed (facility_id, room_id, code, name, scan_code)
       select facility_id, id, code, name, 'bed-' || code from anxin.room order by id""",
    """insert into anxin.resident (facility_id, code, name)
       select facility_id, 'resident-' || code, 'resident ' || name from anxin.bed order by id""",
    """insert into anxin.stay (resident_id, bed_id, starts_at)
       select r.id, b.id, %(since)s from anxin.bed b
       join anxin.resident r on r.facility_id = b.facility_id and r.code = 'resident-' || b.code order by b.id""",
    """insert into anxin.gateway (facility_id, code, name, heartbeat_s)
       select f.id, c, c, 15 from anxin.facility f, (
           select 'gw-' || n as c from generate_series(1, %(wards)s) n union all select 'calls') g""",
    """insert into anxin.device (facility_id, gateway_id, code, kind, bed_id, supervision_s)
       select b.facility_id, g.id, 'pad-' || b.place, 'bed_sensor', b.id, 10
       from (select b.*, w.code as ward, row_number() over (partition by w.id order by b.id) as place
             from anxin.bed b join anxin.room r on r.id = b.room_id join anxin.ward w on w.id = r.ward_id) b
       join anxin.gateway g on g.facility_id = b.facility_id and g.code = replace(b.ward, 'ward', 'gw')
       order by b.id""",
    """insert into anxin.device (facility_id, gateway_id, code, kind, bed_id)
       select b.facility_id, g.id, 'call-' || b.place, 'call_button', b.id
       from (select *, row_number() over (partition by facility_id order by id) as place from anxin.bed) b
       join anxin.gateway g on g.facility_id = b.facility_id and g.code = 'calls' order by b.id""",
    """insert into anxin.account (facility_id, code, name, role)
       select id, %(account)s, 'benchmark', 'nurse' from anxin.facility""",
    "analyze",
)


def wards(beds: int) -> int:
    """Return how many wards, and so gateways, a home has in a city of so many beds."""
    return max(1, min(HOME_BEDS, beds) // GATEWAY_BEDS)


def build(connection: Connection, beds: int, now: datetime) -> list[str]:
    """Write the homes for `beds` beds; return their codes. `beds` beyond a home are a multiple of a gateway's."""
    homes = max(1, beds // (wards(beds) * GATEWAY_BEDS))
    about = {
        "homes": homes, "wards": wards(beds), "beds": GATEWAY_BEDS, "since": now - timedelta(days=100),
        "account": ACCOUNT,
    }  # fmt: skip
    for statement in _STATEMENTS:
        connection.execute(statement, about if "%(" in statement else None)
    return [f"home-{number}" for number in range(1, homes + 1)]
