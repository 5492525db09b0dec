"""Peers doing the same work on the same broker and database: samples from MQTT into a hypertable.

`naive` (paho, a commit for each message), Node-RED acknowledging what is committed (`safe`: loss-free) and with joined
messages (`joined`: its fastest). Each gets one sample a message and fifty; for loss, each is killed in
mid-stream and started again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anxin.clock import monotonic_s
from tests.benchmarks.flood import UNACKNOWLEDGED, Flood
from tests.benchmarks.stack import ROOT, NotInstalled, Stack, wait_for

NODE_RED = ROOT / "build" / "node_red"
_SOURCE = Path(__file__).parent / "node_red"
_TABLE = """drop table if exists peer_sample;
create table peer_sample (time timestamptz not null, device text not null, seq bigint not null, heart_rate real,
    respiratory_rate real, movement real, bed boolean);
select public.create_hypertable('peer_sample', 'time')"""
_OTHERS = """select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""
QUIET_S = 6.0  # nothing new for so long: everything has arrived that will
WARM_S = 2.0
AHEAD = 4_000  # messages that may wait for the peer
KILLS = 2


def naive(seconds: float) -> dict[str, Any]:
    return _measure("naive", seconds)


def node_red(mode: str, seconds: float) -> dict[str, Any]:
    install()
    return _measure(mode, seconds)


def install() -> None:
    """Have npm install Node-RED below build/, once. Raises NotInstalled."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled("Node.js and npm (Debian packages nodejs, npm), for Node-RED")
    NODE_RED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "flow.js"):
        shutil.copy(_SOURCE / name, NODE_RED / name)
    if (NODE_RED / "node_modules" / "node-red").exists() and (NODE_RED / "node_modules" / "pg").exists():
        return
    made = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=NODE_RED, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise NotInstalled(f"Node-RED (npm install failed: {made.stderr.strip()[-200:]})")


def _measure(peer: str, seconds: float) -> dict[str, Any]:
    with Stack("durable", 1_000, ()) as stack:
        one, fifty = (_speed(stack, peer, seconds, rows) for rows in (1, 50))
        return {"samples_per_s_one_a_message": one, "samples_per_s_fifty_a_message": fifty, **_loss(stack, peer)}


def _speed(stack: Stack, peer: str, seconds: float, rows: int) -> int:
    """Return the samples a second that become rows while there always are messages waiting."""
    stack.owner.execute(_TABLE)
    with _running(stack, peer, f"speed-{rows}"), _flooding(stack) as flood:
        sent = _feed(stack, flood, 0, rows, WARM_S)
        before, begun = _count(stack), monotonic_s()
        _feed(stack, flood, sent, rows, seconds)
        return round((_count(stack) - before) / (monotonic_s() - begun))


def _feed(stack: Stack, flood: Flood, sent: int, rows: int, seconds: float) -> int:
    """Send for so long, never far ahead of the rows: a broker with a full memory would measure itself."""
    until, room = monotonic_s() + seconds, AHEAD
    while monotonic_s() < until:
        if sent < room:
            flood.publish(_messages(sent, rows))
            sent += _ROUND
            flood.wait(lambda: flood.sent - flood.acknowledged < UNACKNOWLEDGED, 10)
        else:
            room = _count(stack) // rows + AHEAD
            time.sleep(0.01)
    return sent


def _loss(stack: Stack, peer: str) -> dict[str, int]:
    """kill -9 in mid-stream, twice, start again, and count."""
    stack.owner.execute(_TABLE)
    sent = 0
    with _flooding(stack) as flood:
        for _ in range(KILLS):
            with _running(stack, peer, "loss"):
                sent = _feed(stack, flood, sent, 1, WARM_S)
        with _running(stack, peer, "loss"):
            _settled(stack, sent)
    row = stack.owner.execute("select count(*), count(distinct seq) from peer_sample").fetchone()
    assert row is not None
    return {"kills": KILLS, "sent": sent, "lost": sent - row[1], "twice": row[0] - row[1]}


_ROUND = 50


def _messages(first: int, rows: int) -> list[tuple[str, bytes]]:
    made, now = [], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for number in range(first, first + _ROUND):
        table = [
            [now, f"pad-{row % 50}", number * rows + row, 60.5 + row % 20, 14.0, row % 10 + 0.1, True]
            for row in range(rows)
        ]
        made.append((f"peer/gw-{number % 400}", json.dumps(table).encode()))
    return made


def _count(stack: Stack) -> int:
    row = stack.owner.execute("select count(*) from peer_sample").fetchone()
    assert row is not None
    return int(row[0])


def _settled(stack: Stack, wanted: int) -> None:
    """Wait until all is there or nothing comes any more."""
    count, at = -1, monotonic_s()
    while count < wanted and monotonic_s() - at < QUIET_S:
        if (now := _count(stack)) != count:
            count, at = now, monotonic_s()
        time.sleep(0.05)


@contextmanager
def _flooding(stack: Stack) -> Iterator[Flood]:
    flood = Flood(stack.broker, "bench-peer-flood")
    yield flood
    flood.close()


@contextmanager
def _running(stack: Stack, peer: str, session: str) -> Iterator[None]:
    """The peer as a process, with a session of its own at the broker; at the end it is killed."""
    database, broker = stack.database.settings, stack.broker
    if peer == "naive":
        conninfo = f"host={database.host} port={database.port} dbname={database.name} user={database.owner}"
        argv = [sys.executable, "-m", "tests.benchmarks.naive", broker.host, str(broker.port), conninfo, session]
    else:
        argv = ["node", str(NODE_RED / "flow.js"), broker.host, str(broker.port), str(database.port), database.name]
        argv += [peer, str(stack.folder / f"node-red-{session}"), session]
    log = stack.folder / f"{peer}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(argv, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: "ready" in log.read_text(), f"{peer} is ready, see {log}", 60)
        yield
    finally:
        process.kill()
        process.wait()
        # The server goes on with what it was asked for last, and a table it writes to cannot be made anew.
        wait_for(lambda: stack.owner.execute(_OTHERS).fetchone() == (0,), f"{peer}'s last statements end", 60)
