"""TLS with certificates made here: the edge to our broker, a source to a foreign one, and what must be refused."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anxin.clock import monotonic_s
from anxin.config import Broker, Edge, Settings, Source
from anxin.event import Call
from anxin.mqtt import Client
from edge.gateway import Gateway
from tests.edge.support import Store
from tests.support.servers import Mosquitto, missing
from tests.support.waiting import PATIENCE_S, wait_for

# paho leaves the socket of a failed handshake to the garbage collector, which warns of it.
pytestmark = [pytest.mark.broker, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Authority:
    """A certificate authority of this test; `issue` signs a server's certificate."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.ca = folder, folder / "ca.pem"
        self._key = folder / "ca.key"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", "/CN=Anxin test authority", "-keyout", str(self._key), "-out", str(self.ca)),
        )

    def issue(self, name: str, days: int = 2) -> str:
        """Return the lines of Mosquitto's configuration for a server that is called `name`."""
        key, request, certificate, extra = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem", "ext"))
        extra.write_text(f"subjectAltName={name}\n")
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=broker"),
            *("-keyout", str(key), "-out", str(request)),
        )
        openssl(
            *("x509", "-req", "-in", str(request), "-CA", str(self.ca), "-CAkey", str(self._key), "-CAcreateserial"),
            *("-days", str(days), "-extfile", str(extra), "-out", str(certificate)),
        )
        return f"allow_anonymous true\ncafile {self.ca}\ncertfile {certificate}\nkeyfile {key}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        missing("openssl", "not installed")
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


def serve(folder: Path, lines: str) -> Iterator[Mosquitto]:
    folder.mkdir()
    server = Mosquitto(folder, lines=lines)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ours(authority: Authority, tmp_path: Path) -> Iterator[Mosquitto]:
    yield from serve(tmp_path / "ours", authority.issue("IP:127.0.0.1"))


@pytest.fixture
def foreign(authority: Authority, tmp_path: Path) -> Iterator[Mosquitto]:
    yield from serve(tmp_path / "foreign", authority.issue("DNS:localhost"))


def secured(server: Mosquitto, authority: Authority, host: str = "127.0.0.1") -> Broker:
    return Broker(host, server.port, tls_ca=str(authority.ca))


def test_a_press_travels_from_a_foreign_broker_to_ours_all_under_tls(
    ours: Mosquitto, foreign: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    facility = f"tls-{secrets.token_hex(4)}"
    store = Store(secured(ours, authority), facility)
    z2m = Client(secured(foreign, authority, "localhost"), "z2m")
    z2m.start()
    assert z2m.wait_up(PATIENCE_S)
    source = Source(
        "mqtt", "z2m", "localhost", foreign.port, ("zigbee2mqtt/#",), tls_ca=str(authority.ca), mapping="zigbee2mqtt"
    )
    edge = Edge(facility, "gw", "spool.db", batch_ms=50, sources=(source,))
    gateway = Gateway(Settings(broker=secured(ours, authority), data_dir=str(tmp_path), edge=(edge,)), edge)
    stop = threading.Event()
    thread = threading.Thread(target=gateway.run, args=(stop,))
    thread.start()
    try:
        end = monotonic_s() + PATIENCE_S
        presses = 0
        while not any(isinstance(event, Call) for event in store.taken):
            assert monotonic_s() < end, store.taken
            presses += 1
            z2m.publish(f"zigbee2mqtt/button-{presses}", b'{"action": "emergency"}')
            threading.Event().wait(0.1)
    finally:
        stop.set()
        thread.join()
        z2m.stop()
        store.stop()


def test_a_stranger_who_poses_as_our_broker_is_not_believed(
    ours: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its certificate is valid for the name, but another authority signed it; and who asks for no certificate at all
    gets no connection either."""
    other = Authority(tmp_path / "other")
    for tls_ca in (str(other.ca), None):
        client = Client(Broker("127.0.0.1", ours.port, tls_ca=tls_ca), "careful")
        client.start()
        if tls_ca is not None:
            wait_for(lambda: "certificate verify failed" in caplog.text, "who set it up sees why")
        assert not client.wait_up(1.5)
        client.stop()


def test_a_certificate_for_another_name_is_not_believed(foreign: Mosquitto, authority: Authority) -> None:
    client = Client(secured(foreign, authority, "127.0.0.1"), "careful")
    client.start()
    assert not client.wait_up(1.5)
    client.stop()
    client = Client(secured(foreign, authority, "localhost"), "careful")
    client.start()
    assert client.wait_up(PATIENCE_S)
    client.stop()
