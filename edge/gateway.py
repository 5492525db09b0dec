"""The process shell of one gateway: opens the spool, starts sources and connection, and loops over the agent."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from anxin import topic
from anxin.clock import monotonic_s
from anxin.config import ConfigError, Edge, Settings, Source
from anxin.log import Log
from edge.agent import Agent
from edge.connection import Connection
from edge.sources.feed import FeedSource
from edge.sources.file import FileSource
from edge.sources.http import HttpSource
from edge.sources.mqtt import MqttSource
from edge.spool import SpoolError
from edge.spool_file import open_spool
from edge.translator import Raw, Translator

LONGEST_WAIT_S = 0.25
DRAIN_S = 1.0
MIB = 1 << 20
PUSHED = "http_push"  # the mapping of pushes that say nothing else
_Poller = FeedSource | FileSource | HttpSource
_log = Log("edge")


class Gateway:
    """One gateway of the settings. beside: see Connection. Raises ConfigError before anything is started."""

    def __init__(self, settings: Settings, edge: Edge, beside: str | None = None) -> None:
        self._edge, self._clock = edge, settings.clock.clock()
        self._speed = max(1.0, self._clock.speed)
        zone = _checked(edge)
        path = Path(settings.data_dir or ".") / edge.spool
        translators = {source.name: translator(source, zone, edge.mappings) for source in edge.sources}
        self._wake = threading.Event()
        self._failure: Exception | None = None
        try:
            limit = int(edge.spool_mb * MIB)
            self._spool = open_spool(path, edge.facility, edge.gateway, limit, self._clock.now())
        except SpoolError as error:
            raise ConfigError(f"gateway {edge.gateway}: {error}") from error
        self.agent = Agent(edge, self._spool, translators, self._wake, self._speed)
        self._connection = Connection(
            settings.broker, edge.facility, edge.gateway, self.agent.publisher, self._clock, beside, edge.user
        )
        self._listeners: list[MqttSource] = []
        self._pollers: list[tuple[str, _Poller]] = []
        for source in edge.sources:
            self._add(source, functools.partial(self.agent.offer, source.name))

    @property
    def push_port(self) -> int:
        """The port of the first http source; 0 where there is none."""
        return next((poller.port for _, poller in self._pollers if isinstance(poller, HttpSource)), 0)

    @property
    def feed_port(self) -> int:
        """The port of the first feed source; 0 where there is none."""
        return next((poller.port for _, poller in self._pollers if isinstance(poller, FeedSource)), 0)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`; then write what is at hand, say that we go, and close."""
        threads = [
            threading.Thread(target=self._poll, args=(poller, stop), name=f"source-{name}", daemon=True)
            for name, poller in self._pollers
        ]
        for listener in self._listeners:
            listener.start()
        for thread in threads:
            thread.start()
        self._connection.start()
        _log.info(
            "gateway up", facility=self._edge.facility, gateway=self._edge.gateway, sources=len(self._edge.sources)
        )
        try:
            while not stop.is_set():
                self._step()
        finally:
            for listener in self._listeners:
                listener.stop()
            for thread in threads:
                thread.join()
            self._drain()
            self._connection.stop()
            self.agent.close(self._clock.now(), self._tick())
            for _, poller in self._pollers:
                poller.close()

    def _drain(self) -> None:
        """Send what is at hand and wait a moment for the store's word: an ordinary stop leaves nothing behind."""
        until = monotonic_s() + DRAIN_S
        self.agent.flush(self._clock.now(), self._tick())
        while True:
            self.agent.step(self._connection, self._clock.now(), self._tick())
            if self.agent.drained or monotonic_s() > until:
                return
            self._wake.wait(0.02)
            self._wake.clear()

    def _step(self) -> None:
        tick = self._tick()
        self._wake.wait(min(LONGEST_WAIT_S, max(0.0, (self.agent.wake_at(tick) - tick) / self._speed)))
        self._wake.clear()
        self.agent.step(self._connection, self._clock.now(), self._tick())
        for listener in self._listeners:
            listener.check()
        self._connection.check()
        if self._failure is not None:
            raise self._failure

    def _poll(self, poller: _Poller, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                if not isinstance(poller, FileSource):
                    poller.poll(LONGEST_WAIT_S)
                elif poller.poll() == 0:
                    stop.wait(LONGEST_WAIT_S)
        except Exception as error:  # noqa: BLE001  raised again by the gateway's own thread, which ends the process
            self._failure = error

    def _tick(self) -> float:
        return monotonic_s() * self._speed

    def _add(self, source: Source, offer: Callable[[Raw], bool]) -> None:
        if source.kind == "mqtt":
            client_id = f"anxin-{self._edge.facility}-{self._edge.gateway}-{source.name}"
            self._listeners.append(MqttSource(source, client_id, offer))
        elif source.kind == "feed":
            self._pollers.append((source.name, FeedSource(source, offer)))
        elif source.kind == "http":
            self._pollers.append((source.name, HttpSource(source, self._edge.gateway, offer)))
        else:
            self._pollers.append((source.name, FileSource(source, offer)))


def translator(source: Source, zone: ZoneInfo, mappings: str | None) -> Translator:
    """Return what understands a source: samples for a feed, a mapping for messages. Imported only where needed."""
    if source.kind == "feed" or (source.kind == "file" and source.mapping is None):
        from edge.samples import Samples

        return Samples()
    from edge.mapped import build

    if source.kind == "http" and source.mapping is None:
        source = msgspec.structs.replace(source, mapping=PUSHED)
    return build(source, zone, mappings)


def _checked(edge: Edge) -> ZoneInfo:
    try:
        topic.level(edge.facility, "facility")
        topic.level(edge.gateway, "gateway")
        zone = ZoneInfo(edge.time_zone)
    except (topic.TopicError, ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"gateway {edge.gateway}: {error}") from error
    names = [source.name for source in edge.sources]
    for source in edge.sources:
        if source.kind not in ("mqtt", "feed", "http", "file"):
            raise ConfigError(f"source {source.name}: kind {source.kind!r} is none of mqtt, feed, http, file")
        if names.count(source.name) > 1:
            raise ConfigError(f"gateway {edge.gateway}: two sources are called {source.name!r}: rename one")
    return zone
