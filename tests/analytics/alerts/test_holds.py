"""What holds alerts, on the database: it stands in rows, so a restart changes nothing, and ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.alerts import holds, store, worklist
from analytics.alerts.entered import Back, holds_of
from analytics.alerts.explain import explain
from analytics.alerts.refusal import AlreadySigned, NotShelvable, SignedBySelf
from analytics.alerts.tasks import TaskKind
from analytics.finding import Change, Finding
from anxin.care import Entry, EntryKind
from anxin.clock import ManualClock
from anxin.columns import Noted
from anxin.vocabulary import AlertKind, Outcome
from tests.support.databases import TestDatabase
from tests.support.watch import Watch

pytestmark = pytest.mark.database
OUT, FALL, PATH = AlertKind.OUT_OF_BED_LONG, AlertKind.FALL_CONFIRMED, AlertKind.CALL_PATH_DOWN


@pytest.fixture
def watch(embedded_database: TestDatabase, clock: ManualClock) -> Iterator[Watch]:
    told = Watch(embedded_database, clock)
    yield told
    told.close()


def held(watch: Watch) -> list[tuple[str, str | None]]:
    rows = watch.connection.execute("select kind, held from anxin.alert where resolved_at is null order by id")
    return rows.fetchall()


def test_a_carer_in_the_room_holds_what_is_medium_also_over_a_restart(watch: Watch) -> None:
    carer, home = watch.carer("a"), watch.home
    watch.at("02:10")
    holds.be_present(watch.connection, home.facility_id, home.rooms["12"], carer.account_id, watch.now)
    watch.say(OUT, home.in_bed("bed-12"))
    watch.forward(minutes=10).restart()
    watch.say(FALL, home.in_bed("bed-12"))
    carer.hears("fall_confirmed")
    watch.nobody_else_hears()
    carer.arrives("fall_confirmed", "scan-bed-12")
    assert held(watch) == [("out_of_bed_long", "presence"), ("fall_confirmed", None)]
    watch.forward(minutes=14).nobody_else_hears()
    watch.forward(minutes=2)
    carer.hears("out_of_bed_long")


def test_what_is_put_aside_comes_back_and_leaves_a_round(watch: Watch) -> None:
    carer, home = watch.carer("a"), watch.home
    watch.at("02:10").say(OUT, home.in_bed("bed-12"))
    carer.hears("out_of_bed_long")
    holds.shelve(
        watch.connection, watch.open("out_of_bed_long"), carer.account_id, 60, "sits with the nurse", watch.now
    )
    told = explain(watch.connection, watch.open("out_of_bed_long"), "zh", watch.now)
    assert "carer-a 已搁置（sits with the nurse）" in told
    watch.forward(minutes=14).nobody_else_hears()
    (task,) = worklist.open_tasks(watch.connection, home.facility_id, watch.now + timedelta(hours=1))
    assert (task.kind, task.due_at) == (TaskKind.ROUND, watch.now + timedelta(minutes=1))
    watch.forward(minutes=2)
    carer.hears("out_of_bed_long")
    watch.say(FALL, home.in_bed("bed-11a"))
    with pytest.raises(NotShelvable):
        holds.shelve(watch.connection, watch.open("fall_confirmed"), carer.account_id, 5, "why not", watch.now)


def test_nothing_is_put_aside_beyond_the_shift(watch: Watch) -> None:
    watch.at("06:50").say(OUT, watch.home.in_bed("bed-12"))
    carer = watch.carer("a")
    holds.shelve(
        watch.connection, watch.open("out_of_bed_long"), carer.account_id, 15, "asleep in the chair", watch.now
    )
    (hold,) = holds.in_force(watch.connection, watch.home.facility_id, watch.now)
    assert hold.ends_at == watch.now + timedelta(minutes=10), "her shift ends at seven"
    holds.end(watch.connection, watch.home.facility_id, hold.id, carer.account_id, watch.now)
    assert held(watch) == [("out_of_bed_long", None)]


def test_a_parent_and_its_child_of_one_batch_are_linked(watch: Watch) -> None:
    home = watch.home
    gateway = replace(home.equipment(), device_id=None)
    findings = [
        Finding(PATH, home.equipment(), Change.BEGAN, watch.now, "silent"),
        Finding(AlertKind.GATEWAY_SILENT, gateway, Change.BEGAN, watch.now, "silent"),
    ]
    with watch.connection.transaction():
        child, parent = store.apply(watch.connection, findings, watch.now)
    watch.work()
    assert held(watch) == [("call_path_down", "parent"), ("gateway_silent", None)]
    row = watch.connection.execute("select parent_id from anxin.alert where id = %s", (child,)).fetchone()
    assert row == (parent,)
    watch.carer("a").hears("gateway_silent")


def test_a_flood_is_one_alert_and_a_call_passes(watch: Watch) -> None:
    """Six residents' bed sensors speak within a minute; the fourth is one too many."""
    kinds = (OUT, AlertKind.HEART_RATE_ABNORMAL, AlertKind.RESPIRATORY_RATE_ABNORMAL)
    watch.at("03:00")
    for kind in kinds:
        for bed in ("bed-11a", "bed-12"):
            watch.say(kind, watch.home.in_bed(bed))
    watch.sos("bed-11b")
    assert [kind for kind, why in held(watch) if why == "flood"] == [kinds[1].value, kinds[2].value, kinds[2].value]
    carer = watch.carer("a")
    carer.hears("alert_flood")
    carer.hears("sos_call")
    watch.ear.heard.clear()
    watch.forward(minutes=4)
    assert "respiratory_rate_abnormal" not in {kind for _, kind in watch.loud()}
    watch.forward(minutes=2)
    assert (f"account:{carer.account_id}", "respiratory_rate_abnormal") in watch.loud()
    assert "off" in {state for (state,) in watch.connection.execute(
        "select state from anxin.alert where kind = 'alert_flood'")}, "nothing is left under it"  # fmt: skip


