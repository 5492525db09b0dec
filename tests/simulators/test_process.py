"""The simulator on real brokers: it speaks as every gateway, feeds raw samples, says when it is late."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue

import msgspec
import pytest

from anxin.clock import ManualClock
from anxin.config import Broker, ConfigError, Settings, Simulator
from anxin.embedded.nats import Nats
from anxin.facility import Facility
from anxin.mqtt import Client, Received
from simulators import home as homes
from simulators.__main__ import main
from simulators.process import Simulation
from simulators.wiring import edge_settings
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S

NIGHT = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def feed() -> Iterator[tuple[int, Queue[bytes]]]:
    """A raw-sample source as an edge agent has it: one connection, lines."""
    server = socket.create_server(("127.0.0.1", 0))
    lines: Queue[bytes] = Queue()

    def listen() -> None:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as stream:
            for line in stream:
                lines.put(line)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield server.getsockname()[1], lines
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def settings_of(facility: Facility, broker: Broker, port: int, truth: Path | None = None) -> Settings:
    simulator = Simulator(truth_file=str(truth) if truth else None, warm_up_minutes=2)
    edges = edge_settings(facility, broker, "spools", port)
    return msgspec.structs.replace(Settings(), broker=broker, edge=edges, simulator=simulator)


@pytest.mark.broker
def test_every_gateway_speaks_on_its_broker(
    broker: Nats | Mosquitto, feed: tuple[int, Queue[bytes]], tmp_path: Path
) -> None:
    facility = homes.make_home(1, 6)
    port, lines = feed
    settings = settings_of(facility, broker.broker, port, tmp_path / "truth.jsonl")
    topics = tuple(topic for edge in settings.edge for topic in edge.sources[0].topics)
    heard: Queue[Received] = Queue()
    user = "test" if broker.broker.secrets else None
    listener = Client(broker.broker, "listener", user=user, subscriptions=topics, on_message=heard.put)
    listener.start()
    assert listener.wait_up(PATIENCE_S)
    clock = ManualClock(NIGHT)
    simulation = Simulation(settings, facility, clock)
    try:
        assert simulation.connect(threading.Event())
        simulation.begin(clock.now())
        for _ in range(60):
            simulation.step(clock.forward(timedelta(seconds=1)))
        assert simulation.lost == 0
        line = json.loads(lines.get(timeout=PATIENCE_S))
        received = _drain(heard, simulation.sent - 60 * 2)
    finally:
        simulation.stop()
        listener.stop()
    assert line["device"] in ("acc-r-001", "acc-r-004")
    assert len(received) == simulation.sent - 60 * 2
    first = Counter(message.topic.split("/")[0] for message in received)
    assert set(first) == {topic.removesuffix("/#") for topic in topics}
    assert any(b'"emergency"' in message.payload for message in received)
    told = [json.loads(row) for row in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert {"sos", "fall", "in_bed", "room"} <= {row["kind"] for row in told}


def _drain(heard: Queue[Received], count: int) -> list[Received]:
    received: list[Received] = []
    try:
        while len(received) < count:
            received.append(heard.get(timeout=PATIENCE_S))
    except Empty:
        pass
    return received


@pytest.mark.broker
def test_it_says_when_it_cannot_keep_up(
    broker: Nats | Mosquitto, caplog: pytest.LogCaptureFixture, feed: tuple[int, Queue[bytes]]
) -> None:
    class Racing(ManualClock):
        """A clock that runs away: ten seconds for each look at it."""

        speed = 1.0

        def now(self) -> datetime:
            return self.forward(timedelta(seconds=10))

    facility = homes.make_home(1, 1)
    clock = Racing(NIGHT)
    simulation = Simulation(settings_of(facility, broker.broker, feed[0]), facility, clock)
    try:
        assert simulation.connect(threading.Event())
        simulation.begin(clock.now())
        simulation.step(clock.now())
    finally:
        simulation.stop()
    assert simulation.behind_s > 3
    assert "cannot keep up with the clock" in caplog.text


def test_a_gateway_without_an_agent_is_a_configuration_error() -> None:
    facility = homes.make_home(1, 1)
    with pytest.raises(ConfigError, match="no \\[\\[edge\\]\\] with a source for gateway w1-zigbee"):
        Simulation(Settings(), facility, ManualClock(NIGHT))


def test_the_command_line_writes_homes_and_truths(capsys: pytest.CaptureFixture[str]) -> None:
    from anxin.facility import parse

    assert main(["home", "--residents", "4"]) == 0
    assert len(parse(capsys.readouterr().out, "made").residents) == 4
    start = ["--start", "2026-03-02T02:00+08:00", "--hours", "0.1"]
    assert main(["truth", "--residents", "6", "--scenario", "demo", *start]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["resident"] for row in rows if row["kind"] == "fallen"] == ["r-002"]
    with pytest.raises(ConfigError, match="the zone is missing"):
        main(["truth", "--start", "2026-03-02T02:00"])
