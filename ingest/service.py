"""The ingest process: broker connection, writer and retention, each in a thread that outlives its store, and the
projections in a process of their own.

A store that is away is waited for with growing pauses, a broker likewise (anxin.mqtt); meanwhile nothing is
acknowledged and the queue is bounded. Everything else that goes wrong is a bug and ends the process.
"""

from __future__ import annotations

import threading
from collections import Counter

from anxin import event, topic
from anxin.clock import monotonic_s
from anxin.config import Settings
from anxin.db.connect import Connection
from anxin.embedded.child import Child
from anxin.log import Log
from anxin.mqtt import Client, Received
from anxin.service import Service
from ingest.hours import Hours
from ingest.intake import Entry, Intake, Offer
from ingest.projecting import STOP_S
from ingest.retention import Retention
from ingest.store_loop import with_store
from ingest.writer import Outcome, Writer

_log = Log("ingest")
_RETENTION_S = 60.0
_TOTALS_S = 60.0
_LOOK_S = 0.5


class ProjectorEndedError(RuntimeError):
    """The projections' process ended by itself; its log says why."""


class IngestService:
    """The parts of one ingest process. `start` hangs them into a Service. projector: the projections' process, to be
    started with the rest; without it nothing is projected."""

    def __init__(self, settings: Settings, intake: Intake | None = None, projector: Child | None = None) -> None:
        self._settings, self._clock = settings, settings.clock.clock()
        self._intake = intake if intake is not None else Intake()  # an empty queue is false
        self._projector = projector
        self._batch: list[Entry] = []
        self._store_up = False
        self._was_ready: bool | None = None
        self._totals: Counter[str] = Counter()
        self._totals_at = monotonic_s()
        filters = [topic.ingest_filters(facility) for facility in settings.ingest.facilities or ("+",)]
        self._client = Client(
            settings.broker,
            f"anxin-ingest-{settings.ingest.partition}",
            user="ingest",
            durable=True,
            subscriptions=tuple(one for some in filters for one in some),
            on_message=self._received,
        )

    @property
    def ready(self) -> bool:
        """Whether messages find their way: broker connected and store answering."""
        return self._store_up and self._client.up

    def start(self, service: Service) -> None:
        """Start everything; the service stops it. In the main thread: a child ends with the thread that started it."""
        database = self._settings.database
        if self._projector is not None:
            child = self._projector
            child.start()
            service.on_stop("projector", lambda: child.stop(STOP_S))
            service.thread("projector", lambda stop: _mind(child, stop))
        service.on_stop("broker", self._client.stop)
        service.on_stop("intake", self._intake.close)
        self._client.start()
        service.thread("writer", lambda stop: with_store(database, "writer", self._write, stop, self._store_is_away))
        service.thread("retention", lambda stop: with_store(database, "retention", self._keep, stop))

    def _received(self, received: Received) -> None:
        """In the broker's thread: queue a delivery. What a gateway sends beyond its share it has to send again."""
        if self._intake.offer(received) is Offer.REFUSED:
            self._totals["refused"] += 1
            self._client.ack(received)

    def _store_is_away(self) -> None:
        self._store_up = False
        self._tell_ready()

    def _write(self, connection: Connection, stop: threading.Event) -> None:
        settings = self._settings.ingest
        writer = Writer(connection, settings.partition, self._clock.now())
        self._store_up = True
        while not stop.is_set():
            self._client.check()
            self._tell_ready()
            if not self._batch:
                self._batch = self._intake.take(settings.batch, settings.linger_ms / 1_000)
            if self._batch:
                outcome = writer.write(self._batch, self._clock.now())
                self._answer(outcome)
                self._batch = []

    def _answer(self, outcome: Outcome) -> None:
        """After the commit: acknowledge to the broker, tell gateways how far their lanes are committed. Neither is
        needed for correctness: what gets lost here is sent again and answered again. So watermarks go at QoS 0, which
        spares us and the broker the bookkeeping of as many messages as come in."""
        told = [(topic.committed(key), event.encode(committed)) for key, committed in outcome.committed.items()]
        self._client.answer(self._intake.done(self._batch), told)
        self._totals.update(outcome.counts())
        if monotonic_s() - self._totals_at >= _TOTALS_S:
            self._totals_at = monotonic_s()
            _log.info("messages so far", waiting=len(self._intake), **self._totals)

    def _keep(self, connection: Connection, stop: threading.Event) -> None:
        retention, hours = Retention(connection, self._settings.ingest), Hours(connection)
        while not stop.is_set():
            retention.step(self._clock.now())
            hours.step(self._clock.now())
            stop.wait(_RETENTION_S)

    def _tell_ready(self) -> None:
        if self.ready is not self._was_ready:
            self._was_ready = self.ready
            _log.info(
                "ingest ready" if self.ready else "ingest not ready", store=self._store_up, broker=self._client.up
            )


def _mind(child: Child, stop: threading.Event) -> None:
    """Raise when a child ends though nobody asked it to."""
    while not stop.wait(_LOOK_S):
        if not child.running():
            raise ProjectorEndedError(f"the projections' process ended with {child.exit_code()}")
