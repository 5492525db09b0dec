"""Makes up a home: wards, rooms, residents, devices behind gateways, staff and relatives, as a Facility. Pure.

The same seed gives the same home, and a resident keeps traits, room and devices when the home grows. Names are common
ones put together by chance. Supervision intervals are two reports and a reserve of what `simulators.devices` sends.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from anxin.facility import Account, Bed, Facility, Region, Resident, Room, Ward
from anxin.facility_people import Duty
from anxin.vocabulary import Role, RoomKind
from simulators.chance import Chance
from simulators.home_devices import gateways_of
from simulators.people import Person, people_of

WARDS = (("w1", "一区 海棠苑"), ("w2", "二区 银杏苑"), ("w3", "三区 桂花苑"))
BEDS_PER_ROOM = (1, 2, 1, 2, 2, 1, 1, 2)
FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
WOMEN = ("秀英", "桂兰", "淑珍", "玉梅", "凤英", "素芬", "惠芳", "月娥", "翠花", "文娟", "雅琴", "金凤")
MEN = ("建国", "德明", "国强", "志远", "永福", "庆生", "文海", "振华", "长林", "家驹", "启明", "松年")
FIRST_STAY = datetime(2024, 1, 8, 4, 0, tzinfo=UTC)
RELATIVES = 6


def make_home(seed: int, residents: int = 60, code: str = "home") -> Facility:
    """Return a home with that many residents in three wards. Raises ValueError for less than 1 or more than 900."""
    if not 1 <= residents <= 900:
        raise ValueError(f"{residents} residents; 1 to 900 are possible")
    counts = [(residents - number + len(WARDS) - 1) // len(WARDS) for number in range(len(WARDS))]
    wards = tuple(_ward(ward, name, count) for (ward, name), count in zip(WARDS, counts, strict=True))
    bare = Facility(
        code=code,
        name="安心示范养老院",
        regions=(
            Region("zhejiang", "浙江省", "province"),
            Region("hangzhou", "杭州市", "city"),
            Region("xihu", "西湖区", "county"),
        ),
        wards=wards,
        residents=_residents(wards, residents),
    )
    people = people_of(bare, seed)
    return _furnish(bare, people, seed)


def _ward(code: str, name: str, beds: int) -> Ward:
    rooms: list[Room] = []
    number, placed = 0, 0
    while placed < beds:
        take = min(BEDS_PER_ROOM[number % len(BEDS_PER_ROOM)], beds - placed)
        number += 1
        room = f"{code}-{100 + number}"
        label = f"{code.removeprefix('w')}{number:02d}"
        placed += take
        own = tuple(Bed(f"{room}-{bed}", f"{label} 室 {bed} 床", f"scan-{room}-{bed}") for bed in range(1, take + 1))
        rooms.append(Room(room, f"{label} 室", RoomKind.BEDROOM, f"scan-{room}", room, own))
        rooms.append(Room(f"{room}-bath", f"{label} 室卫生间", RoomKind.BATHROOM, f"scan-{room}-bath", room))
    rooms.append(Room(f"{code}-common", "活动室", RoomKind.COMMON, f"scan-{code}-common"))
    rooms.append(Room(f"{code}-corridor", "走廊", RoomKind.CORRIDOR, f"scan-{code}-corridor"))
    rooms.append(Room(f"{code}-exit", "出口", RoomKind.EXIT, f"scan-{code}-exit"))
    return Ward(code, name, tuple(rooms))


def _residents(wards: tuple[Ward, ...], count: int) -> tuple[Resident, ...]:
    """Residents 1, 2, 3 live in wards 1, 2, 3, and so on, so that all wards fill evenly."""
    beds = [[bed.code for room in ward.rooms for bed in room.beds] for ward in wards]
    return tuple(
        Resident(f"r-{n + 1:03d}", "-", bed=beds[n % len(wards)][n // len(wards)], since=FIRST_STAY)
        for n in range(count)
    )


def _furnish(bare: Facility, people: tuple[Person, ...], seed: int) -> Facility:
    residents = tuple(_named(resident, person, seed) for resident, person in zip(bare.residents, people, strict=True))
    accounts, duties = _staff(bare.wards, seed)
    return Facility(
        code=bare.code,
        name=bare.name,
        regions=bare.regions,
        wards=bare.wards,
        residents=residents,
        gateways=gateways_of(bare, people, seed),
        accounts=(*accounts, *_relatives(residents, seed)),
        duties=duties,
    )


def _name(male: bool, *key: object) -> str:
    chance = Chance(*key, "name")
    return chance.choice(FAMILY_NAMES) + chance.choice(MEN if male else WOMEN)


def _named(resident: Resident, person: Person, seed: int) -> Resident:
    chance = Chance(seed, resident.code, "stay")
    return Resident(
        code=resident.code,
        name=_name(person.male, seed, resident.code),
        birth_year=2026 - person.age,
        bed=resident.bed,
        since=FIRST_STAY + timedelta(days=chance.whole(0, 600)),
        profile={
            "sex": "male" if person.male else "female",
            "mobility": person.mobility.value,
            "fall_risk": person.fall_risk,
            "wander_risk": person.wander_risk,
            "limits_of_care": "不做心肺复苏" if chance.happens(0.15) else "none",
        },
    )


def _staff(wards: tuple[Ward, ...], seed: int) -> tuple[tuple[Account, ...], tuple[Duty, ...]]:
    accounts, duties = [], []
    for number, ward in enumerate(wards):
        for half, (shift, starts, ends) in enumerate((("day", "07:00", "19:00"), ("night", "19:00", "07:00"))):
            code = f"nurse{2 * number + half + 1}"
            phone = f"1380000{2 * number + half + 1:04d}"
            accounts.append(Account(code, _name(False, seed, code), Role.NURSE, phone=phone))
            duties.append(Duty(code, "nurse", shift, starts, ends, ward.code))
            if number == 0:
                duties.append(Duty(code, "shift_lead", shift, starts, ends))
    accounts.append(Account("manager", _name(True, seed, "manager"), Role.MANAGER, phone="13800000100"))
    duties.append(Duty("manager", "phone", "always", "00:00", "00:00"))
    accounts.append(Account("wall", "大屏", Role.WALL))
    accounts.append(Account("integrator", "系统集成", Role.INTEGRATOR, language="en"))
    return tuple(accounts), tuple(duties)


def _relatives(residents: tuple[Resident, ...], seed: int) -> tuple[Account, ...]:
    return tuple(
        Account(
            f"family{number}",
            _name(number % 2 == 0, seed, resident.code, "relative"),
            Role.RELATIVE,
            phone=f"1390000{number:04d}",
            residents=(resident.code,),
            consent_by=resident.code,
        )
        for number, resident in enumerate(residents[:RELATIVES], 1)
    )
