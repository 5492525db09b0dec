"""What stands in the projections is what was sent: packs, current values, events, gateways; also after a crash."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from anxin.clock import ManualClock
from anxin.config import Ingest
from anxin.event import Birth, Call, Detection, DeviceStatus, Heartbeat, Observations
from anxin.vocabulary import OBSERVATIONS, DetectionKind, ObservationKind, Phase
from ingest.projector import Limits
from tests.ingest.store import Store, expected, observed
from tests.ingest.support import gap, sample
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database
_SETTINGS = Ingest()


@pytest.fixture
def store(database: TestDatabase, clock: ManualClock) -> Iterator[Store]:
    with closing(Store(database, clock)) as one:
        yield one


@pytest.fixture
def native_store(embedded_database: TestDatabase, clock: ManualClock) -> Iterator[Store]:
    with closing(Store(embedded_database, clock)) as one:
        yield one


def test_a_minute_of_one_device_is_one_regular_row(store: Store) -> None:
    for second in range(60):
        store.send(sample(store.clock.now(), 60 + second / 10))
        store.clock.forward(timedelta(seconds=1))
        store.project()
    store.minute_later()
    rows = store.all("select n, start_ms, step_ms, offsets, floats, quality, scaled[1:3] from anxin.observation_pack")
    assert rows == [(60, 0, 1000, None, None, None, [600, 601, 602])]


def test_packs_hold_what_was_sent(store: Store) -> None:
    now = store.clock.now()
    tables = [
        Observations(
            now,
            ["dev-1", "dev-1", "dev-2", "dev-1"],
            {"heart_rate": [70.1, 70.2, None, 70.25], "bed_occupied": [1, 0, None, 1]},
            [0, 0, -59_999, 1],
            [1.0, None, 0.25, 0.5],
        ),
        Observations(now - timedelta(days=3), ["dev-3"], {"illuminance": [123_456.0], "turn_age": [99_999]}),
        Observations(now, ["dev-1"], {"bed_occupied": [1], "heart_rate": [70.1]}),
    ]
    store.send(*tables)
    store.project()
    store.minute_later()
    assert observed(store) == expected(store, tables)


def test_nothing_is_lost_or_doubled_by_crashes(store: Store) -> None:
    """A crash after every few steps, with samples on both sides of the cut and late ones among them."""
    tables: list[Observations] = []
    for step in range(70):
        late = timedelta(seconds=90 if step % 17 == 0 else step % 3)
        tables.append(sample(store.clock.now() - late, 60 + step / 10))
        store.send(tables[-1])
        store.clock.forward(timedelta(seconds=3))
        store.project()
        if step % 7 == 0:
            store.restart()
    store.restart()
    store.minute_later()
    assert observed(store) == expected(store, tables)


def test_memory_is_bounded_by_packing_early(store: Store) -> None:
    store.restart(Limits(samples=50, rows=10))
    tables = [sample(store.clock.now() + timedelta(seconds=n), 60 + n / 10) for n in range(200)]
    for table in tables:
        store.send(table)
    store.project()
    assert sum(observed(store).values()) >= 150
    store.minute_later()
    assert observed(store) == expected(store, tables)


def test_current_state_is_the_newest_and_shows_unknown(store: Store) -> None:
    now = store.clock.now()
    device = store.devices["gw-1", "dev-1"]
    store.send(sample(now, 70), sample(now - timedelta(minutes=5), 50), sample(now - timedelta(seconds=1), 60))
    store.send(Observations(now, ["dev-1"], {"spo2": [None]}))
    store.project()
    shown = "select device_id, kind, value, time, received_at from report.current order by kind"
    assert store.all(shown) == [(device, "heart_rate", 70.0, now, now), (device, "spo2", None, now, now)]
    store.send(sample(now - timedelta(minutes=1), 55))
    store.project()
    assert store.all(shown)[0][2] == 70.0


def test_a_clock_that_was_ahead_does_not_freeze_the_current_state(store: Store) -> None:
    store.send(sample(store.clock.now() + timedelta(minutes=50), 70))
    store.project()
    store.clock.forward(timedelta(seconds=5))
    store.send(sample(store.clock.now(), 71))
    store.project()
    assert store.all("select value from report.current") == [(71.0,)]


def test_current_state_survives_a_crash_while_it_waits(store: Store) -> None:
    store.restart(Limits(current_rows=1))
    store.send(*(sample(store.clock.now(), 70, f"dev-{number}") for number in (1, 2, 3)))
    store.projector.step(store.clock.now())
    assert len(store.all("select 1 from report.current")) == 1
    store.restart()
    store.minute_later()
    assert len(store.all("select 1 from report.current")) == 3


def test_events_are_kept_once_in_order(store: Store) -> None:
    now = store.clock.now()
    store.send(
        Birth(now, "edge 1", 15.0),
        Call("dev-1", now, key="press-\0-1"),
        Detection("dev-2", now, DetectionKind.FALL, Phase.CONFIRMED, evidence={"peak_g": 3.5}),
        DeviceStatus("dev-3", now, online=False, fault="battery"),
        Call("stranger", now),
    )
    store.writer.write([gap(2, 5, now)], now)
    store.project()
    store.restart()
    store.project()
    rows = store.all("select arrival, item, device_id, type, detail from anxin.device_event order by arrival, item")
    ids = [store.devices["gw-1", f"dev-{number}"] for number in (1, 2, 3)]
    assert [row[:4] for row in rows] == [
        (1, 0, None, "birth"), (1, 1, ids[0], "call"), (1, 2, ids[1], "detection"), (1, 3, ids[2], "device_status"),
        (1, 4, None, "call"), (2, 0, None, "gap"),
    ]  # fmt: skip
    assert rows[2][4] == {"detection": "fall", "phase": "confirmed", "evidence": {"peak_g": 3.5}}
    assert rows[4][4]["device"] == "stranger"
    assert store.all("select device, reason, count from anxin.quarantine") == [("stranger", "unknown_device", 1)]


def test_each_unreadable_message_is_kept_and_hinders_nobody(native_store: Store) -> None:
    store, now = native_store, native_store.clock.now()
    own_end = b'"schemaversion":1}'  # what ends like one of ours is stored unread
    bad = [b'{"id":"\\u0000",' + own_end, b'{"id":1,' + own_end, b"{ no json " + own_end]
    for payload in bad:
        store.send_raw(payload)
    store.send(sample(now, 61.0))
    store.minute_later()
    kept = store.all("select reason, payload from anxin.quarantine where count = 1 order by first_at, id")
    assert [reason for reason, _ in kept] == ["not_contract", "not_contract", "not_json"]
    assert [bytes(payload) for _, payload in kept] == bad
    assert store.all("select sum(n) from anxin.observation_pack") == [(1,)]


def test_what_cannot_be_true_is_unknown_and_counted(store: Store) -> None:
    now = store.clock.now()
    for _ in range(3):
        store.send(
            Observations(now, ["dev-1", "dev-1", "ghost"], {"heart_rate": [999, 70, 70], "aura": [1, 1, 1]}),
            sample(now.replace(year=1999), 64, "dev-2"),
            sample(now + timedelta(hours=2), 65, "dev-2"),
        )
    store.project()
    store.minute_later()
    refused = {(d, r): c for d, r, c in store.all("select device, reason, count from anxin.quarantine")}
    assert refused == {
        ("dev-1", "range_heart_rate"): 3,
        ("ghost", "unknown_device"): 3,
        ("", "unknown_kind"): 9,
        ("dev-2", "clock"): 6,
    }
    rows = store.all("select device_id, time, value from report.observation")
    one, two = (store.devices["gw-1", name] for name in ("dev-1", "dev-2"))
    assert Counter(rows) == Counter(
        {(one, now, None): 3, (one, now, 70.0): 3, (two, now, 64.0): 3, (two, now, 65.0): 3}
    )


def test_an_old_will_is_ignored(store: Store) -> None:
    state = "select up, session, since, heard_at, held, dropped from anxin.gateway_state"
    start = store.clock.now()
    store.link(True, "s1")
    store.link(True, "s1")
    store.clock.forward(timedelta(seconds=10))
    store.link(True, "s2")
    store.clock.forward(timedelta(seconds=10))
    store.link(False, "s1")
    store.send(Heartbeat(store.clock.now(), {"data": 3, "urgent": 1}, {"data": 7}))
    store.project()
    since = start + timedelta(seconds=10)
    assert store.all(state) == [(True, "s2", since, store.clock.now(), 4, 7)]
    store.restart()
    store.link(False, "s2")
    store.project()
    ended = [(False, "s2", store.clock.now(), store.clock.now(), 4, 7)]
    assert store.all(state) == ended
    store.link(True, "s2")  # sent again by the connection that came after it
    store.project()
    assert store.all(state) == ended
    events = store.all("select detail->>'up', detail->>'session' from anxin.device_event order by arrival")
    assert events == [("true", "s1"), ("true", "s2"), ("false", "s2")]


def test_the_report_role_sees_the_views_and_nothing_else(store: Store, database: TestDatabase) -> None:
    store.send(sample(store.clock.now()))
    store.project()
    with closing(database.connect("anxin_report")) as report:
        assert report.execute("select count(*) from report.current").fetchone() == (1,)
        with pytest.raises(Exception, match="permission denied"):
            report.execute("select count(*) from anxin.observation_pack")


def test_a_clock_put_back_by_a_year_goes_on_packing(native_store: Store) -> None:
    store = native_store
    tables = []
    for step in (timedelta(days=365), timedelta(days=-365), timedelta()):
        store.clock.forward(step)
        tables.append(sample(store.clock.now(), 70))
        store.send(tables[-1])
        store.minute_later()
    assert observed(store) == expected(store, tables)
    assert store.all("select heard_at from anxin.gateway_state") == [(tables[-1].time,)]


def test_a_device_registered_a_moment_ago_is_known(native_store: Store) -> None:
    store = native_store
    store.send(sample(store.clock.now(), device="dev-new"))
    store.project()
    store.owner.execute(
        "insert into anxin.device (facility_id, gateway_id, code, kind)"
        " select facility_id, gateway_id, 'dev-newer', kind from anxin.device where id = 1"
    )
    store.send(sample(store.clock.now(), 71, "dev-newer"), sample(store.clock.now(), 72, "dev-new"))
    store.project()
    assert store.all("select value from report.current") == [(71.0,)]
    assert store.all("select device, count from anxin.quarantine") == [("dev-new", 2)]


def test_every_kind_survives_at_its_limits(native_store: Store) -> None:
    store = native_store
    tables = [
        Observations(
            store.clock.now(),
            ["dev-1"] * 3,
            {kind.value: [spec.low, spec.high, min(spec.high, spec.low + 3 * spec.scale)]},
        )
        for kind, spec in OBSERVATIONS.items()
    ]
    store.send(*tables)
    store.project()
    store.minute_later()
    assert observed(store) == expected(store, tables)
    assert len(tables) == len(ObservationKind)


def test_detail_is_json_without_what_has_its_own_column(native_store: Store) -> None:
    native_store.send(Call("dev-1", native_store.clock.now(), key="a"))
    native_store.project()
    ((text,),) = native_store.all("select detail::text from anxin.device_event")
    assert json.loads(text) == {"key": "a"}
