"""The process: one thread that watches the log, beside the workers of the alerts. When the store is away it waits."""

from __future__ import annotations

import random
import threading
from contextlib import closing

from analytics import coverage_store
from analytics.notify import workers
from analytics.watch import Watch
from analytics.what_if_store import watch_questions
from anxin.clock import Clock, monotonic_s
from anxin.config import Settings
from anxin.db.connect import SERVICE_DOWN, connect
from anxin.db.sql import load
from anxin.log import Log
from anxin.service import Service

RELOAD_S = 300.0  # where nobody says that the facility model changed; all who change it do
_ROLE = "anxin_analytics"
_LONGEST_PAUSE_S = 5.0
_queries = load("analytics")
_log = Log("analytics")


def run(settings: Settings) -> int:
    """Watch until a signal says stop; return the exit code."""
    clock = settings.clock.clock()
    service = Service("analytics")
    service.thread("watch", lambda stop: watch(settings, clock, stop))
    service.thread("coverage", lambda stop: coverage_store.keep(settings, stop))
    service.thread("what-if", lambda stop: watch_questions(settings, clock, stop))
    workers.start(service, settings, clock)
    return service.run()


def watch(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Watch until `stop` is set, whatever happens to the store."""
    failures = 0
    while not stop.is_set():
        try:
            with closing(connect(settings.database, _ROLE, autocommit=True)) as connection:
                connection.execute(_queries.listen)
                judge = Watch(connection, settings.analytics.partition, clock.now(), clock.speed)
                _log.info("watching", partition=settings.analytics.partition, arrival=judge.position.arrival)
                loaded = monotonic_s()
                while not stop.is_set():
                    # `now` is read before the log, so that nothing received until then can be missing.
                    if judge.step(clock.now()) > 0:
                        failures = 0
                        continue
                    failures = 0
                    news = {
                        note.channel for note in connection.notifies(timeout=settings.analytics.tick_s, stop_after=1)
                    }
                    if "anxin_directory" in news or monotonic_s() - loaded > RELOAD_S:
                        judge.reload(clock.now())
                        loaded = monotonic_s()
        except SERVICE_DOWN as error:
            failures += 1
            pause = min(_LONGEST_PAUSE_S, 0.1 * 2**failures) * random.uniform(0.5, 1.0)  # noqa: S311  only spreads load
            _log.warning("store is away", error=type(error).__name__, pause_s=round(pause, 2))
            stop.wait(pause)