def test_after_a_fall_there_are_things_to_do_until_it_proves_false(watch: Watch) -> None:
    home, carer = watch.home, watch.carer("a")
    watch.at("02:10").fall("bed-12")
    alert = watch.open("fall_confirmed")
    first, *clock = worklist.of_alert(watch.connection, home.facility_id, alert)
    assert (first.kind, len(clock), clock[0].due_at) == (
        TaskKind.CHECK_BEFORE_LIFTING, 17, watch.now + timedelta(minutes=30),
    )  # fmt: skip
    worklist.tick(watch.connection, home.facility_id, first.id, carer.account_id, "awake, no pain", watch.now)
    carer.arrives("fall_confirmed", "scan-bed-12")
    carer.resolves("fall_confirmed", Outcome.FALSE, "a bag fell")
    done, *rest = worklist.of_alert(watch.connection, home.facility_id, alert)
    assert done.done_by is not None
    assert all(task.dropped_at is not None for task in rest)


def test_a_shift_is_handed_over_and_signed_by_the_next(embedded_database: TestDatabase, watch: Watch) -> None:
    home, carer, nurse = watch.home, watch.carer("a"), watch.nurse("n")
    watch.at("02:10").say(OUT, home.in_bed("bed-12"))
    pages = embedded_database.connect("anxin_api")
    number, alerts = worklist.hand_over(pages, home.facility_id, carer.account_id, "quiet", watch.now)
    assert "handed_over" in watch.history(alerts[0])
    with pytest.raises(SignedBySelf):
        worklist.sign(pages, home.facility_id, number, carer.account_id, watch.now)
    worklist.sign(pages, home.facility_id, number, nurse.account_id, watch.now)
    with pytest.raises(AlreadySigned):
        worklist.sign(pages, home.facility_id, number, nurse.account_id, watch.now)
    (row,) = worklist.handovers(pages, home.facility_id, 5)
    assert row.signed_at == watch.now
    assert [one["kind"] for one in row.content["alerts"]] == ["out_of_bed_long"]
    pages.close()


def test_a_leave_holds_what_is_hers_until_she_is_back_but_no_call(watch: Watch) -> None:
    home, carer = watch.home, watch.carer("a")
    watch.at("02:10")
    resident = home.residents["resident-bed-12"]

    def entered(kind: EntryKind) -> None:
        entry = Entry(kind, watch.now, carer.account_id, resident, facts={"back_at": "later"})
        found = holds_of([Noted(1, watch.now, "home", watch.now, entry)], {"home": home.facility_id})
        assert isinstance(found[0], Back) == (kind is EntryKind.LEAVE_BACK)
        holds.enter(watch.connection, found, watch.now)
        watch.work()

    entered(EntryKind.LEAVE_OUT)
    watch.say(OUT, home.in_bed("bed-12"))
    watch.forward(minutes=60).nobody_else_hears()
    watch.sos("bed-12")
    carer.hears("sos_call")
    watch.ear.heard.clear()
    entered(EntryKind.LEAVE_BACK)
    carer.hears("out_of_bed_long")
    assert held(watch) == [("out_of_bed_long", None), ("sos_call", None)]


def test_a_new_resident_is_watched_in_silence_but_for_her_life(embedded_database: TestDatabase, watch: Watch) -> None:
    home, carer = watch.home, watch.carer("a")
    watch.at("02:10")
    until, resident = watch.now + timedelta(days=2), home.residents["resident-bed-12"]
    with embedded_database.connect() as owner:
        owner.execute("update anxin.stay set shadow_until = %s where resident_id = %s", (until, resident))
    watch.say(OUT, home.in_bed("bed-12"))
    assert held(watch) == [("out_of_bed_long", "shadow")]
    watch.say(AlertKind.FALL_SUSPECTED, home.in_bed("bed-12"))
    carer.hears("fall_suspected")
    watch.say(OUT, home.in_bed("bed-12"), Change.ENDED)
    assert held(watch) == [("fall_suspected", None)]
