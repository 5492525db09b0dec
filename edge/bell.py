"""Runs the local alarm's command: an argument list, never a shell, with the event as JSON on its standard input."""

from __future__ import annotations

import contextlib
import subprocess

import msgspec

from anxin.event import Event
from anxin.log import Log

AT_ONCE = 4  # commands that may run side by side; a hanging siren must not fill the process table
_log = Log("edge.bell")


class Bell:
    """command: program and arguments; empty: nothing rings on site."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def configured(self) -> bool:
        return bool(self._command)

    def ring(self, event: Event) -> bool:
        """Start the command for an event; False if that is not possible now."""
        self.reap()
        if len(self._running) >= AT_ONCE:
            _log.error("local alarm not started, earlier ones still run", command=self._command[0], running=AT_ONCE)
            return False
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            _log.error("local alarm cannot be started", command=self._command[0], reason=error.strerror)
            return False
        self._running.append(process)
        assert process.stdin is not None
        # An event is smaller than a pipe's buffer, so a command that does not read cannot hold us up.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(event)[:65_536])
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        _log.warning("local alarm rings", command=self._command[0], device=getattr(event, "device", ""))
        return True

    def reap(self) -> None:
        """Take note of commands that have ended."""
        for process in [process for process in self._running if process.poll() is not None]:
            self._running.remove(process)
            if process.returncode != 0:
                _log.error("local alarm failed", command=self._command[0], code=process.returncode)

    def close(self) -> None:
        """Leave what still rings alone, but no zombies of what has ended."""
        self.reap()
