"""A gateway that was away for a day, with everything in its spool, comes back beside a system at work."""

from __future__ import annotations

import time
from datetime import timedelta

import tomli_w

from anxin.embedded.postgres import free_port
from anxin.event import Call, Event, Observations
from anxin.vocabulary import Lane
from edge.spool import Entry
from edge.spool_file import open_spool
from tests.faults import home
from tests.faults.acts import Scene
from tests.faults.load import Press, Reading

EVERY_S = 20
PART = "edge-away"
CALLS_AGO = (timedelta(hours=3), timedelta(minutes=20))


def a_day_away(scene: Scene) -> None:
    """24 hours of readings and two unanswered calls are delivered; a call pressed now overtakes them."""
    stand, load = scene.stand, scene.load
    messages = round(86_400 / EVERY_S * scene.length)
    readings = _fill(scene, messages)
    with load.ledger.lock:
        load.ledger.taken.update(readings)
        for bed, ago in enumerate(CALLS_AGO, 1):
            wall = time.time() - ago.total_seconds()
            load.ledger.presses.append(Press(home.AWAY, bed, f"away-{bed}", time.monotonic(), wall, taken=True))
    port = free_port()
    section = stand.edge_section(home.AWAY, port)
    settings = {"broker": stand.given_broker(), "edge": [section]}
    (stand.folder / "away.toml").write_text(tomli_w.dumps(settings))
    argv = ["edge", "run", "--config", str(stand.folder / "away.toml")]
    stand.system.start_component(PART, argv, group=2, stop_s=4.0)
    try:
        stand.wait_for(lambda: load.push(home.AWAY, b"{}", port) == 202, "the agent is there")
        load.press(home.AWAY, len(CALLS_AGO) + 1, port)
        stand.wait_for(lambda: _rang(scene) == len(CALLS_AGO) + 1, "the calls rang")
        left = messages - _stored(scene)
        if scene.length == 1.0:
            scene.expect(left > 0, "the call pressed now rang while the backlog was under way")
        stand.wait_for(lambda: _stored(scene) >= messages, "the backlog has arrived")
    finally:
        stand.system.stop_part(PART)


def _fill(scene: Scene, messages: int) -> list[Reading]:
    """Write the day into the spool, as the agent would have; return the readings."""
    stand = scene.stand
    now = stand.now()
    spool = open_spool(stand.spools / f"{home.AWAY}.db", home.HOME, home.AWAY, 64 << 20, now)
    devices = [home.pad(bed) for bed in range(1, home.AWAY_BEDS + 1)]
    readings: list[Reading] = []
    entries: list[Entry] = []
    for count in range(1, messages + 1):
        at = now - timedelta(seconds=EVERY_S * (messages - count + 1))
        table: Event = Observations(at, devices, {"weight": [1 + count / 100] * len(devices)})
        entries.append(Entry(Lane.DATA, [table]))
        readings += [(home.AWAY, device, count) for device in devices]
        if len(entries) == 200 or count == messages:
            spool.write(entries, at)
            entries = []
    for bed, ago in enumerate(CALLS_AGO, 1):
        spool.write([Entry(Lane.URGENT, [Call(home.button(bed), now - ago, key=f"away-{bed}")])], now - ago)
    spool.close()
    return readings


def _rang(scene: Scene) -> int:
    return _count(
        scene,
        "select count(*) from anxin.alert a join anxin.bed b on b.id = a.bed_id"
        " where a.kind = 'sos_call' and b.code like %s",
        f"bed-{home.AWAY}-%",
    )


def _stored(scene: Scene) -> int:
    return _count(scene, "select count(*) from anxin.log where gateway = %s and lane = 'data'", home.AWAY)


def _count(scene: Scene, statement: str, value: str) -> int:
    with scene.stand.owner() as owner:
        row = owner.execute(statement, (value,)).fetchone()
    assert row is not None
    return int(row[0])
