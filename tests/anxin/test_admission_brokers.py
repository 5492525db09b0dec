"""The generated rights on real brokers. Both acknowledge what they forbid, so what counts is what arrives."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from anxin import admission, topic
from anxin.config import Broker
from anxin.db.passwords import secret
from anxin.embedded.nats import Nats
from anxin.mqtt import Client, Received, SubscriptionRefusedError
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.enrolment import AccessFiles
from tests.support.servers import Mosquitto
from tests.support.waiting import wait_for

pytestmark = pytest.mark.broker
LIGHTS = (admission.LIGHTS, admission.LIGHT_PANEL)
A, B = LaneKey("home", "gw-a", Lane.URGENT, "e1"), LaneKey("home", "gw-b", Lane.URGENT, "e1")


class Guarded:
    """A broker that lets ingest and some gateways in, each with its own password."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.secrets = folder / "secrets"
        self.secrets.mkdir(mode=0o700)
        for user in ("ingest", *LIGHTS, "home.gw-a", "home.gw-b"):
            secret(self.secrets, user)
        self._files = AccessFiles(folder)
        self.server: Nats | Mosquitto
        if kind == "nats":
            self.server = Nats(folder, self.secrets, ())
        else:
            self._files.write([], {"ingest": "x"})
            lines = f"allow_anonymous false\nacl_file {folder}/acl\npassword_file {folder}/passwords"
            self.server = Mosquitto(folder, lines=lines)
        self.admit("gw-a", "gw-b")
        self.server.start()
        self.broker = Broker(port=self.server.port, secrets=str(self.secrets))

    def admit(self, *gateways: str) -> None:
        rights = [admission.gateway_rights("home", gateway) for gateway in gateways]
        if isinstance(self.server, Nats):
            self.server.admit([admission.ingest_rights(), *admission.light_rights(), *rights])
            return
        hashed = [
            (one, admission.mosquitto_hash((self.secrets / one.user).read_text(), os.urandom(12))) for one in rights
        ]
        own = {user: (self.secrets / user).read_text() for user in ("ingest", *LIGHTS)}
        assert self._files.write(hashed, own)
        self.server.child.send(signal.SIGHUP)


class Ear:
    """A client and what it hears."""

    def __init__(
        self, broker: Broker, user: str, filters: tuple[str, ...], client_id: str = "", *, durable: bool = False
    ) -> None:
        self.heard: list[str] = []
        name = client_id or "ear-" + user.replace(".", "-")  # NATS refuses a client id with a dot
        self.client = Client(broker, name, user=user, subscriptions=filters, on_message=self._on, durable=durable)
        self.client.start()

    def _on(self, received: Received) -> None:
        self.heard.append(received.topic)
        self.client.ack(received)


@pytest.fixture(params=["nats", "mosquitto"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guarded]:
    guarded = Guarded(request.param, tmp_path)
    yield guarded
    guarded.server.stop()


@pytest.fixture
def listen(guarded: Guarded) -> Iterator[Callable[..., Ear]]:
    ears: list[Ear] = []

    def make(user: str, *filters: str, client_id: str = "", durable: bool = False) -> Ear:
        ears.append(Ear(guarded.broker, user, filters, client_id, durable=durable))
        return ears[-1]

    yield make
    for ear in ears:
        ear.client.stop()


def beat(sender: Ear, to: str, hearer: Ear) -> None:
    """Publish until it is heard: whatever was sent before on this connection has been judged by then."""
    seen = len(hearer.heard)

    def arrived() -> bool:
        sender.client.publish(to, b"{}")
        time.sleep(0.05)
        return to in hearer.heard[seen:]

    wait_for(arrived, f"{to} arrives")


def test_a_gateway_speaks_only_as_itself(guarded: Guarded, listen: Callable[..., Ear]) -> None:
    ingest = listen("ingest", *topic.ingest_filters())
    gateway = listen("home.gw-a", topic.committed_filter("home", "gw-a"))
    beat(gateway, topic.message(A, 1), ingest)
    forbidden = [topic.message(B, 1), topic.link("home", "gw-b"), "anxin/v1/other/gw-a/urgent/e1/1", "else/where"]
    for one in forbidden:
        gateway.client.publish(one, b"{}")
    gateway.client.publish(topic.committed(A), b'{"seq": 99}', retain=True)
    time.sleep(1.0)
    # Mosquitto may hang up on who publishes what is forbidden; what is allowed still passes on a new connection.
    again = listen("home.gw-a", topic.committed_filter("home", "gw-a"), client_id="ear-again")
    beat(again, topic.link("home", "gw-a"), ingest)
    assert not set(forbidden) & set(ingest.heard)
    assert gateway.heard == [], "it could move its own watermark"
    beat(ingest, topic.committed(A), again)


def test_a_gateway_reads_only_its_own_watermark(guarded: Guarded, listen: Callable[..., Ear]) -> None:
    ingest = listen("ingest", *topic.ingest_filters())
    own = listen("home.gw-b", topic.committed_filter("home", "gw-b"))
    nosy = [
        listen("home.gw-b", filter_, client_id=f"nosy-{number}")
        for number, filter_ in enumerate(
            ("#", topic.committed_filter("home", "gw-a"), "anxin/v1/+/+/urgent/+/+", "$SYS/#")
        )
    ]
    a = listen("home.gw-a", topic.committed_filter("home", "gw-a"))
    beat(a, topic.message(A, 1), ingest)
    beat(ingest, topic.committed(A), a)
    beat(ingest, topic.committed(B), own)
    time.sleep(0.3)
    foreign = [heard for ear in (own, *nosy) for heard in ear.heard if not heard.startswith("anxin/v1/home/gw-b/")]
    assert foreign == []
    for ear in nosy:
        with suppress(SubscriptionRefusedError):  # NATS says so, Mosquitto keeps silent
            ear.client.check()


def test_a_gateway_that_takes_ingests_session_hears_nothing_with_it(
    guarded: Guarded, listen: Callable[..., Ear]
) -> None:
    """A client id is no secret: who comes with ingest's may throw it out for a moment, but must not read its post."""
    ingest = listen("ingest", *topic.ingest_filters(), client_id="anxin-ingest-0", durable=True)
    a = listen("home.gw-a", topic.committed_filter("home", "gw-a"))
    beat(a, topic.message(A, 1), ingest)
    ingest.client.stop()
    a.client.publish(topic.message(A, 2), b"{}")
    thief = listen("home.gw-b", client_id="anxin-ingest-0", durable=True)
    wait_for(lambda: thief.client.up, "thief is connected")
    a.client.publish(topic.message(A, 3), b"{}")
    time.sleep(0.5)
    assert thief.heard == []


def test_a_revoked_gateway_is_cut_off_and_does_not_come_back(guarded: Guarded, listen: Callable[..., Ear]) -> None:
    ingest = listen("ingest", *topic.ingest_filters())
    a, b = (listen(f"home.{name}", topic.committed_filter("home", name)) for name in ("gw-a", "gw-b"))
    beat(a, topic.message(A, 1), ingest)
    beat(b, topic.message(B, 1), ingest)
    guarded.admit("gw-b")
    wait_for(lambda: not a.client.up, "a is cut off")
    seen = len(ingest.heard)
    again = listen("home.gw-a", topic.committed_filter("home", "gw-a"), client_id="again")
    beat(b, topic.message(B, 2), ingest)
    assert not again.client.up
    assert not any(heard.startswith("anxin/v1/home/gw-a/") for heard in ingest.heard[seen:])
    guarded.admit("gw-a", "gw-b")
    wait_for(lambda: again.client.up, "enrolled again")


def test_only_the_watch_says_what_a_light_shows(guarded: Guarded, listen: Callable[..., Ear]) -> None:
    panel = listen(admission.LIGHT_PANEL, topic.light_filter())
    watch = listen(admission.LIGHTS)
    east, west = topic.light("home", "east"), topic.light("home", "west")
    gateway = listen("home.gw-a", topic.committed_filter("home", "gw-a"))
    beat(watch, east, panel)
    wait_for(lambda: gateway.client.up, "gateway is connected")
    gateway.client.publish(west, b"{}")
    time.sleep(0.5)
    beat(watch, east, panel)
    assert set(panel.heard) == {east}


def test_a_wrong_password_and_no_password_stay_outside(guarded: Guarded) -> None:
    for user, password in (("home.gw-a", "guess"), (None, None), ("edge", "edge")):
        client = Client(guarded.broker, "stranger", user=user, password=password)
        client.start()
        assert not client.wait_up(1.0)
        client.stop()
