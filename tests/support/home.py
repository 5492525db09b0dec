"""A small home in the database for tests: two wards, four rooms, six beds, residents in them, people on duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from analytics.finding import Subject
from anxin.db.connect import Connection

# account code, role, post, shift from, to (local time), ward (None: all)
PEOPLE = (
    ("carer-a", "nurse", "carer", "21:00", "07:00", "east"),
    ("carer-b", "nurse", "carer", "07:00", "21:00", "east"),
    ("carer-c", "nurse", "carer", "21:00", "07:00", "west"),
    ("nurse-n", "nurse", "nurse", "21:00", "07:00", None),
    ("lead-l", "nurse", "shift_lead", "19:00", "07:00", None),
    ("manager-m", "manager", "phone", "00:00", "00:00", None),
)
BEDS = {"11": ("bed-11a", "bed-11b"), "12": ("bed-12",), "21": ("bed-21a", "bed-21b"), "22": ("bed-22",)}


@dataclass(frozen=True)
class Home:
    """Database ids by code."""

    facility_id: int
    wards: dict[str, int]
    rooms: dict[str, int]
    beds: dict[str, int]
    residents: dict[str, int]
    accounts: dict[str, int]
    gateway_id: int
    device_id: int
    room_of_bed: dict[str, str]

    def in_bed(self, bed: str) -> Subject:
        """The subject of a condition of the resident of a bed."""
        room = self.room_of_bed[bed]
        return Subject(
            facility_id=self.facility_id,
            ward_id=self.wards["east" if room.startswith("1") else "west"],
            room_id=self.rooms[room],
            bed_id=self.beds[bed],
            resident_id=self.residents[f"resident-{bed}"],
        )

    def equipment(self) -> Subject:
        return Subject(facility_id=self.facility_id, gateway_id=self.gateway_id, device_id=self.device_id)


def build(connection: Connection, code: str = "home", time_zone: str = "Asia/Shanghai") -> Home:
    """Insert the home and return its ids. Scan codes are `scan-` and the code of the bed or room."""

    def one(query: str, *values: object) -> int:
        row = connection.execute(query, values).fetchone()
        assert row is not None
        return int(row[0])

    facility = one(
        "insert into anxin.facility (code, name, time_zone) values (%s, %s, %s) returning id", code, code, time_zone
    )
    ward_sql = "insert into anxin.ward (facility_id, code, name) values (%s, %s, %s) returning id"
    wards = {name: one(ward_sql, facility, name, name) for name in ("east", "west")}
    rooms, beds, residents, room_of_bed = {}, {}, {}, {}
    for room, codes in BEDS.items():
        ward = wards["east" if room.startswith("1") else "west"]
        rooms[room] = one(
            "insert into anxin.room (facility_id, ward_id, code, name, kind, scan_code)"
            " values (%s, %s, %s, %s, 'bedroom', %s) returning id",
            *(facility, ward, room, room, f"scan-{room}"),
        )
        for bed in codes:
            room_of_bed[bed] = room
            beds[bed] = one(
                "insert into anxin.bed (facility_id, room_id, code, name, scan_code)"
                " values (%s, %s, %s, %s, %s) returning id",
                *(facility, rooms[room], bed, bed, f"scan-{bed}"),
            )
            resident = residents[f"resident-{bed}"] = one(
                "insert into anxin.resident (facility_id, code, name) values (%s, %s, %s) returning id",
                *(facility, f"resident-{bed}", "王秀兰"),
            )
            connection.execute(
                "insert into anxin.stay (resident_id, bed_id, starts_at) values (%s, %s, %s)",
                (resident, beds[bed], datetime(2026, 1, 1, tzinfo=UTC)),
            )
    accounts = _people(connection, facility, wards)
    gateway = one(
        "insert into anxin.gateway (facility_id, code, name, heartbeat_s) values (%s, 'gw', 'gw', 15) returning id",
        facility,
    )
    device = one(
        "insert into anxin.device (facility_id, gateway_id, code, kind) values (%s, %s, 'd1', 'bed_sensor')"
        " returning id",
        *(facility, gateway),
    )
    return Home(facility, wards, rooms, beds, residents, accounts, gateway, device, room_of_bed)


def _people(connection: Connection, facility: int, wards: dict[str, int]) -> dict[str, int]:
    accounts = {}
    for code, role, post, starts, ends, ward in PEOPLE:
        row = connection.execute(
            "insert into anxin.account (facility_id, code, name, role) values (%s, %s, '李静', %s) returning id",
            (facility, code, role),
        ).fetchone()
        assert row is not None
        accounts[code] = row[0]
        connection.execute(
            "insert into anxin.duty (facility_id, account_id, ward_id, post, shift, starts, ends)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (facility, row[0], wards[ward] if ward else None, post, f"{starts}-{ends}", starts, ends),
        )
    for code, role in (("relative-r", "relative"), ("wall-w", "wall")):
        row = connection.execute(
            "insert into anxin.account (facility_id, code, name, role) values (%s, %s, '陈明', %s) returning id",
            (facility, code, role),
        ).fetchone()
        assert row is not None
        accounts[code] = row[0]
    return accounts
