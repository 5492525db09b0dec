"""The MQTT client of the house: QoS 1, manual acknowledgement, MQTT 3.1.1. The only module that imports paho.

It needs neither MQTT 5 nor shared subscriptions, so it speaks with every broker. What it hides: paho's thread dies in
silence when a callback raises; here the exception is kept and raised by `check()`.
"""

from __future__ import annotations

import math
import random
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from anxin.clock import monotonic_s
from anxin.config import Broker
from anxin.log import Log
from anxin.mqtt_wire import BufferedSocket, Publish, puback, retained

_log = Log("mqtt")
_PACKETS_A_TURN = 500  # then what waits to be written has its turn
_PUBACK = 0x40
# Servers of a broker that are about to choose a leader refuse for a moment, as one does for good who may not hear it.
_REFUSALS, _ASK_AGAIN_S = 8, 2.0


class Received(NamedTuple):
    """A message as it was delivered. Hand it back to `Client.ack` once it is safe. A tuple, which costs a fifth."""

    topic: str
    payload: bytes
    retain: bool
    duplicate: bool
    mid: int
    generation: int


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for us when we vanish."""

    topic: str
    payload: bytes
    retain: bool = False


class SubscriptionRefusedError(RuntimeError):
    """The broker does not let us hear a topic, however often we asked; the text says which."""


class _Paho(paho.Client):
    """paho on a socket that reads ahead (anxin.mqtt_wire). What it uses of paho is not public: tests see it work.

    on_publish_in: is given the messages that lie ready as a whole, in their turn among those that paho gives."""

    on_publish_in: Callable[[Publish], None]

    def _create_socket(self) -> BufferedSocket:
        return BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read all packets that lie ready, not one for each turn of the loop."""
        if isinstance(sock := self._sock, BufferedSocket):
            sock.fill()
        result = self._read_one(max_packets)
        for _ in range(_PACKETS_A_TURN):
            sock = self._sock
            if result != MQTTErrorCode.MQTT_ERR_SUCCESS or not isinstance(sock, BufferedSocket) or not sock.held:
                break
            result = self._read_one(max_packets)
        return result

    def _read_one(self, max_packets: int) -> MQTTErrorCode:
        """Take a message past paho where it has not begun to read a packet, else let it read one."""
        sock = self._sock
        if isinstance(sock, BufferedSocket) and not self._in_packet["command"] and (one := sock.publish()) is not None:
            self.on_publish_in(one)
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        return super().loop_read(max_packets)

    def send(self, packets: bytes) -> None:
        """Send packets of which nobody keeps account, in one write. The command is only paho's label."""
        self._packet_queue(_PUBACK, packets, 0, 0)


