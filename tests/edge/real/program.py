"""A gateway's own program under test: started, told what happens, and heard on a real broker through our mapping."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anxin.config import Source
from edge.gateways.catalogue import packaged
from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory, RawMessage, Result
from edge.sources.mqtt import MqttSource
from edge.translator import Raw
from tests.support.servers import missing
from tests.support.waiting import PATIENCE_S


def node_modules(package: str) -> Path:
    """Return the folder that holds an npm package, or skip the test."""
    modules = Path(os.environ.get("ANXIN_TEST_NODE_MODULES", ""))
    if not (modules / package).is_dir() or shutil.which("node") is None:
        missing(package, "no node, or ANXIN_TEST_NODE_MODULES does not hold this npm package")
    return modules


class Program:
    """`memory` lives on when the program is started again. gateway: the mapping that is asked first.
    later: by how much messages count as heard later than they are."""

    def __init__(self, command: Sequence[str], folder: Path, modules: Path, port: int, gateway: str | None) -> None:
        self._command, self._folder, self._gateway = list(command), folder, gateway
        self._environment = {**os.environ, "ANXIN_TEST_NODE_MODULES": str(modules), "ZIGBEE2MQTT_DATA": str(folder)}
        self.later = timedelta()
        self.results, self._news = list[Result](), threading.Condition()
        self._memory, self._decoder = Memory(), Decoder(packaged())
        self._child: subprocess.Popen[str] | None = None
        self._source = MqttSource(Source("mqtt", "program", port=port), "test-program", self._heard)
        self._source.start()

    def _heard(self, raw: Raw) -> bool:
        message = RawMessage(raw.topic, raw.payload, raw.retain, datetime.now(UTC) + self.later)
        with self._news:
            self.results += self._decoder.decode(message, self._memory, self._gateway)
            self._news.notify_all()
        if raw.done:
            raw.done()
        return True

    def start(self) -> None:
        self._child = subprocess.Popen(
            self._command, env=self._environment,
            cwd=self._folder,  # Zigbee2MQTT in a checkout of anything else would want to build itself anew
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def send(self, line: Mapping[str, object]) -> None:
        assert self._child is not None and self._child.stdin is not None
        self._child.stdin.write(json.dumps(line) + "\n")
        self._child.stdin.flush()

    def heard(self, line: Mapping[str, object], wanted: Callable[[Result], bool]) -> Result:
        """Send a line until it is heard: a program says "online" before all of it listens."""
        with self._news:
            for _ in range(int(PATIENCE_S / 0.5)):
                self.send(line)
                if self._news.wait_for(lambda: any(map(wanted, self.results)), 0.5):
                    break
        return self.until(wanted)

    def until(self, wanted: Callable[[Result], bool]) -> Result:
        """Return the first result from here on that is wanted, and forget those before it."""
        with self._news:
            assert self._news.wait_for(lambda: any(map(wanted, self.results)), PATIENCE_S), "never said"
            place = next(place for place, row in enumerate(self.results) if wanted(row))
            found = self.results[place]
            self.results = self.results[place + 1 :]
            return found

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.communicate(timeout=PATIENCE_S)
            self._child = None

    def close(self) -> None:
        self._source.stop()
