"""`anxin gateway enrol | revoke | access` on the server and `join` on the gateway's box: how a gateway gets its rights.

A person makes a one-time code; the box turns it into a password of its own; the broker's access files follow.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from anxin import admission, config
from anxin.config import ConfigError, Settings
from anxin.db import admission as store
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.topic import TopicError

_Work = Callable[[Connection, int, datetime], str]
WATCH_S = 2.0
ENROL_PATH = "/api/v1/enrol"


class AccessFiles:
    """Mosquitto's `acl` and `passwords` in one folder. Both are replaced whole, and only when something changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, gateways: list[tuple[admission.Rights, str]], passwords: Mapping[str, str]) -> bool:
        """Write what the broker must know; return whether it must read it again. passwords: of our own users."""
        own = [one for one in (admission.ingest_rights(), *admission.light_rights()) if one.user in passwords]
        rights = [*own, *(one for one, _ in gateways)]
        hashes = {one.user: hashed for one, hashed in gateways}
        hashes |= {one.user: self._own_hash(one.user, passwords[one.user]) for one in own}
        changed = _replace(self._folder / "passwords", admission.mosquitto_passwords(hashes))
        return _replace(self._folder / "acl", admission.mosquitto_acl(rights)) or changed

    def _own_hash(self, own: str, password: str) -> str:
        """The one that stands there already, if it fits: a fresh salt would look like a change each time."""
        with suppress(FileNotFoundError):
            for line in (self._folder / "passwords").read_text(encoding="utf-8").splitlines():
                user, _, hashed = line.partition(":")
                if user == own and admission.matches(password, hashed):
                    return hashed
        return admission.mosquitto_hash(password, os.urandom(admission.SALT_BYTES))


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Hang the commands into `anxin gateway`."""
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--config", type=Path, required=True, help="settings of the server")
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--gateway", metavar="CODE", required=True, help="code of the gateway")
    one.add_argument("--facility", metavar="CODE", help="code of the home (api.facility of the settings, else home)")
    part = commands.add_parser("enrol", parents=[server, one], help="make a one-time code / 生成一次性登记码")
    part.add_argument("--new", action="store_true", help="the facility file does not name this gateway: add it")
    part.set_defaults(run=_enrol)
    part = commands.add_parser("revoke", parents=[server, one], help="take a gateway's rights away / 撤销网关权限")
    part.set_defaults(run=_revoke)
    part = commands.add_parser("access", parents=[server], help="write Mosquitto's access files / 生成代理权限文件")
    part.add_argument("--mosquitto", metavar="DIR", type=Path, required=True, help="folder for `acl` and `passwords`")
    part.add_argument("--pid-file", metavar="FILE", type=Path, help="of Mosquitto, which is told to read them again")
    part.add_argument("--watch", action="store_true", help="stay, and write them again whenever something changes")
    part.set_defaults(run=_access)
    part = commands.add_parser("join", help="turn a one-time code into a password on this box / 用登记码接入")
    part.add_argument("--server", metavar="URL", required=True, help="address of the pages, https://…")
    part.add_argument("--code", required=True, help="the one-time code")
    part.add_argument("--secrets", metavar="DIR", type=Path, required=True, help="where the password is kept")
    part.add_argument("--broker", metavar="HOST:PORT", help="our broker (default: the server's host, 8883)")
    part.set_defaults(run=_join)


def _enrol(options: argparse.Namespace) -> int:
    def work(connection: Connection, facility: int, now: datetime) -> str:
        return store.offer(connection, facility, options.gateway, now, new=options.new)

    code = _at_store(options, work)
    hours = store.CODE_LASTS.total_seconds() / 3_600
    print(f"{code}\nvalid once, for {hours:.0f} hours; on the box: anxin gateway join --server URL --code {code} …")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    def work(connection: Connection, facility: int, now: datetime) -> str:
        store.revoke(connection, facility, options.gateway, now)
        return f"{options.gateway}: revoked; its password is worth nothing once the broker has read its files again"

    print(_at_store(options, work))
    return 0


def _at_store(options: argparse.Namespace, work: _Work) -> str:
    settings = config.load(options.config)
    facility = options.facility or settings.api.facility or "home"
    try:
        with connect(settings.database, settings.database.owner, autocommit=True) as connection:
            return work(connection, store.facility_of(connection, facility), settings.clock.clock().now())
    except (store.AdmissionError, TopicError) as error:
        raise ConfigError(f"{error}") from error
    except SERVICE_DOWN as error:
        raise ConfigError(f"the store cannot be reached: {str(error).strip()}") from error


def _access(options: argparse.Namespace) -> int:
    settings = config.load(options.config)
    users = (admission.INGEST, admission.LIGHTS, admission.LIGHT_PANEL)
    passwords = {user: password for user in users if (password := settings.broker.password(user))}
    if admission.INGEST not in passwords:
        raise ConfigError(f"{options.config}: broker.secrets has no file `ingest` with ingest's own password")
    files = AccessFiles(options.mosquitto)
    while True:
        try:
            print(_renew(settings, files, passwords, options.pid_file), flush=True)
        except SERVICE_DOWN as error:
            print(f"the store cannot be reached, nothing changed: {str(error).strip()}", file=sys.stderr)
            if not options.watch:
                return 1
        if not options.watch:
            return 0
        time.sleep(WATCH_S)


def _renew(settings: Settings, files: AccessFiles, passwords: Mapping[str, str], pid_file: Path | None) -> str:
    with connect(settings.database, settings.database.owner, autocommit=True) as connection:
        gateways = store.admitted(connection)
    if not files.write(gateways, passwords):
        return f"{len(gateways)} gateways, no change"
    if pid_file is not None:
        os.kill(int(pid_file.read_text()), signal.SIGHUP)
    return f"{len(gateways)} gateways written" + ("" if pid_file is None else ", broker told")


def _join(options: argparse.Namespace) -> int:
    """Ask the server, keep the password, and say what goes into the box's settings."""
    if urlsplit(options.server).scheme not in ("http", "https"):
        raise ConfigError(f"--server {options.server!r}: give an address as https://anxin.example")
    request = urllib.request.Request(  # noqa: S310  scheme checked
        options.server.rstrip("/") + ENROL_PATH,
        json.dumps({"code": options.code}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  scheme checked
            given = json.load(answer)
    except urllib.error.HTTPError as error:
        print(f"the server refused ({error.code}): {error.read(500).decode(errors='replace')}", file=sys.stderr)
        return 1
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"--server {options.server}: not reached: {getattr(error, 'reason', error)}", file=sys.stderr)
        return 2
    except ValueError:
        print(
            f"--server {options.server}: its answer is no password: is this the address of the pages?", file=sys.stderr
        )
        return 2
    options.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(options.secrets / given["user"], given["password"] + "\n")
    host, _, port = (options.broker or f"{urlsplit(options.server).hostname}:8883").rpartition(":")
    print(f"# enrolled as {given['user']}; the password lies in {options.secrets}; into the settings of this box:")
    print(f'[broker]\nhost = "{host}"\nport = {port}\nsecrets = "{options.secrets}"\ntls_ca = "…"\n')
    print(f'[[edge]]\nfacility = "{given["facility"]}"\ngateway = "{given["gateway"]}"')
    return 0


def _replace(path: Path, text: str) -> bool:
    """Replace a file that only its owner may read; False if it holds this text already."""
    with suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8") == text:
            return False
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    if path.exists():  # the broker may run as another user, who was let in by the file's owner
        known = path.stat()
        with suppress(PermissionError):
            os.chown(part, known.st_uid, known.st_gid)
        part.chmod(known.st_mode & 0o777)
    os.replace(part, path)
    return True