class Client:
    """One connection that keeps itself up. Callbacks run in its network thread and must not block.

    durable: the broker keeps the session (and what was not acknowledged) while we are away. password: None takes the
    broker's secret for the user. will: may be a function, which is asked anew for each connection.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        user: str | None = None,
        password: str | None = None,
        durable: bool = False,
        subscriptions: tuple[str, ...] = (),
        on_message: Callable[[Received], None] | None = None,
        on_link: Callable[[bool], None] | None = None,
        will: Will | Callable[[], Will] | None = None,
    ) -> None:
        self._broker, self._subscriptions, self._will = broker, subscriptions, will
        self._on_message, self._on_link = on_message, on_link
        self._generation = 0
        self._complaint = ""
        self._refusals, self._ask_at = 0, math.inf
        self._failure: BaseException | None = None
        self._up = threading.Event()
        self._paho = _Paho(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not durable,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        self._paho.max_inflight_messages_set(1_000)
        self._paho.max_queued_messages_set(10_000)
        if user is not None:
            self._paho.username_pw_set(user, broker.password(user) if password is None else password)
        if broker.tls_ca is not None:
            self._paho.tls_set(ca_certs=broker.tls_ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self._set_will()
        # Many clients come back at once after a broker restart: spread them.
        self._paho.reconnect_delay_set(1, random.randint(3, 8))  # noqa: S311  jitter, no secret
        self._paho.on_socket_open = _send_at_once
        self._paho.on_connect = self._connected
        self._paho.on_disconnect = self._disconnected
        self._paho.on_connect_fail = self._unreached
        self._paho.on_subscribe = self._subscribed
        self._paho.on_message = self._received
        self._paho.on_publish_in = self._take

    @property
    def up(self) -> bool:
        """Whether the broker has accepted us and the subscriptions are on their way."""
        return self._up.is_set()

    def start(self) -> None:
        """Begin to connect; keeps trying in the background until `stop`."""
        self._paho.connect_async(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        self._paho.loop_start()

    def wait_up(self, timeout_s: float) -> bool:
        return self._up.wait(timeout_s)

    def stop(self) -> None:
        """Disconnect in good order (the will is not sent)."""
        self._paho.disconnect()
        self._paho.loop_stop()
        self._up.clear()

    def check(self) -> None:
        """Raise what a callback raised, if one did, and ask again for what we were refused to hear. Owners call it in
        their loop."""
        if self._failure is not None:
            raise self._failure
        if monotonic_s() >= self._ask_at:
            self._subscribe()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> bool:
        """Hand a message to the client; False when it cannot take it now (not connected or its queue is full)."""
        if not self._up.is_set():
            return False
        info = self._paho.publish(topic, payload, qos=qos, retain=retain)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def ack(self, received: Received) -> None:
        """Acknowledge a delivery, unless its connection is gone (its number may mean another message by now)."""
        if received.generation == self._generation and received.mid:
            self._paho.ack(received.mid, 1)

    def answer(self, received: Iterable[Received], told: Iterable[tuple[str, bytes]]) -> None:
        """Acknowledge deliveries and publish retained messages at QoS 0, all in one write. What belongs to another
        connection, or finds none, is left out."""
        generation = self._generation
        packets = [puback(one.mid) for one in received if one.generation == generation and one.mid]
        packets += [retained(topic, payload) for topic, payload in told]
        if packets and self._up.is_set():
            self._paho.send(b"".join(packets))

    def _set_will(self) -> None:
        will = self._will() if callable(self._will) else self._will
        if will is not None:
            self._paho.will_set(will.topic, will.payload, qos=1, retain=will.retain)

    def _connected(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            _log.warning("broker refused", host=self._broker.host, port=self._broker.port, reason=reason)
            return
        self._generation += 1
        self._complaint = ""
        self._up.set()
        if self._subscriptions:
            self._subscribe()
        else:
            self._tell_link(True)

    def _subscribe(self) -> None:
        self._ask_at = math.inf
        self._paho.subscribe([(topic, 1) for topic in self._subscriptions])

    def _unreached(self, _client: paho.Client, _userdata: Any) -> None:
        """paho tries again in silence, also for a certificate that will never do: say why, once per reason."""
        reason = str(sys.exc_info()[1] or "no answer")  # paho calls us while it handles the error
        if reason != self._complaint:
            self._complaint = reason
            _log.warning("broker not reached", host=self._broker.host, port=self._broker.port, reason=reason)

    def _disconnected(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        was_up = self._up.is_set()
        self._up.clear()
        self._guard(lambda _: self._set_will(), None)  # for the connection that comes next
        if was_up:
            _log.info("broker connection ended", host=self._broker.host, port=self._broker.port, reason=reason)
            self._tell_link(False)

    def _subscribed(self, _client: Any, _userdata: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        """A refused subscription would be silence for ever: ask again, and at last fail where the owner looks.

        Only now the link is told: by then paho has sent again what the last connection left unanswered, so that what
        the owner says of the new connection comes after it.
        """
        refused = [topic for topic, reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure]
        if not refused:
            self._refusals = 0
            self._tell_link(True)
            return
        self._refusals += 1
        _log.warning("subscription refused", host=self._broker.host, port=self._broker.port, topics=refused)
        if self._refusals < _REFUSALS:
            self._ask_at = monotonic_s() + _ASK_AGAIN_S
        else:
            self._failure = SubscriptionRefusedError(
                f"broker {self._broker.host}:{self._broker.port} refuses to let us hear {', '.join(refused)}: "
                f"check its permissions and limits"
            )

    def _tell_link(self, up: bool) -> None:
        if self._on_link is not None:
            self._guard(self._on_link, up)

    def _received(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        mid = message.mid if message.qos else 0
        self._take(Publish(message.topic, bytes(message.payload), message.retain, message.dup, mid))

    def _take(self, message: Publish) -> None:
        received = Received(*message, self._generation)
        if self._on_message is None:
            self.ack(received)
        else:
            self._guard(self._on_message, received)

    def _guard(self, callback: Callable[[Any], None], argument: Any) -> None:
        try:
            callback(argument)
        except Exception as error:  # noqa: BLE001  kept, and raised by check()
            _log.exception("callback failed")
            self._failure = error


def _send_at_once(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    """Without this a small packet waits for the acknowledgement of the one before it, up to 40 ms on Linux."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
