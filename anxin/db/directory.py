"""Loads a facility file into the store: idempotent, by codes. What the file has no longer is kept as not active; stays,
policies and schedules end and begin with the load's time, so that the past stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from anxin.db.connect import Connection
from anxin.db.sql import load as load_queries
from anxin.facility import Facility, Room
from anxin.facility_people import PRIORITIES, WEEKDAYS

_queries = load_queries("anxin.db", "directory.sql")
_Row = dict[str, Any]


def load(connection: Connection, facility: Facility, now: datetime) -> int:
    """Bring the facility in the store to what `facility` says, in one transaction, and return its id."""
    with connection.transaction():
        connection.execute(_queries.lock_facility, {"code": facility.code})
        facility_id = _put_facility(connection, facility)
        common = {"facility": facility_id, "now": now}
        _put_places(connection, facility, common)
        _put_residents(connection, facility, common)
        _put_equipment(connection, facility, common)
        _put_accounts(connection, facility, common)
        _put_roster(connection, facility, common)
        _put_plans(connection, facility, common)
        _put_policies(connection, facility, common)
        _put_schedules(connection, facility, common)
        connection.execute(_queries.tell, common)
    return facility_id


def _put_facility(connection: Connection, facility: Facility) -> int:
    parent = None
    for region in facility.regions:
        row = {"code": region.code, "name": region.name, "level": region.level, "parent": parent}
        connection.execute(_queries.put_region, row)
        parent = region.code
    home: _Row = {
        "code": facility.code,
        "name": facility.name,
        "region": parent,
        "time_zone": facility.time_zone,
        "language": facility.language,
        "partition": facility.partition,
    }
    found = connection.execute(_queries.put_facility, home).fetchone()
    assert found is not None
    return int(found[0])


def _put_places(connection: Connection, facility: Facility, common: _Row) -> None:
    rooms: list[tuple[str, Room]] = [(ward.code, room) for ward in facility.wards for room in ward.rooms]
    _many(connection, _queries.put_ward, ({**common, "code": w.code, "name": w.name} for w in facility.wards))
    _many(
        connection,
        _queries.put_room,
        (
            {
                **common,
                "ward": ward,
                "code": r.code,
                "name": r.name,
                "kind": r.kind.value,
                "suite": r.suite,
                "scan_code": r.scan_code,
            }
            for ward, r in rooms
        ),
    )
    _many(
        connection,
        _queries.put_bed,
        (
            {**common, "room": r.code, "code": b.code, "name": b.name, "scan_code": b.scan_code}
            for _, r in rooms
            for b in r.beds
        ),
    )
    _retire(connection, _queries.retire_wards, common, (w.code for w in facility.wards))
    _retire(connection, _queries.retire_rooms, common, (r.code for _, r in rooms))
    _retire(connection, _queries.retire_beds, common, (b.code for _, r in rooms for b in r.beds))


def _put_residents(connection: Connection, facility: Facility, common: _Row) -> None:
    _many(
        connection,
        _queries.put_resident,
        (
            {
                **common,
                "code": r.code,
                "name": r.name,
                "birth_year": r.birth_year,
                "profile": json.dumps(r.profile, ensure_ascii=False),
            }
            for r in facility.residents
        ),
    )
    stays = [(r.code, r.bed, r.since) for r in facility.residents if r.bed is not None]
    wanted = {**common, "residents": [code for code, _, _ in stays], "beds": [bed for _, bed, _ in stays]}
    connection.execute(_queries.end_stays, wanted)
    _many(
        connection,
        _queries.begin_stay,
        ({**common, "resident": code, "bed": bed, "since": since} for code, bed, since in stays),
    )
    _retire(connection, _queries.retire_residents, common, (r.code for r in facility.residents))


def _put_equipment(connection: Connection, facility: Facility, common: _Row) -> None:
    _many(
        connection,
        _queries.put_gateway,
        ({**common, "code": g.code, "name": g.name, "heartbeat": g.heartbeat_s} for g in facility.gateways),
    )
    devices = [(g.code, d) for g in facility.gateways for d in g.devices]
    _many(
        connection,
        _queries.put_device,
        (
            {
                **common,
                "gateway": gateway,
                "id": d.id,
                "kind": d.kind.value,
                "model": d.model,
                "room": d.room,
                "bed": d.bed,
                "resident": d.resident,
                "supervision": d.supervision_s,
            }
            for gateway, d in devices
        ),
    )
    _retire(connection, _queries.retire_gateways, common, (g.code for g in facility.gateways))
    wanted = {**common, "gateways": [gateway for gateway, _ in devices], "ids": [d.id for _, d in devices]}
    connection.execute(_queries.retire_devices, wanted)


def _put_accounts(connection: Connection, facility: Facility, common: _Row) -> None:
    _many(
        connection,
        _queries.put_account,
        (
            {
                **common,
                "code": a.code,
                "name": a.name,
                "role": a.role.value,
                "language": a.language,
                "phone": a.phone,
                "email": a.email,
            }
            for a in facility.accounts
        ),
    )
    _retire(connection, _queries.retire_accounts, common, (a.code for a in facility.accounts))
    consents = [(a, resident) for a in facility.accounts for resident in a.residents]
    _many(
        connection,
        _queries.put_consent,
        (
            {**common, "account": a.code, "resident": resident, "scopes": list(a.scopes), "given_by": a.consent_by}
            for a, resident in consents
        ),
    )
    wanted = {**common, "accounts": [a.code for a, _ in consents], "residents": [code for _, code in consents]}
    connection.execute(_queries.revoke_consents, wanted)


def _put_roster(connection: Connection, facility: Facility, common: _Row) -> None:
    connection.execute(_queries.clear_duties, common)
    _many(
        connection,
        _queries.put_duty,
        (
            {
                **common,
                "account": d.account,
                "ward": d.ward,
                "post": d.post,
                "shift": d.shift,
                "starts": d.starts,
                "ends": d.ends,
                "days": [WEEKDAYS.index(day) + 1 for day in d.days] or None,
                "first_day": d.first_day,
                "last_day": d.last_day,
            }
            for d in facility.duties
        ),
    )
    connection.execute(_queries.clear_absences, common)
    _many(
        connection,
        _queries.put_absence,
        (
            {
                **common,
                "account": a.account,
                "substitute": a.substitute,
                "starts": a.starts.isoformat(),
                "ends": a.ends.isoformat(),
                "local": a.starts.tzinfo is None,
                "reason": a.reason,
            }
            for a in facility.absences
        ),
    )


def _put_plans(connection: Connection, facility: Facility, common: _Row) -> None:
    rows = [
        {
            **common,
            "kind": e.kind,
            "priority": PRIORITIES.index(e.priority) + 1,
            "ward": e.ward,
            "shift": e.shift,
            "levels": json.dumps([msgspec.to_builtins(level) for level in e.levels]),
            "repeat_s": e.pause_s,
        }
        for e in facility.escalations
    ]
    names = {"kinds": "kind", "priorities": "priority", "wards": "ward", "shifts": "shift", "levels": "levels"}
    columns = {many: [row[one] for row in rows] for many, one in {**names, "repeats": "repeat_s"}.items()}
    connection.execute(_queries.end_plans, {**common, **columns})
    _many(connection, _queries.begin_plan, rows)


def _put_policies(connection: Connection, facility: Facility, common: _Row) -> None:
    rows = [
        {
            **common,
            "ward": p.ward,
            "resident": p.resident,
            "rule": p.rule,
            "parameter": p.parameter,
            "value": json.dumps(p.value),
            "starts": p.starts,
            "ends": p.ends,
        }
        for p in facility.all_policies()
    ]
    names = ("ward", "resident", "rule", "parameter", "value", "starts", "ends")
    columns = {f"all_{name}": [row[name] for row in rows] for name in names}
    connection.execute(_queries.end_policies, {**common, **columns})
    _many(connection, _queries.begin_policy, rows)


def _put_schedules(connection: Connection, facility: Facility, common: _Row) -> None:
    """A line is compared as a whole, as JSON: one that changed ends, and a new one begins."""
    rows = [
        {**common, "ward": line.ward, "resident": line.resident, "line": msgspec.json.encode(line).decode()}
        for line in facility.schedules
    ]
    connection.execute(_queries.end_schedules, {**common, "lines": [row["line"] for row in rows]})
    _many(connection, _queries.begin_schedule, rows)


def _many(connection: Connection, statement: str, rows: Iterable[_Row]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _retire(connection: Connection, statement: str, common: _Row, codes: Iterable[str]) -> None:
    connection.execute(statement, {**common, "codes": list(codes)})
