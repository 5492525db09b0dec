"""A home for tests of the pages: the simulators' made-up home in a real database, with values, nights and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from analytics.alerts import store
from analytics.finding import Change, Finding, Subject
from anxin import event, topic
from anxin.clock import ManualClock
from anxin.config import Api, Ingest, Settings
from anxin.db.connect import Connection
from anxin.db.directory import load
from anxin.event import Event
from anxin.facility import Facility
from anxin.mqtt import Received
from anxin.topic import LaneKey
from anxin.vocabulary import OBSERVATIONS, AlertKind, Lane, ObservationKind, Priority
from api import passwords
from ingest.intake import entry_of
from ingest.projector import Projector
from ingest.writer import Writer
from simulators.home import make_home
from tests.support.databases import TestDatabase

PASSWORD = "安心-test-9"


@cache
def _home(residents: int) -> Facility:
    return make_home(1, residents)


@cache
def _hash() -> str:
    return passwords.make_hash(PASSWORD)


@dataclass
class House:
    """The home, the clock its pages go by, and the owner's connection."""

    database: TestDatabase
    clock: ManualClock
    connection: Connection
    facility_id: int

    @property
    def settings(self) -> Settings:
        return Settings(database=self.database.settings, api=Api(port=0, simulated=True))

    def one(self, query: str, *values: object) -> int:
        row = self.connection.execute(query, values).fetchone()
        assert row is not None, query
        return int(row[0])

    def bed(self, code: str) -> int:
        return self.one("select id from anxin.bed where code = %s", code)

    def beds(self) -> list[str]:
        return [code for (code,) in self.connection.execute("select code from anxin.bed order by code")]

    def resident_in(self, bed: str) -> int:
        return self.one("select resident_id from anxin.stay where bed_id = %s and ends_at is null", self.bed(bed))

    def account(self, code: str) -> int:
        return self.one("select id from anxin.account where code = %s", code)

    def sensor(self, bed: str) -> int:
        query = "select id from anxin.device where bed_id = %s and kind in ('bed_sensor', 'vitals') order by kind, id"
        return self.one(query, self.bed(bed))

    def subject(self, bed: str) -> Subject:
        row = self.connection.execute(
            "select o.ward_id, o.id, b.id from anxin.bed b join anxin.room o on o.id = b.room_id where b.code = %s",
            (bed,),
        ).fetchone()
        assert row is not None
        return Subject(
            facility_id=self.facility_id, ward_id=row[0], room_id=row[1], bed_id=row[2],
            resident_id=self.resident_in(bed),
        )  # fmt: skip

    def hear(self, bed: str, ago_s: float = 0, **values: float | None) -> None:
        """Let the bed's sensor say something, ago_s before now."""
        at = self.clock.now() - timedelta(seconds=ago_s)
        device = self.sensor(bed)
        kinds = [OBSERVATIONS[ObservationKind(name)].code for name in values]
        self.connection.execute("delete from anxin.current_state where device_id = %s and kinds = %s", (device, kinds))
        self.connection.execute(
            'insert into anxin.current_state (device_id, kinds, time, received_at, "values")'
            " values (%s, %s, %s, %s, %s)",
            (device, kinds, at, at, list(values.values())),
        )

    def hear_gateways(self, ago_s: float = 0, up: bool = True) -> None:
        at = self.clock.now() - timedelta(seconds=ago_s)
        self.connection.execute(
            "insert into anxin.gateway_state (gateway_id, up, since, heard_at) select id, %s, %s, %s from anxin.gateway"
            " on conflict (gateway_id) do update set up = excluded.up, heard_at = excluded.heard_at",
            (up, at, at),
        )

    def beat(self) -> None:
        """Let ingest and analytics have worked just now."""
        now = self.clock.now()
        self.connection.execute(
            "insert into anxin.ingest_partition (partition, received_at) values (0, %s)"
            " on conflict (partition) do update set received_at = excluded.received_at",
            (now,),
        )
        self.connection.execute(
            "insert into anxin.cursor select unnest(array['analytics', 'projector']), 0, 0, %s, %s"
            " on conflict (consumer, partition) do update set received_at = excluded.received_at",
            (now, now),
        )

    def pack(self, bed: str, kind: ObservationKind, start: datetime, values: Sequence[float | None]) -> None:
        """Store one value a minute from start on."""
        device, spec = self.sensor(bed), OBSERVATIONS[kind]
        for day in range(int(len(values) // 1440) + 2):
            self.connection.execute(
                "select anxin.ensure_partition('anxin.observation_pack', %s)", (start + timedelta(days=day),)
            )
        rows = [
            (start + timedelta(minutes=m), device, spec.code, None if value is None else round(value / spec.scale))
            for m, value in enumerate(values)
        ]
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "insert into anxin.observation_pack (minute, device_id, n, start_ms, step_ms, arrival, kinds, scaled)"
                " values (%s, %s, 1, 0, 0, 1, array[%s]::smallint[], array[%s]::smallint[])",
                rows,
            )

    def alert(
        self,
        kind: AlertKind,
        bed: str,
        ago_s: float = 0,
        change: Change = Change.BEGAN,
        priority: Priority | None = None,
        **evidence: float | str | bool | None,
    ) -> int:
        """Let a condition of the resident of a bed begin (or change), and commit it."""
        at = self.clock.now() - timedelta(seconds=ago_s)
        reason = "the rule of this test said so"
        finding = Finding(kind, self.subject(bed), change, at, reason, priority, evidence=evidence)
        with self.database.connect("anxin_analytics", autocommit=False) as connection:
            (alert_id,) = store.apply(connection, [finding], at)
        return alert_id


def build(database: TestDatabase, clock: ManualClock, residents: int = 12) -> House:
    """Load the home, give every account the same password, and return it. The caller closes its connection."""
    connection = database.connect()
    facility_id = load(connection, _home(residents), clock.now())
    connection.execute("update anxin.account set password_hash = %s", (_hash(),))
    house = House(database, clock, connection, facility_id)
    house.beat()
    house.hear_gateways()
    return house


def message(house: House, gateway: str, seq: int, *events: Event) -> None:
    """Bring one message through ingest's own writer and projector."""
    key = LaneKey("home", gateway, Lane.DATA, "e1")
    payload = event.encode(event.compose(key, seq, house.clock.now(), list(events)))
    with house.database.connect("anxin_ingest") as connection:
        now = house.clock.now()
        entry = entry_of(Received(topic.message(key, seq), payload, False, False, 1, 1))
        Writer(connection, 0, now).write([entry], now)
        projector = Projector(connection, Ingest(), now)
        while projector.step(now):
            pass
