"""Acts in which messages are the fault: repeated, shuffled, poisoned, too large, too many, too new, of nobody known.

What must arrive is sent until it has, as a gateway would: a broker forgets, and ingest may be on its way back.
"""

from __future__ import annotations

import json
import queue
import random
import threading
from contextlib import closing

from anxin import event, topic
from anxin.event import Call
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from tests.faults import home
from tests.faults.acts import Scene, beside
from tests.faults.stand import STRANGER, Stand
from tests.support.waiting import PATIENCE_S


class Stranger:
    """A client of our broker that may do everything. heard: what gateways send, if it listens."""

    def __init__(self, stand: Stand, *, listens: bool = False) -> None:
        self.heard: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self.client = Client(
            stand.broker(), f"stranger-{id(self)}", user=STRANGER,
            subscriptions=topic.ingest_filters() if listens else (), on_message=self._hear,
        )  # fmt: skip
        self.client.start()
        assert self.client.wait_up(PATIENCE_S)

    def close(self) -> None:
        self.client.stop()

    def _hear(self, received: Received) -> None:
        self.client.ack(received)
        self.heard.put(received)


def repeats_and_shuffles(scene: Scene) -> None:
    """Every message of every gateway comes again, twice, late and in any order; some of them retained."""
    with closing(Stranger(scene.stand, listens=True)) as stranger:
        with beside(lambda stop: _repeat(stranger, scene.dice, stop)):
            scene.pass_time(8)
        scene.expect(scene.stand.up("ingest"), "ingest runs")


def _repeat(stranger: Stranger, dice: random.Random, stop: threading.Event) -> None:
    known: set[tuple[str, bytes]] = set()
    waiting: list[Received] = []
    while not stop.is_set():
        stop.wait(0.3)
        while not stranger.heard.empty():
            received = stranger.heard.get()
            if (received.topic, received.payload) not in known and not received.retain:
                known.add((received.topic, received.payload))
                waiting += [received, received]
        dice.shuffle(waiting)
        for received in waiting[: len(waiting) // 2 + 1]:
            stranger.client.publish(received.topic, received.payload, retain=dice.random() < 0.1)
        del waiting[: len(waiting) // 2 + 1]


def poison(scene: Scene) -> None:
    """Bytes that are no message, under numbers of the gateway AWAY, and raw deliveries that no mapping understands."""
    bad = (b"", b"\x00\xff", b"{", b"[]", b'{"data": [{"type": "call"}]}', "\ud800".encode("utf-8", "surrogatepass"))
    gateway = next(iter(scene.stand.ports))
    with closing(Stranger(scene.stand)) as stranger:

        def said() -> bool:
            stored = _watermark(scene, "poison")
            for seq in range(min(stored, 59) + 1, 61):
                payload = bad[seq % len(bad)] + b"%d" % seq
                stranger.client.publish(_away(seq, "poison"), payload)
                stranger.client.publish(f"anxin/v1/home/{home.AWAY}/data/poison/x{seq}", payload)
                if seq % 10 == 0:
                    scene.load.push(gateway, payload)
                    scene.pass_time(0.3)
            scene.stand.run(0.5)
            return _quarantined(scene, ("not_json", "not_contract")) >= 50 and _quarantined(scene, ("bad_topic",)) > 0

        scene.stand.wait_for(said, "poison and wrong topics are in quarantine")


def ten_megabytes(scene: Scene) -> None:
    """At the edge's door, and straight at our broker."""
    gateway = next(iter(scene.stand.ports))
    body = json.dumps({"device": "pad-1", "signals": {"raw_text": "x" * (10 << 20)}}).encode()
    status = scene.load.push(gateway, body)
    # The refusal comes before the body is read, so that the sender may also see its connection end.
    scene.expect(status in (413, None), f"10 MB are refused at the edge (status {status})")
    with closing(Stranger(scene.stand)) as stranger:
        stranger.client.publish(_away(1, "large"), b"x" * (10 << 20))
        scene.pass_time(3)
    scene.expect(scene.stand.up("ingest") and scene.stand.up("broker"), "ingest and broker run")


def flood(scene: Scene) -> None:
    """One gateway sends thousands a second; the others' calls must not wait for it."""
    payload = b"flood " + b"x" * 2_000

    def pour(stop: threading.Event) -> None:
        with closing(Stranger(scene.stand)) as stranger:
            seq = 0
            while not stop.is_set():
                seq += 1
                if not stranger.client.publish(_away(seq, "flood"), payload + b"%d" % seq):
                    stop.wait(0.01)

    with beside(pour):
        scene.pass_time(8)


def newer_schema(scene: Scene) -> None:
    """A gateway that was updated before the server: ingest cannot read it, and nothing of it may be forgotten."""
    with closing(Stranger(scene.stand)) as stranger:

        def said() -> bool:
            """Send all of it again: ingest may still refuse a gateway that has just flooded it."""
            for seq in range(1, 11):
                raw = {"schemaversion": event.SCHEMA_VERSION + 1, "data": [{"type": "smell", "n": seq}]}
                stranger.client.publish(_away(seq, "newer"), json.dumps({"specversion": "9", **raw}).encode())
            scene.stand.run(0.5)
            return _quarantined(scene, ("schema_newer",)) > 0

        scene.stand.wait_for(said, "the newer schema is said")
    scene.expect(_watermark(scene, "newer") == 0, "what cannot be read yet does not count as committed")


def unknown_devices(scene: Scene) -> None:
    """A device that nobody registered, and a gateway that nobody registered."""
    gateway = next(iter(scene.stand.ports))
    for number in scene.times(5):
        body = json.dumps({"device": f"nobody-{number}", "signals": {"weight": 70.0}}).encode()
        scene.stand.wait_for(lambda body=body: scene.load.push(gateway, body) == 202, "an unknown device is taken")  # type: ignore[misc]
    with closing(Stranger(scene.stand)) as stranger:
        key = LaneKey(home.HOME, "gw-nobody", Lane.URGENT, "e1")
        call = event.encode(event.compose(key, 1, scene.stand.now(), [Call("button-1", scene.stand.now())]))

        def said() -> bool:
            stranger.client.publish(topic.message(key, 1), call)
            scene.stand.run(0.5)
            return all(_quarantined(scene, (reason,)) for reason in ("unknown_device", "unknown_gateway"))

        scene.stand.wait_for(said, "strangers are in quarantine")


def same_millisecond(scene: Scene) -> None:
    """Every device's clock stands still: all its samples carry the same millisecond."""
    at = scene.stand.now()
    before = scene.load.now
    scene.load.now = lambda: at
    try:
        scene.pass_time(4)
    finally:
        scene.load.now = before


def _away(seq: int, epoch: str) -> str:
    return topic.message(LaneKey(home.HOME, home.AWAY, Lane.DATA, epoch), seq)


def _quarantined(scene: Scene, reasons: tuple[str, ...]) -> int:
    with scene.stand.owner() as owner:
        row = owner.execute(
            "select coalesce(sum(count), 0) from anxin.quarantine where reason = any(%s)", (list(reasons),)
        ).fetchone()
    assert row is not None
    return int(row[0])


def _watermark(scene: Scene, epoch: str) -> int:
    with scene.stand.owner() as owner:
        row = owner.execute("select coalesce(max(seq), 0) from anxin.watermark where epoch = %s", (epoch,)).fetchone()
    assert row is not None
    return int(row[0])
