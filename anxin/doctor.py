"""`anxin doctor`: checks a configuration and every connection, and says in words what is wrong and what to do."""

from __future__ import annotations

import argparse
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from anxin import admission, config, topic
from anxin.config import Broker, ConfigError, Database, Settings
from anxin.db.connect import Connection, connect
from anxin.db.migrate import ROLES, detect, pending
from anxin.db.sql import load
from anxin.facility import read
from anxin.mqtt import Client

_queries = load("anxin.db")
_LOW_DISK_BYTES = 2 << 30
_CLOCK_STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at. advice: what to do when it is not good."""

    good: bool
    what: str
    advice: str = ""


def main(argv: list[str]) -> int:
    """Print one line for each check; 0 if all are good."""
    parser = argparse.ArgumentParser("anxin doctor", description="check a configuration and every connection")
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args(argv)
    try:
        settings = config.load(arguments.config)
    except ConfigError as error:
        print(f"✗ {error}")
        return 1
    good = True
    print(f"✓ {arguments.config}: readable, no unknown keys")
    for verdict in examine(settings):
        good = good and verdict.good
        print(f"{'✓' if verdict.good else '✗'} {verdict.what}" + (f"\n  → {verdict.advice}" if verdict.advice else ""))
    return 0 if good else 1


def examine(settings: Settings) -> Iterator[Verdict]:
    """Look at everything the settings name, one verdict after the other."""
    yield from _facility_file(settings)
    yield from _database(settings.database)
    yield _broker(settings.broker, admission.INGEST)
    for edge in settings.edge:
        yield _enrolled(settings.broker, edge)
        yield from _edge(edge)
    yield _port(settings.api.host, settings.api.port)
    if settings.data_dir is not None:
        yield _disk(Path(settings.data_dir))


def _facility_file(settings: Settings) -> Iterator[Verdict]:
    if settings.facility_file is None:
        return
    try:
        home = read(Path(settings.facility_file))
    except ConfigError as error:
        yield Verdict(False, f"facility file: {error}", "mend the line that is named, then run doctor again")
        return
    yield Verdict(True, f"facility file: {home.code}, {len(home.residents)} residents, {len(home.gateways)} gateways")
    configured = {edge.gateway for edge in settings.edge}
    for missing in sorted(configured - {gateway.code for gateway in home.gateways}):
        advice = f"add [[gateways]] code = {missing!r} to the facility file; until then its messages are quarantined"
        yield Verdict(False, f"gateway {missing}: has an edge agent but is not in the facility file", advice)


def _database(database: Database) -> Iterator[Verdict]:
    place = f"database {database.name} at {database.host}:{database.port}"
    try:
        with connect(database, database.owner, autocommit=True) as connection:
            yield Verdict(True, f"{place}: answers as {database.owner} ({_version(connection)}, {detect(connection)})")
            waiting = pending(connection)
            advice = "anxin db migrate --config …" if waiting else ""
            yield Verdict(
                not waiting, f"schema: {', '.join(waiting) + ' missing' if waiting else 'up to date'}", advice
            )
            yield _clock(connection)
    except psycopg.OperationalError as error:
        advice = "is the server running, do host, port and name in [database] hold, is the password file there?"
        yield Verdict(False, f"{place}: {str(error).strip()}", advice)
        return
    for role in ROLES:
        yield _role(database, role)


def _version(connection: Connection) -> str:
    return f"PostgreSQL {connection.info.server_version // 10_000}"


def _clock(connection: Connection) -> Verdict:
    row = connection.execute(_queries.server_now).fetchone()
    assert row is not None
    step = abs((row[0] - datetime.now(UTC)).total_seconds())
    advice = "run an NTP client on both machines" if step > _CLOCK_STEP_S else ""
    return Verdict(step <= _CLOCK_STEP_S, f"clocks: this machine and the database differ by {step:.1f} s", advice)


def _role(database: Database, role: str) -> Verdict:
    try:
        connect(database, role).close()
    except psycopg.OperationalError as error:
        advice = f"set a password for {role} in the server and put it into the file {role} in the secrets folder"
        return Verdict(False, f"role {role}: {str(error).strip()}", advice)
    return Verdict(True, f"role {role}: can connect")


def _broker(broker: Broker, user: str) -> Verdict:
    """A message of our own must come back to us: a broker may accept what it then forbids."""
    place = f"broker at {broker.host}:{broker.port} as {user}"
    back = threading.Event()
    name = topic.link("doctor", "doctor")
    client = Client(
        broker, f"anxin-doctor-{user}", user=user, subscriptions=(name,), on_message=lambda received: back.set()
    )
    client.start()
    try:
        if not client.wait_up(5):
            advice = "is the broker running, do host and port in [broker] hold, is the user's password file there?"
            return Verdict(False, f"{place}: no connection", advice)
        for _ in range(20):
            client.publish(name, b"{}")
            if back.wait(0.25):
                return Verdict(True, f"{place}: a message comes back")
        return Verdict(False, f"{place}: what is published does not come back", "check the broker's access rules")
    finally:
        client.stop()


def _enrolled(broker: Broker, edge: config.Edge) -> Verdict:
    """Whether our broker lets the gateway in. Another client id: the agent's own connection stays."""
    user = edge.user or admission.gateway_user(edge.facility, edge.gateway)
    place = f"broker at {broker.host}:{broker.port} as {user}"
    client = Client(broker, f"anxin-doctor-{edge.facility}-{edge.gateway}", user=user)
    client.start()
    try:
        good = client.wait_up(5)
    finally:
        client.stop()
    advice = f"enrol it: anxin gateway enrol --config … --gateway {edge.gateway}, then anxin gateway join on its box"
    return Verdict(good, f"{place}: {'lets us in' if good else 'no connection'}", "" if good else advice)


def _edge(edge: config.Edge) -> Iterator[Verdict]:
    folder = Path(edge.spool).resolve().parent
    good = folder.is_dir()
    yield Verdict(good, f"gateway {edge.gateway}: spool in {folder}", "" if good else "make this folder")
    for source in edge.sources:
        if source.kind == "mqtt":
            what = f"gateway {edge.gateway}, source {source.name}: broker at {source.host}:{source.port}"
            yield _reachable(what, lambda s=source: socket.create_connection((s.host, s.port), timeout=3).close())  # type: ignore[misc]
        elif source.kind == "file":
            there = Path(source.path or "").exists()
            yield Verdict(there, f"gateway {edge.gateway}, source {source.name}: file {source.path}")


def _reachable(what: str, attempt: Callable[[], None]) -> Verdict:
    try:
        attempt()
    except OSError as error:
        return Verdict(False, f"{what}: {error}", "is that gateway's broker running, do host and port hold?")
    return Verdict(True, f"{what}: accepts connections")


def _port(host: str, port: int) -> Verdict:
    if port == 0:
        return Verdict(True, "pages: on any free port")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Verdict(
                False, f"pages at {host}:{port}: {error}", "another program has it, or choose [api] port = 0"
            )
    return Verdict(True, f"pages: {host}:{port} is free")


def _disk(folder: Path) -> Verdict:
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    advice = "" if free > _LOW_DISK_BYTES else "make room: 60 beds need about 40 GB a year"
    return Verdict(free > _LOW_DISK_BYTES, f"disk: {free / (1 << 30):.1f} GiB free below {folder}", advice)
