"""A running `anxin demo`, driven from outside as its user does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.waiting import PATIENCE_S

PID_FILES = {"broker": "broker/nats", "postgres": "store/postgres"}


class Demo:
    """A running `anxin demo` on a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._log = folder.parent / "demo.log"
        command = [sys.executable, "-m", "anxin.cli", "demo", "--data-dir", str(folder), *options]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def said(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str, seconds: float = 200.0) -> None:
        until = time.monotonic() + seconds
        while text not in self.said():
            assert self.process.poll() is None, f"the demo ended: {self.said()}"
            assert time.monotonic() < until, f"no {text!r} in {self.said()}"
            time.sleep(0.1)

    def login(self, role: str) -> tuple[str, str, str]:
        found = re.search(rf"^\s+{role}\s+(\S+)\s+login (\S+)\s+password (\S+)", self.said(), re.MULTILINE)
        assert found is not None
        return found.group(1), found.group(2), found.group(3)

    def children(self) -> set[int]:
        """Every process below the demo."""
        shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in shown.splitlines()]
        found = {self.process.pid}
        while more := {pid for pid, parent in pairs if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)

    def pid_of(self, part: str) -> int | None:
        """None while it is being started again."""
        try:
            return int((self.folder / f"{PID_FILES.get(part, part)}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def kill(self, part: str) -> int:
        """kill -9 one part; return what its pid was."""
        pid = self.pid_of(part)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return pid
