"""What happens in the home while the system is under fault: readings of every bed each second, calls now and then.

Readings of a gateway go as one FHIR Bundle by HTTP to its agent, once: what is answered 202 was taken, what is refused
was not, and what is not answered at all may be either. A call is pushed with its key until it is taken, as a real call
system does.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.faults import home

ANSWER_S = 12.0
RETRY_S = 0.3
Reading = tuple[str, str, int]
"""Gateway, device, and the device's count, which travels as its value in steps of 0.01 kg."""


@dataclass
class Press:
    """One press of a button at a monotonic time. taken: the edge said that it has it."""

    gateway: str
    bed: int
    key: str
    at: float
    wall: float
    taken: bool = False


@dataclass
class Ledger:
    """What was given to the edge, by what it said of it."""

    taken: set[Reading] = field(default_factory=set)
    unanswered: set[Reading] = field(default_factory=set)
    refused: int = 0
    presses: list[Press] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, readings: Iterable[Reading], status: int | None) -> None:
        with self.lock:
            if status == 202:
                self.taken.update(readings)
            elif status is None or status == 503:
                self.unanswered.update(readings)
            else:
                self.refused += 1

    def forget(self) -> None:
        """Begin a new account."""
        with self.lock:
            self.taken, self.unanswered, self.refused, self.presses = set(), set(), 0, []


class Load:
    """Threads that push. now: what the devices' clocks say, None: they say nothing, and the edge's clock counts."""

    def __init__(self, ports: dict[str, int], beds: int, token: str, now: Callable[[], datetime]) -> None:
        self.ledger, self.now = Ledger(), now
        self.clockless = False
        self.press_every_s: float | None = 1.0
        self._ports, self._beds, self._token = ports, beds, token
        self._count = itertools.count(1)
        self._calls = itertools.cycle([(gateway, bed) for bed in range(1, beds + 1) for gateway in ports])
        self._stop, self._sending = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._measure, args=(gateway,), daemon=True) for gateway in ports]
        self._threads.append(threading.Thread(target=self._call, daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def go(self) -> None:
        self._sending.set()

    def pause(self) -> None:
        """No new readings and calls; what is under way is brought to its end."""
        self._sending.clear()

    def close(self) -> None:
        self._stop.set()
        self._sending.set()
        for thread in self._threads:
            thread.join(ANSWER_S + 5)

    @property
    def settled(self) -> bool:
        with self.ledger.lock:
            return all(press.taken for press in self.ledger.presses)

    def push(self, gateway: str, body: bytes, port: int | None = None) -> int | None:
        """Return the status of the answer, None where there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self._ports[gateway], timeout=ANSWER_S)
        try:
            headers = {"Authorization": f"Bearer {self._token}"}
            connection.request("POST", f"/api/v1/push/{gateway}", body, headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            return 0  # nobody was there to take it
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def press(self, gateway: str, bed: int, port: int | None = None) -> Press:
        """Push a call until it is taken."""
        press = Press(gateway, bed, f"{gateway}-{bed}-{time.time_ns()}", time.monotonic(), time.time())
        with self.ledger.lock:
            self.ledger.presses.append(press)
        body: dict[str, object] = {"device": home.button(bed), "event": "sos", "key": press.key}
        if not self.clockless:
            body["time"] = self.now().isoformat()
        while not self._stop.is_set():
            if self.push(gateway, json.dumps(body).encode(), port) == 202:
                press.taken = True
                break
            time.sleep(RETRY_S)
        return press

    def readings(self, gateway: str) -> tuple[list[Reading], bytes]:
        """Return one reading of each bed and the Bundle that carries them."""
        count = next(self._count) % 39_000
        devices = [home.pad(bed) for bed in range(1, self._beds + 1)]
        at = None if self.clockless else self.now().isoformat()
        entries = [{"resource": _observation(device, 1 + count / 100, at)} for device in devices]
        body = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
        return [(gateway, device, count) for device in devices], body

    def _measure(self, gateway: str) -> None:
        due = time.monotonic()
        while self._wait():
            due = max(due + 1.0, time.monotonic() - 1.0)
            readings, body = self.readings(gateway)
            self.ledger.note(readings, self.push(gateway, body))
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _call(self) -> None:
        while self._wait():
            if self.press_every_s is None:
                self._stop.wait(0.2)
                continue
            gateway, bed = next(self._calls)
            threading.Thread(target=self.press, args=(gateway, bed), daemon=True).start()
            self._stop.wait(self.press_every_s)

    def _wait(self) -> bool:
        """Wait until there is something to do; False at the end."""
        self._sending.wait()
        return not self._stop.is_set()


def _observation(device: str, kilograms: float, at: str | None) -> dict[str, object]:
    heart = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "valueQuantity": {"value": 72, "unit": "/min"},
    }
    return {
        "resourceType": "Observation", "status": "final", "device": {"reference": f"Device/{device}"},
        **({"effectiveDateTime": at} if at else {}),
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "valueQuantity": {"value": round(kilograms, 2), "unit": "kg"},
        "component": [heart],
    }  # fmt: skip
