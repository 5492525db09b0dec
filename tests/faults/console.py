"""An open page of the console: follows the live stream as a browser does, and notes which entries it was told."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.faults import home
from tests.support.waiting import PATIENCE_S

PASSWORD = "fault-run-1234"


class Console:
    """entries: how often each entry of the alert history was shown. resets: how often it had to begin anew."""

    def __init__(self, port: int, settings: Path) -> None:
        self._port = port
        self.entries: Counter[int] = Counter()
        self.resets = 0
        self._last = 0
        self._stop = threading.Event()
        command = [sys.executable, "-m", "anxin.cli", "api", "password", home.NURSE, "--config", str(settings)]
        subprocess.run(command, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        self._token = self._sign_in()
        self._thread = threading.Thread(target=self._follow, name="console", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(15)

    def _sign_in(self) -> str:
        body = json.dumps({"account": home.NURSE, "password": PASSWORD})
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                if answer.status == 200:
                    return str(json.load(answer)["token"])
            except OSError:
                pass
            finally:
                connection.close()
            self._stop.wait(0.2)
        raise AssertionError("nobody can sign in")

    def _follow(self) -> None:
        while not self._stop.is_set():
            # A browser's own patience: the stream beats every two seconds.
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=8)
            try:
                headers = {"Authorization": f"Bearer {self._token}", "Last-Event-ID": str(self._last)}
                connection.request("GET", "/api/v1/live", headers=headers)
                answer = connection.getresponse()
                if answer.status == 200:
                    self._read(answer)
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            self._stop.wait(0.5)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        fields: dict[str, str] = {}
        while not self._stop.is_set() and (raw := answer.readline()):
            name, _, value = raw.decode().rstrip("\r\n").partition(":")
            if name:
                fields[name] = value.strip()
                continue
            if fields.get("event") == "alert":
                self._last = int(fields["id"])
                self.entries[self._last] += 1
            self.resets += fields.get("event") == "reset"
            fields = {}
