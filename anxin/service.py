"""The life of a process: signals, named threads, a stop event, teardown in reverse order within a deadline, exit codes.

A thread that ends with an exception stops the process (a bug is not hidden); a service that is away does not.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from anxin.log import Log

EXIT_OK, EXIT_BUG, EXIT_USAGE = 0, 1, 2
_log = Log("service")


class Service:
    """One process of a component.

        service = Service("ingest")
        service.on_stop("broker", client.stop)
        service.thread("writer", writer.run)
        return service.run()

    Thread targets take the stop event and return soon after it is set.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stop = threading.Event()
        self._parent = os.getppid()
        self._failed = False
        self._threads: list[threading.Thread] = []
        self._steps: list[tuple[str, Callable[[], None]]] = []

    def on_stop(self, name: str, step: Callable[[], None]) -> None:
        """Have `step` run at the end; the last one given runs first."""
        self._steps.append((name, step))

    def thread(self, name: str, target: Callable[[threading.Event], None]) -> None:
        """Start a named thread now."""
        thread = threading.Thread(target=self._guard, args=(name, target), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def run(self, deadline_s: float = 8.0) -> int:
        """Wait until a signal, a dead thread or a dead parent says stop; tear down; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        while not self.stop.wait(1.0):
            if os.getppid() != self._parent:
                _log.warning("parent is gone, stopping", service=self.name)
                self.stop.set()
        killer = threading.Timer(deadline_s, self._abort)
        killer.daemon = True
        killer.start()
        self._tear_down()
        killer.cancel()
        return EXIT_BUG if self._failed else EXIT_OK

    def _guard(self, name: str, target: Callable[[threading.Event], None]) -> None:
        try:
            target(self.stop)
        except Exception:  # noqa: BLE001  logged with its traceback, ends the process
            _log.exception("thread died", service=self.name, thread=name)
            self._failed = True
        finally:
            self.stop.set()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.stop.set()

    def _tear_down(self) -> None:
        for name, step in reversed(self._steps):
            try:
                step()
            except Exception:  # noqa: BLE001  logged with its traceback, ends the process
                _log.exception("stopping failed", service=self.name, step=name)
                self._failed = True
        for thread in self._threads:
            thread.join()

    def _abort(self) -> None:
        _log.error("did not stop in time, aborting", service=self.name)
        os._exit(EXIT_BUG)
