"""How each fault is caused, under load, on a stand. An act returns when the system has been healed again; what it comes
to is counted afterwards.
"""

from __future__ import annotations

import random
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anxin.db.connect import Connection
from tests.faults.load import Load
from tests.faults.stand import Stand

LEAP = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 becomes 03:00 in Berlin
PARTS = ("edge", "broker", "ingest", "analytics", "api", "postgres")


@dataclass
class Scene:
    """Where an act takes place. length: 1.0 as in `make faults`, less in tests. complaints: what did not come about."""

    stand: Stand
    load: Load
    dice: random.Random
    length: float = 1.0

    def __post_init__(self) -> None:
        self.complaints: list[str] = []
        self.notes: list[str] = []

    def expect(self, so: bool, what: str) -> None:
        if not so:
            self.complaints.append(f"not so: {what}")

    def pass_time(self, seconds: float) -> None:
        self.stand.run(seconds * self.length)

    def times(self, count: int) -> range:
        return range(max(1, round(count * self.length)))


Act = Callable[[Scene], None]


def kill(part: str) -> Act:
    """kill -9 in the middle of its work, several times."""

    def act(scene: Scene) -> None:
        for _ in scene.times(2):
            scene.stand.run(scene.dice.uniform(0.5, 1.5))
            scene.stand.end(part)

    return act


def kill_at_random(minutes: float) -> Act:
    """kill -9 of any part at any time, also of two at once, and of one that is just coming back."""

    def act(scene: Scene) -> None:
        left = minutes * 60
        while left > 0:
            pause = scene.dice.uniform(0.5, 6.0)
            scene.stand.run(pause)
            left -= pause
            for part in scene.dice.sample(PARTS, scene.dice.choice((1, 1, 1, 2))):
                scene.stand.hit(part)
        scene.stand.wait_for(lambda: all(map(scene.stand.up, PARTS)), "all parts are back")

    return act


def line(name: str, fault: str, seconds: float) -> Act:
    """Something happens to a network: name of the stand's proxy, name of the proxy's fault."""

    def act(scene: Scene) -> None:
        proxies = [scene.stand.outer_line, scene.stand.inner_line] if name == "broker" else [scene.stand.store_line]
        for _ in scene.times(2 if fault == "cut" else 1):
            for proxy in proxies:
                getattr(proxy, fault)()
            scene.stand.run(seconds)
            for proxy in proxies:
                proxy.heal()
            scene.pass_time(2)

    return act


def frozen_store(scene: Scene) -> None:
    """The server is there, its processes stand still: longer than anybody waits for an answer."""
    scene.stand.freeze("postgres", 11)


def restart_store(scene: Scene) -> None:
    for _ in scene.times(2):
        scene.stand.end("postgres", signal.SIGINT)
        scene.pass_time(2)


def store_away(scene: Scene) -> None:
    """Nobody can connect for a while, as during a move to another machine."""
    scene.stand.store_line.cut()
    scene.pass_time(12)
    scene.stand.store_line.heal()


def read_only_store(scene: Scene) -> None:
    """A failover to a server that only reads: the old connections end, new ones cannot write."""
    with scene.stand.owner() as owner:
        owner.execute("set default_transaction_read_only = off")
        owner.execute("alter system set default_transaction_read_only = on")
        owner.execute("select pg_reload_conf()")
        _end_others(owner)
        scene.stand.run(4)
        owner.execute("alter system reset default_transaction_read_only")
        owner.execute("select pg_reload_conf()")
        _end_others(owner)


def _end_others(owner: Connection) -> None:
    owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and usename like 'anxin\\_%'"
    )


def deadlock(scene: Scene) -> None:
    """Ingest holds the partition and waits for a watermark; somebody holds the watermark and wants the partition."""

    def met() -> bool:
        before = scene.stand.log("ingest").count("deadlock detected")
        with scene.stand.owner() as owner, owner.transaction():
            # A session looks for a deadlock once, when it has waited for so long: ours must not be the one that finds.
            owner.execute("set local deadlock_timeout = '1min'")
            owner.execute("select 1 from anxin.watermark for update")
            scene.stand.wait_for(lambda: _ingest_waits(scene), "ingest waits for a watermark")
            owner.execute("select 1 from anxin.ingest_partition for update")
        scene.pass_time(1)
        return scene.stand.log("ingest").count("deadlock detected") > before

    for _ in scene.times(2):  # each again where ingest had looked before we stood in its way
        scene.stand.wait_for(met, "ingest is a deadlock's victim")


def statement_timeout(scene: Scene) -> None:
    """A lock held for longer than a statement may take."""
    with scene.stand.owner() as owner, owner.transaction():
        owner.execute("lock table anxin.ingest_partition in access exclusive mode")
        before = scene.stand.log("ingest").count("statement timeout")
        scene.stand.wait_for(
            lambda: scene.stand.log("ingest").count("statement timeout") > before,
            "a statement runs into its time-out",
        )


def broker_without_memory(scene: Scene) -> None:
    """The broker loses what it stored: sessions, retained watermarks, and messages it had acknowledged."""
    for _ in scene.times(2):
        scene.stand.hit("broker")
        shutil.rmtree(scene.stand.folder / "broker" / "store", ignore_errors=True)
        scene.stand.wait_for(lambda: scene.stand.up("broker"), "the broker is back")
        scene.pass_time(2)


def full_edge_disk(scene: Scene) -> None:
    """Somebody else fills the disk of the spools while the line is good."""
    with scene.stand.full_disk(scene.stand.spools):
        scene.pass_time(8)


def full_edge_disk_without_line(scene: Scene) -> None:
    """No line and no room: the oldest readings must go, calls never."""
    scene.stand.outer_line.cut()
    scene.stand.run(4)
    with scene.stand.full_disk(scene.stand.spools):
        scene.pass_time(8)
    scene.stand.outer_line.heal()
    scene.stand.run(3)


def full_store_disk(scene: Scene) -> None:
    with scene.stand.full_disk(scene.stand.folder / "store"):
        scene.pass_time(10)


def clock_step(*steps: timedelta) -> Act:
    """The agents' clock is put forward or back (a box without a clock of its own begins somewhere), then put right."""

    def act(scene: Scene) -> None:
        scene.load.clockless = True
        try:
            for step in steps:
                scene.stand.set_edge_clock(step)
                scene.stand.end("edge", signal.SIGTERM)
                scene.pass_time(8)  # more than two heartbeats
            scene.stand.set_edge_clock(None)
            scene.stand.end("edge", signal.SIGTERM)
            scene.pass_time(9)  # the clocks are known to be right again
        finally:
            scene.load.clockless = False

    return act


def leap_of_the_hour(scene: Scene) -> None:
    """The clocks of all parts pass the hour that summer time skips."""
    scene.expect(scene.stand.now() < LEAP, "the load began before the leap")
    scene.stand.wait_for(lambda: scene.stand.now() > LEAP + timedelta(seconds=6), "the leap is over")


@contextmanager
def beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do something in a thread meanwhile."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


def _ingest_waits(scene: Scene) -> bool:
    with scene.stand.owner() as owner:
        waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and usename = 'anxin_ingest'"
        return owner.execute(waiting).fetchone() is not None
