"""The simulator's process: connects as each foreign gateway, paces the stream by the clock, writes the truth."""

from __future__ import annotations

import json
import socket
import threading
from datetime import datetime
from pathlib import Path

from anxin.clock import Clock, monotonic_s
from anxin.config import Broker, ConfigError, Settings, Source
from anxin.facility import Facility
from anxin.log import Log
from anxin.mqtt import Client, Will
from simulators.devices.base import Raw, Speaker
from simulators.run import Run
from simulators.scenario import read
from simulators.stream import speakers
from simulators.timeline import row
from simulators.truth import seconds_of
from simulators.world import World

BEHIND_S = 3.0  # of the machine's clock: later than that and it says so
SAY_EVERY_S = 10.0
CONNECT_S = 30.0
TRUTH_S = 600.0
_log = Log("simulator")


class MqttLink:
    """A gateway's connection to its own broker, with its last will."""

    def __init__(self, speaker: Speaker, source: Source, settings: Settings, facility: Facility) -> None:
        broker = Broker(source.host, source.port, settings.broker.secrets, source.tls_ca)
        wills = speaker.will(0.0)
        will = Will(wills[0].topic, wills[0].payload, wills[0].retain) if wills else None
        user = settings.simulator.user if settings.broker.secrets else None
        self._client = Client(broker, f"sim-{facility.code}-{speaker.code}", user=user, will=will)

    def start(self) -> None:
        self._client.start()

    def wait_up(self, timeout_s: float) -> bool:
        return self._client.wait_up(timeout_s)

    def send(self, raw: Raw) -> bool:
        self._client.check()
        return self._client.publish(raw.topic, raw.payload, retain=raw.retain, qos=raw.qos)

    def stop(self) -> None:
        self._client.stop()


class FeedLink:
    """A raw-sample source: lines over TCP. It connects when it has something to say, and again after a while."""

    AGAIN_S = 2.0

    def __init__(self, source: Source) -> None:
        self._address = source.host, source.port
        self._socket: socket.socket | None = None
        self._again = 0.0

    def start(self) -> None:
        """Connects at the first line."""

    def wait_up(self, timeout_s: float) -> bool:
        """A feed is not waited for: its first seconds may be lost."""
        return timeout_s >= 0

    def send(self, raw: Raw) -> bool:
        try:
            if self._socket is None:
                if monotonic_s() < self._again:
                    return False
                self._socket = socket.create_connection(self._address, timeout=2.0)
            self._socket.sendall(raw.payload + b"\n")
        except OSError:
            self.stop()
            self._again = monotonic_s() + self.AGAIN_S
            return False
        return True

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


Link = MqttLink | FeedLink


class Simulation:
    """Everything a simulator process holds. `step(now)` publishes what is due."""

    def __init__(self, settings: Settings, facility: Facility, clock: Clock) -> None:
        self._settings, self._facility, self._clock = settings, facility, clock
        self._scenario = read(settings.simulator.scenario, facility)
        self._links: dict[str, Link] = {}
        self._run: Run | None = None
        self._told = 0.0
        self._said = 0.0
        self.sent = self.lost = 0
        self.behind_s = 0.0
        sources = {edge.gateway: edge.sources[0] for edge in settings.edge if edge.sources}
        for speaker in speakers(World(facility, settings.simulator.seed)):
            if (source := sources.get(speaker.code)) is None:
                raise ConfigError(f"no [[edge]] with a source for gateway {speaker.code}: the simulator has no broker")
            is_feed = source.kind == "feed"
            self._links[speaker.code] = FeedLink(source) if is_feed else MqttLink(speaker, source, settings, facility)

    def connect(self, stop: threading.Event) -> bool:
        """Connect every gateway; False when told to stop before all were up."""
        for link in self._links.values():
            link.start()
        for code, link in self._links.items():
            while not link.wait_up(1.0):
                if stop.is_set():
                    return False
                _log.debug("waiting for the gateways' broker", gateway=code)
        return True

    def begin(self, now: datetime) -> int:
        """Tell the past and the gateways' births; return the number of messages."""
        settings = self._settings.simulator
        t = seconds_of(now)
        start = t if settings.start is None else seconds_of(settings.start)
        self._run = Run(settings, self._facility, self._scenario, start, t)
        self._told = self._run.begin
        count = self._publish(self._run.warm_up(t))
        _log.info("simulation begun", residents=len(self._run.world.people), gateways=len(self._links), told=count)
        return count

    def step(self, now: datetime) -> float:
        """Publish what is due; return for how many seconds of the machine's clock nothing will be."""
        assert self._run is not None
        t = seconds_of(now)
        due = self._run.due(t)
        self._publish(due)
        self._tell(t)
        speed = self._clock.speed or 1.0
        if due:
            self.behind_s = (seconds_of(self._clock.now()) - due[-1].time) / speed
            if self.behind_s > BEHIND_S:
                self._say("cannot keep up with the clock", behind_s=round(self.behind_s, 1), speed=speed)
        return max(0.0, min(0.2, (self._run.next_at() - seconds_of(self._clock.now())) / speed))

    def stop(self) -> None:
        for link in self._links.values():
            link.stop()
        _log.info("simulation ended", sent=self.sent, lost=self.lost)

    def loop(self, stop: threading.Event) -> None:
        """The process's thread."""
        if not self.connect(stop):
            return
        self.begin(self._clock.now())
        while not stop.wait(self.step(self._clock.now())):
            pass

    def _publish(self, messages: list[Raw]) -> int:
        lost = sum(not self._links[raw.gateway].send(raw) for raw in messages)
        self.lost += lost
        self.sent += len(messages) - lost
        if lost:
            self._say("messages lost: a broker or feed does not take them", lost=lost, all_lost=self.lost)
        return len(messages) - lost

    def _tell(self, t: float) -> None:
        """Append to the truth file what begins until some minutes after t."""
        path = self._settings.simulator.truth_file
        while path is not None and self._run is not None and self._told <= t:
            with Path(path).open("a", encoding="utf-8") as file:
                for item in self._run.truth(self._told, self._told + TRUTH_S):
                    file.write(json.dumps(row(item)) + "\n")
            self._told += TRUTH_S

    def _say(self, message: str, **values: object) -> None:
        if monotonic_s() - self._said > SAY_EVERY_S:
            self._said = monotonic_s()
            _log.warning(message, **values)
