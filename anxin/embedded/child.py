"""One supervised child process: starts it so that it cannot outlive us, stops it within a bound, clears what is left
of an earlier run.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildError(RuntimeError):
    """A child cannot be started; the text says which, why, and where its log is."""


class Child:
    """A process of ours. pid_file remembers it, so that the next start can end an orphan (systems without a
    parent-death signal). stop_signal also is the death signal where the system has one.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path | None = None,
        pid_file: Path | None = None,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self._argv, self._log, self._pid_file = list(argv), log, pid_file
        self._user, self._env, self._stop_signal = user, env, stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path | None:
        return self._log

    def start(self) -> None:
        """Start the process. Call it from the main thread: the death signal follows the thread that forked."""
        self.clear_orphan()
        parent, death = os.getpid(), int(self._stop_signal)

        def before_exec() -> None:
            if _libc is not None:
                _libc.prctl(_PR_SET_PDEATHSIG, death)
                if os.getppid() != parent:
                    os._exit(1)

        with contextlib.ExitStack() as stack:
            out = stack.enter_context(self._log.open("ab")) if self._log else None
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                env=dict(self._env) if self._env is not None else None,
                user=self._user,
                group=_group_of(self._user),
                extra_groups=[] if self._user else None,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509  only a system call; started before any thread
                cwd="/" if self._user else None,
            )
        if self._pid_file:
            self._pid_file.write_text(str(self._process.pid))

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def ask_to_stop(self) -> None:
        self.send(self._stop_signal)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process runs."""
        if self.running():
            assert self._process is not None
            self._process.send_signal(number)

    def stop(self, deadline_s: float = 5.0) -> None:
        """End the process: its stop signal, then SIGKILL for its whole session when the deadline has passed."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._pid_file:
            self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """kill -9, with everything the child started itself."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)  # at once, but a machine under load may be slow to say so

    def clear_orphan(self, deadline_s: float = 10.0) -> None:
        """End the process that an earlier, killed parent left behind, if it still is the one we started."""
        if self._pid_file is None or not self._pid_file.exists():
            return
        text = self._pid_file.read_text().strip()
        pid = int(text) if text.isdigit() else 0
        until = time.monotonic() + deadline_s
        while pid > 1 and _is(pid, self._argv[0]):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, self._stop_signal if time.monotonic() < until - deadline_s / 2 else signal.SIGKILL)
            if time.monotonic() > until:
                raise ChildError(f"{self.name}: process {pid} of an earlier run does not end; end it by hand")
            time.sleep(0.1)
        self._pid_file.unlink(missing_ok=True)


def _is(pid: int, program: str) -> bool:
    """Whether the process runs and its command starts with the same program (a pid may have been used again)."""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return Path(program).name in shown.stdout.partition(" ")[0] and "<defunct>" not in shown.stdout


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid
