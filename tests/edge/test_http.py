"""Pushes by HTTP: who may, what is refused, and that `taken` means that it lies in the spool."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anxin.clock import monotonic_s
from anxin.config import ConfigError, Edge, Settings, Source
from anxin.embedded.nats import Nats
from anxin.event import Call, Observations
from edge.gateway import Gateway
from edge.sources.http import HttpSource
from edge.translator import MAX_RAW_BYTES, Raw
from tests.edge.support import Store
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S

TOKEN = "a token of at least 16"


def source_of(folder: Path, token: str = TOKEN, port: int = 0) -> Source:
    (folder / "token").write_text(token + "\n")
    return Source("http", "push", port=port, password_file=str(folder / "token"))


def push(port: int, body: bytes, path: str = "/api/v1/push/gw", method: str = "POST", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {TOKEN}", **headers})
        with connection.getresponse() as answer:  # it holds the socket, the connection no longer does
            return answer.status
    finally:
        connection.close()


class Desk:
    """An agent's side: takes deliveries, and says that they are safe unless told not to."""

    def __init__(self) -> None:
        self.got: list[Raw] = []
        self.full = False

    def offer(self, raw: Raw) -> bool:
        if self.full:
            return False
        self.got.append(raw)
        assert raw.done is not None
        raw.done()
        return True


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def port(tmp_path: Path, desk: Desk) -> Iterator[int]:
    source = HttpSource(source_of(tmp_path), "gw", desk.offer)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            source.poll(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    yield source.port
    stop.set()
    thread.join()
    source.close()


def test_only_the_gateways_own_token_opens_and_only_its_own_path(port: int, desk: Desk) -> None:
    assert push(port, b"{}", Authorization="Bearer guess") == 401
    assert push(port, b"{}", Authorization=f"Basic {TOKEN}") == 401
    assert push(port, b"{}", Authorization="") == 401
    assert push(port, b"{}", path="/api/v1/push/other") == 404
    assert desk.got == []
    assert push(port, b'{"a": 1}', **{"X-Anxin-Topic": "panel/7"}) == 202
    assert push(port, b"x", path="/api/v1/push/gw?site=3") == 202
    assert [(raw.topic, raw.payload) for raw in desk.got] == [("panel/7", b'{"a": 1}'), (None, b"x")]


def test_only_a_post_is_understood(port: int, desk: Desk) -> None:
    assert [push(port, b"", method=method) for method in ("GET", "PUT")] == [405, 405]
    assert desk.got == []


def test_what_is_too_large_or_cannot_be_taken_now_is_said(port: int, desk: Desk) -> None:
    assert push(port, b"", **{"Content-Length": str(MAX_RAW_BYTES + 1)}) == 413
    assert push(port, b"", **{"Content-Length": "-1"}) == 411
    desk.full = True
    assert push(port, b"{}") == 503
    assert desk.got == []


def test_a_missing_or_short_token_stops_the_start(tmp_path: Path, desk: Desk) -> None:
    with pytest.raises(ConfigError, match="needs password_file"):
        HttpSource(Source("http", "push"), "gw", desk.offer)
    with pytest.raises(ConfigError, match="shorter than 16"):
        HttpSource(source_of(tmp_path, "short"), "gw", desk.offer)


@pytest.mark.broker
def test_a_call_and_a_fhir_observation_reach_the_store(broker: Nats | Mosquitto, tmp_path: Path) -> None:
    facility = f"push-{secrets.token_hex(4)}"
    store = Store(broker.broker, facility)
    edge = Edge(facility, "gw", "spool.db", batch_ms=50, user="edge", sources=(source_of(tmp_path),))
    gateway = Gateway(Settings(broker=broker.broker, data_dir=str(tmp_path), edge=(edge,)), edge)
    stop = threading.Event()
    thread = threading.Thread(target=gateway.run, args=(stop,))
    thread.start()
    try:
        assert push(gateway.push_port, json.dumps({"device": "bath-3", "event": "sos"}).encode()) == 202
        fhir = {
            "resourceType": "Observation", "status": "final", "device": {"reference": "Device/cuff-1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
            "valueQuantity": {"value": 61, "unit": "/min"},
        }  # fmt: skip
        assert push(gateway.push_port, json.dumps(fhir).encode()) == 202
        end = monotonic_s() + PATIENCE_S
        calls: list[Call] = []
        rates: list[float | None] = []
        while not (calls and rates):
            assert monotonic_s() < end, store.taken
            calls = [event for event in store.taken if isinstance(event, Call)]
            tables = [event for event in store.taken if isinstance(event, Observations)]
            rates = [rate for table in tables for rate in table.values.get("heart_rate", [])]
            threading.Event().wait(0.05)
        assert calls[0].device == "bath-3" and rates == [61]
    finally:
        stop.set()
        thread.join()
        store.stop()
