"""`anxin gateway listen` and `conformance`: a broker's messages as they come, and what they become or what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from anxin import topic
from anxin.clock import SystemClock, monotonic_s
from anxin.config import Broker, ConfigError
from anxin.facility import read
from anxin.mqtt import Client, Received
from edge.conformance import HARMLESS, Checker, Finding

Take = Callable[[Received], None]


def broker_arguments() -> argparse.ArgumentParser:
    """Return the options that name a broker, for both commands."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--broker", metavar="HOST:PORT", required=True, help="the broker to listen to")
    parser.add_argument("--user", help="name there; for conformance: ingest, who may read what gateways send")
    parser.add_argument("--password-file", metavar="FILE", type=Path)
    parser.add_argument("--tls-ca", metavar="FILE", help="certificate of the authority that signed the broker's")
    parser.add_argument("--seconds", metavar="N", type=float, help="end after so long (default: Ctrl-C)")
    return parser


def listen(options: argparse.Namespace, filters: tuple[str, ...], take: Take, idle: Callable[[], None]) -> None:
    """Hand every message to `take`, in this thread, until the time is over or Ctrl-C. Raises ConfigError."""
    host, _, port = options.broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ConfigError(f"--broker {options.broker!r}: give host:port, as localhost:1883")
    password = options.password_file.read_text(encoding="utf-8").strip() if options.password_file else None
    inbox: SimpleQueue[Received] = SimpleQueue()
    broker = Broker(host, int(port), tls_ca=options.tls_ca)
    name = f"anxin-listen-{int(SystemClock().now().timestamp() * 1000) % 10**9}"
    try:
        client = Client(
            broker, name, user=options.user, password=password, subscriptions=filters, on_message=inbox.put
        )  # fmt: skip
    except OSError as error:
        raise ConfigError(f"--tls-ca {options.tls_ca}: {error.strerror or error}") from error
    client.start()
    try:
        if not client.wait_up(10):
            raise ConfigError(f"no connection to {options.broker}: is it running, do user, password and --tls-ca hold?")
        end = None if options.seconds is None else monotonic_s() + options.seconds
        while end is None or monotonic_s() < end:
            try:
                received = inbox.get(timeout=0.25)
            except Empty:
                client.check()
                idle()
                continue
            take(received)
            client.ack(received)
    except KeyboardInterrupt:
        pass
    finally:
        client.stop()


def conformance(options: argparse.Namespace) -> int:
    """Print what is wrong with the gateways of a facility, once each; 0 nothing, 1 something."""
    clock = SystemClock()
    devices = None
    if options.facility_file is not None:
        home = read(options.facility_file)
        devices = {(home.code, g.code): frozenset(device.id for device in g.devices) for g in home.gateways}
    checker = Checker(devices)
    wrong = 0

    def tell(findings: list[Finding]) -> None:
        nonlocal wrong
        for finding in findings:
            wrong += finding.code not in HARMLESS
            print(finding.say(options.language), flush=True)

    def take(received: Received) -> None:
        qos = 1 if received.mid else 0
        tell(checker.take(received.topic, received.payload, clock.now(), retain=received.retain, qos=qos))

    listen(options, topic.ingest_filters(options.facility or "+"), take, lambda: tell(checker.idle(clock.now())))
    tell(checker.end())
    counted = ", ".join(f"{code} {count}" for code, count in sorted(checker.counts.items()))
    zh = options.language == "zh"
    print(f"{checker.messages} {'条消息' if zh else 'messages'}: {counted or ('没有问题' if zh else 'nothing wrong')}")
    return 1 if wrong else 0
