"""The ingest process: broker connection, writer, projector and retention, each in a thread that outlives its store.

A store that is away is waited for with growing pauses, a broker likewise (anxin.mqtt); meanwhile nothing is
acknowledged and the queue is bounded. Everything else that goes wrong is a bug and ends the process.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing

from anxin import event, topic
from anxin.clock import monotonic_s
from anxin.config import Settings
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.log import Log
from anxin.mqtt import Client, Received
from anxin.service import Service
from ingest.backoff import delay_s
from ingest.hours import Hours
from ingest.intake import Entry, Intake, Offer
from ingest.projector import Projector
from ingest.retention import Retention
from ingest.writer import Outcome, Writer

_log = Log("ingest")
_ROLE = "anxin_ingest"
_RETENTION_S = 60.0
_TOTALS_S = 60.0
_STEADY_S = 10.0


class IngestService:
    """The parts of one ingest process. `start` hangs them into a Service."""

    def __init__(self, settings: Settings, intake: Intake | None = None) -> None:
        self._settings, self._clock = settings, settings.clock.clock()
        self._intake = intake if intake is not None else Intake()  # an empty queue is false
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
        """Start all threads; the service stops them."""
        service.on_stop("broker", self._client.stop)
        service.on_stop("intake", self._intake.close)
        self._client.start()
        service.thread("writer", lambda stop: self._with_store("writer", self._write, stop))
        service.thread("projector", lambda stop: self._with_store("projector", self._project, stop))
        service.thread("retention", lambda stop: self._with_store("retention", self._keep, stop))

    def _received(self, received: Received) -> None:
        """In the broker's thread: queue a delivery. What a gateway sends beyond its share it has to send again."""
        if self._intake.offer(received) is Offer.REFUSED:
            self._totals["refused"] += 1
            self._client.ack(received)

    def _with_store(
        self, name: str, work: Callable[[Connection, threading.Event], None], stop: threading.Event
    ) -> None:
        """Do work on a connection, and again on a new one whenever the store goes away."""
        attempt = 0
        while not stop.is_set():
            began = monotonic_s()
            try:
                with closing(connect(self._settings.database, _ROLE, autocommit=True)) as connection:
                    work(connection, stop)
            except SERVICE_DOWN as error:
                attempt = 1 if monotonic_s() - began > _STEADY_S else attempt + 1
                wait_s = delay_s(attempt, random.random())  # noqa: S311  jitter, no secret
                _log.warning("store is away", part=name, error=str(error).strip(), again_in_s=round(wait_s, 2))
                if name == "writer":
                    self._store_up = False
                    self._tell_ready()
                stop.wait(wait_s)

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

    def _project(self, connection: Connection, stop: threading.Event) -> None:
        projector = Projector(connection, self._settings.ingest, self._clock.now())
        while not stop.is_set():
            if not projector.step(self._clock.now()):
                stop.wait(self._settings.ingest.project_s)
        projector.flush(self._clock.now())

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
