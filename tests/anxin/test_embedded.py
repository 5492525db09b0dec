"""The embedded pair: data outlive a stop and a kill, children do not outlive their parent, orphans block nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from anxin.db.connect import connect
from anxin.embedded.child import Child, ChildError
from anxin.embedded.nats import Nats, accepts
from anxin.embedded.postgres import OWNER, Postgres
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.system

PARENT = """
import sys, time
from pathlib import Path
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import Postgres
folder = Path(sys.argv[1])
postgres = Postgres(folder / "store", folder / "secrets"); postgres.start()
nats = Nats(folder / "broker", folder / "secrets", ("ingest",)); nats.start()
print(postgres.child.pid, nats.child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may pass through, so that the server's user needs no stand-in for it."""
    with tempfile.TemporaryDirectory(prefix="anxin-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):  # it went while we looked
        return True


def test_data_outlive_a_stop_and_a_kill(folder: Path) -> None:
    for number in range(3):
        postgres = Postgres(folder / "store", folder / "secrets")
        postgres.start()
        with connect(postgres.database, OWNER, autocommit=True) as connection:
            connection.execute("create table if not exists kept (number int)")
            assert connection.execute("select count(*) from kept").fetchone() == (number,)
            connection.execute("insert into kept values (%s)", (number,))
        if number == 1:
            postgres.child.kill()
        else:
            postgres.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_children_do_not_outlive_a_killed_parent(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert not any(gone(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: all(gone(pid) for pid in pids), "no child outlives its parent")


def test_an_orphan_is_cleared_at_the_next_start(tmp_path: Path) -> None:
    """As on a system without a parent-death signal: the process runs on, only its pid file is left to us."""
    pid_file = tmp_path / "sleeper.pid"
    with subprocess.Popen(["sleep", "600"]) as orphan:
        pid_file.write_text(str(orphan.pid))
        child = Child("sleeper", ["sleep", "600"], pid_file=pid_file)
        child.start()
        assert orphan.wait(PATIENCE_S) == -signal.SIGTERM
        assert child.running()
        child.stop()
    assert not pid_file.exists()


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "sleeper.pid"
    pid_file.write_text(str(os.getpid()))
    child = Child("sleeper", ["sleep", "600"], pid_file=pid_file)
    child.start()
    child.stop()
    assert not child.running()


def test_a_child_that_ignores_its_stop_signal_is_killed_at_the_deadline(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    log = tmp_path / "log"
    child = Child("stubborn", [sys.executable, "-c", stubborn], log=log)
    child.start()
    pid = child.pid
    assert pid is not None
    wait_for(lambda: "deaf" in log.read_text(), "it has set its handler")
    child.stop(deadline_s=0.2)
    assert gone(pid)


def test_strangers_are_refused(embedded_postgres: Postgres) -> None:
    wrong = psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=embedded_postgres.port, dbname="anxin", user=OWNER, password="guess"
    )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_a_cluster_of_another_version_is_refused_with_the_way_out(folder: Path) -> None:
    postgres = Postgres(folder / "store", folder / "secrets")
    postgres.start()
    postgres.stop()
    (postgres.home / "cluster" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ChildError, match=r"made by PostgreSQL 15.*pg_dump"):
        Postgres(folder / "store", folder / "secrets").start()


def test_a_broker_keeps_its_port_and_passwords_from_strangers(tmp_path: Path) -> None:
    nats = Nats(tmp_path / "broker", tmp_path / "secrets", ("ingest",))
    nats.start()
    assert accepts(nats.port)
    assert (tmp_path / "broker" / "nats.conf").stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets" / "ingest").stat().st_mode & 0o077 == 0
    nats.stop()
    assert not accepts(nats.port)
