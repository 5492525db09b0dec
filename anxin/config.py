"""Settings: one TOML file plus environment variables → frozen structures. An unknown key is an error with its line.

`ANXIN_DATABASE__PORT=5433` overrides `port` in `[database]`. Secrets stand in files named by the settings, never in
the settings themselves.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from anxin.channel_settings import Notify
from anxin.clock import Clock, ScaledClock, SystemClock
from anxin.toml_lines import Document, key_lines

_T = TypeVar("_T")
ENVIRONMENT_PREFIX = "ANXIN_"


class ConfigError(ValueError):
    """A setting that is missing, unknown or wrong; the text names file, line and what to do."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Database(_Section, frozen=True):
    """Where the store is. secrets: folder with one file per role that holds its password (absent: no password)."""

    host: str = "127.0.0.1"
    port: int = 5432
    name: str = "anxin"
    secrets: str | None = None
    sslmode: str = "prefer"
    statement_timeout_ms: int = 30_000
    owner: str = "anxin_owner"

    def password(self, role: str) -> str | None:
        return _secret(self.secrets, role)


class Broker(_Section, frozen=True):
    """The MQTT broker our contract is spoken on. secrets: folder with one file per user that holds its password.

    embedded: the broker is our own child on this machine, and takes the gateways' passwords from `secrets`.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    secrets: str | None = None
    tls_ca: str | None = None
    keepalive_s: int = 15
    embedded: bool = False

    def password(self, user: str) -> str | None:
        return _secret(self.secrets, user)


class ClockSettings(_Section, frozen=True):
    """For simulations only: the clock stood at origin when the machine's stood at anchor, and runs at speed."""

    origin: datetime | None = None
    anchor: datetime | None = None
    speed: float = 1.0

    def clock(self) -> Clock:
        if self.origin is None or self.anchor is None:
            return SystemClock()
        return ScaledClock(self.origin, self.anchor, self.speed)


class Ingest(_Section, frozen=True):
    """partition and facilities: several ingest processes each take their own. log_days, raw_days, minute_days,
    hour_days: how long messages, samples and their roll-ups are kept."""

    partition: int = 0
    facilities: tuple[str, ...] = ()
    linger_ms: int = 20
    batch: int = 2_000
    project_s: float = 1.0
    pack_s: float = 60.0
    log_days: float = 1.0
    raw_days: float = 30.0
    minute_days: float = 730.0
    hour_days: float = 3_650.0


class Analytics(_Section, frozen=True):
    """partition: which part of the log this process watches. webhook_url: where alerts are also posted to."""

    partition: int = 0
    tick_s: float = 0.25
    webhook_url: str | None = None
    webhook_secret: str | None = None


class Api(_Section, frozen=True):
    """Where the pages are served. port 0: any free one. facility: whose pages, if there are several."""

    host: str = "127.0.0.1"
    port: int = 8080
    facility: str | None = None
    session_hours: float = 12.0
    simulated: bool = False


class Source(_Section, frozen=True):
    """Where an edge agent's raw data comes from.

    kind: mqtt (a foreign gateway's own broker), feed (raw samples over TCP lines), http (pushes; password_file has the
    bearer token) or file. mapping: the gateway family.
    parameters: replace the mapping's own (a bridge's base topic, for example).
    call_buttons: devices whose every press is a call for help.
    """

    kind: str
    name: str
    host: str = "127.0.0.1"
    port: int = 1883
    topics: tuple[str, ...] = ()
    user: str | None = None
    password_file: str | None = None
    tls_ca: str | None = None
    mapping: str | None = None
    parameters: dict[str, str] = {}
    path: str | None = None
    call_buttons: tuple[str, ...] = ()


class Edge(_Section, frozen=True):
    """One gateway's agent. spool: SQLite file (below data_dir where that is set). spool_mb: its bound.

    local_alarm: command that rings on site. mappings: folder of mappings beside the packaged ones. user: name at our
    broker (absent: `<facility>.<gateway>`, as enrolled).
    """

    facility: str = "home"
    gateway: str = "gateway-1"
    spool: str = "spool.db"
    spool_mb: float = 512.0
    heartbeat_s: float = 15.0
    batch_ms: int = 1_000
    window: int = 64
    local_alarm: tuple[str, ...] = ()
    local_alarm_after_s: float = 10.0
    time_zone: str = "Asia/Shanghai"
    mappings: str | None = None
    user: str | None = None
    sources: tuple[Source, ...] = ()


class Simulator(_Section, frozen=True):
    """Simulated devices, for demonstrations: they speak to the brokers and feeds that the [[edge]] sections listen on.

    scenario: a packaged one or a file. start: when its clock began (absent: when the process starts); what lies more
    than warm_up_minutes back is not told. faults: devices and gateways fail by chance. truth_file: what truly happened,
    as JSON lines.
    """

    seed: int = 1
    scenario: str = "demo"
    start: datetime | None = None
    warm_up_minutes: float | None = None
    faults: bool = False
    truth_file: str | None = None
    user: str = "simulator"


class Settings(_Section, frozen=True):
    """All sections. A component reads its own and those it connects to."""

    database: Database = Database()
    broker: Broker = Broker()
    clock: ClockSettings = ClockSettings()
    ingest: Ingest = Ingest()
    analytics: Analytics = Analytics()
    notify: Notify = Notify()
    api: Api = Api()
    edge: tuple[Edge, ...] = ()
    simulator: Simulator = Simulator()
    facility_file: str | None = None
    data_dir: str | None = None
    log_level: str = "info"


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from a file (None: only defaults) and the environment. Raises ConfigError."""
    text, raw = "", {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
            raw = tomllib.loads(text)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not TOML: {error}") from error
    _overlay(raw, environment)
    return convert(raw, Settings, text, str(path or "environment"))


def convert(raw: Any, kind: type[_T], text: str, source: str) -> _T:
    """Return raw as a `kind`; ConfigError with source, line and path where it does not fit."""
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        keys = where.rstrip("`").removeprefix("$").removeprefix(".")
        unknown = re.search(r"unknown field `([^`]+)`", message)
        path = ".".join(part for part in (keys, unknown.group(1) if unknown else "") if part)
        raise ConfigError(f"{place(text, source, path)}: {message}") from error


def place(text: str, source: str, path: str) -> str:
    """Return `source:line: path`; without a text (environment only) there is no line."""
    return Document(source, {}, key_lines(text)).place(path) if text else f"{source}: {path}"


def _overlay(raw: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        section, dot, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if name.startswith(ENVIRONMENT_PREFIX) and dot:
            target = raw.setdefault(section, {})
            if not isinstance(target, dict):
                raise ConfigError(f"{name}: the section {section} is not a table; set it in the file")
            target[key] = value


def secret_file(path: str, setting: str) -> str:
    """Return the stripped text of a file that holds a secret; ConfigError naming the setting where there is none."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{setting}: {path}: {getattr(error, 'strerror', None) or 'not text'}") from error
    if not text:
        raise ConfigError(f"{setting}: {path} is empty")
    return text


def _secret(folder: str | None, name: str) -> str | None:
    if folder is None:
        return None
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"secret {name}: {error.strerror}") from error
