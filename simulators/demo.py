"""`anxin demo`: the whole system with a simulated home, on one machine, with nothing installed beside it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from anxin import log
from anxin.config import Api, ClockSettings, Settings, Simulator
from anxin.db.passwords import secret
from anxin.embedded.child import ChildError
from anxin.embedded.postgres import free_port
from anxin.facility import Account
from anxin.standalone import report
from anxin.standalone.run import Run
from anxin.vocabulary import Role
from simulators.home import make_home
from simulators.scenario import read as read_scenario
from simulators.toml import facility_text
from simulators.wiring import edge_settings

SCENARIO = "demo"
FOREIGN_USERS = ("edge", "simulator")
NIGHT_HOURS = (22, 23, 0, 1, 2, 3, 4)
GATHER_S = 2.0  # the devices' last words are read, gathered and sent
DRAIN_S = 30.0
PAGES = {"console": "/", "wall": "/wall", "family": "/family", "api": "/api/v1/alerts"}


def main(argv: list[str]) -> int:
    """Run until a signal or for --minutes; 0 ended in good order, 1 could not start."""
    arguments = _parser().parse_args(argv)
    log.setup("warning")
    run: Run | None = None
    try:
        run = Run((arguments.data_dir or Path(".anxin/demo")), _say)
        demo = _Demo(run, arguments)
        demo.start()
        demo.tend()
    except ChildError as error:
        print(f"anxin: {error}", file=sys.stderr)
        return 1
    finally:
        if run is not None:
            run.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("anxin demo", description="the whole system with a simulated home")
    add = parser.add_argument
    add("--residents", type=_between(6, 2_000, int), default=60, help="how many people live there (60)")
    add("--speed", type=_between(0.1, 600, float), default=1.0, help="simulated seconds in a real one (1)")
    add("--seed", type=int, default=1, help="another seed, another home and night (1)")
    add("--minutes", type=_between(0.05, 1e6, float), help="stop by itself after so many real minutes")
    add("--report", type=Path, help="write the run as JSON to this file at the end")
    add("--data-dir", type=Path, help="where all data are kept (.anxin/demo)")
    add("--host", default="127.0.0.1", help="where the pages are served (127.0.0.1)")
    add("--port", type=_between(0, 65_535, int), default=0, help="port of the pages (any free one)")
    return parser


class _Demo:
    """One run of the demo: the home, its clock, its logins."""

    def __init__(self, run: Run, arguments: argparse.Namespace) -> None:
        self._run, self._arguments = run, arguments
        self._home = make_home(arguments.seed, arguments.residents)
        self._clock_file = run.folder / "clock.json"
        self._saved_at = 0.0
        self._watch: report.LiveWatch | None = None

    def start(self) -> None:
        run = self._run
        foreign = run.start_servers(FOREIGN_USERS)
        assert foreign is not None
        facility_file = run.folder / "facility.toml"
        facility_file.write_text(facility_text(self._home), encoding="utf-8")
        spools = run.folder / "spools"
        spools.mkdir(exist_ok=True)
        clock = self._clock()
        api = Api(host=self._arguments.host, port=self._arguments.port, facility=self._home.code, simulated=True)
        edges = edge_settings(
            self._home, foreign.broker, str(spools), free_port(), user="edge", speed=self._arguments.speed
        )
        simulator = Simulator(
            seed=self._arguments.seed,
            scenario=SCENARIO,
            start=clock.origin,
            truth_file=str(run.folder / "truth.jsonl"),
        )
        settings = Settings(clock=clock, api=api, edge=edges, facility_file=str(facility_file), simulator=simulator)
        run.start_components(self._home, settings)
        self._set_passwords()
        argv = ["simulators", "run", "--config", str(run.config_file)]
        run.system.start_component("simulator", argv, group=3, stop_s=1.5)
        self._tell_logins()

    def tend(self) -> None:
        """Run on, then write the report."""
        token = self._nurse_token()
        self._watch = report.LiveWatch(self._run.url("/api/v1/live"), token, self._run.begun) if token else None
        minutes = self._arguments.minutes
        self._run.tend(None if minutes is None else minutes * 60, self._save_clock)
        self._save_clock(self._run.clock().now(), always=True)
        if self._arguments.report is not None:
            self._report()

    def _clock(self) -> ClockSettings:
        """Begin in the night, where the last run ended if that was at night, else in the night that follows."""
        zone = ZoneInfo(self._home.time_zone)
        hour, minute = map(int, (read_scenario(SCENARIO, self._home).local_time or "02:00").split(":"))
        now = datetime.now(UTC)
        origin = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
        if self._clock_file.exists():
            last = datetime.fromisoformat(json.loads(self._clock_file.read_text())["now"]).astimezone(zone)
            if last.hour in NIGHT_HOURS:
                origin = last
            else:
                origin = last.replace(hour=hour, minute=minute, second=0, microsecond=0)
                origin += timedelta(days=1) if origin <= last else timedelta(0)
        return ClockSettings(origin=origin.astimezone(UTC), anchor=now, speed=self._arguments.speed)

    def _save_clock(self, now: datetime, always: bool = False) -> None:
        if always or time.monotonic() - self._saved_at > 5:
            self._saved_at = time.monotonic()
            part = self._clock_file.with_suffix(".part")
            part.write_text(json.dumps({"now": now.isoformat()}))
            part.replace(self._clock_file)

    def _logins(self) -> dict[str, str]:
        """One account of each role, with its password, made at the first start of this data folder."""
        first: dict[Role, Account] = {}
        for account in self._home.accounts:
            first.setdefault(account.role, account)
        folder = self._run.folder / "secrets" / "accounts"
        folder.mkdir(mode=0o700, exist_ok=True)
        return {account.code: secret(folder, account.code) for account in first.values()}

    def _set_passwords(self) -> None:
        logins = self._logins()
        command = [sys.executable, "-m", "anxin.cli", "api", "password", *logins]
        command += ["--config", str(self._run.config_file)]
        given = "".join(f"{password}\n" for password in logins.values())
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ChildError(f"the demo's passwords cannot be set: {done.stderr.strip()[-500:]}")

    def _tell_logins(self) -> None:
        roles = {account.code: account.role for account in self._home.accounts}
        pages = {Role.WALL: "/wall", Role.RELATIVE: "/family"}
        local = self._run.clock().now().astimezone(ZoneInfo(self._home.time_zone))
        _say(f"\nready after {self._run.ready_s:.1f} s; in the simulated home it is {local:%H:%M}")
        for account, password in self._logins().items():
            role = roles[account]
            _say(f"  {role:<11} {self._run.url(pages.get(role, '/'))}   login {account}   password {password}")
        _say("stop with Ctrl-C\n")

    def _nurse_token(self) -> str | None:
        """Sign in as the nurse whose page the live watch stands for."""
        nurse = next(account.code for account in self._home.accounts if account.role == Role.NURSE)
        body = json.dumps({"account": nurse, "password": self._logins()[nurse]}).encode()
        request = urllib.request.Request(  # noqa: S310  our own address
            self._run.url("/api/v1/session"), body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return str(json.load(answer)["token"])
        except OSError as error:
            _say(f"the live stream cannot be watched: {error}")
            return None

    def _report(self) -> None:
        """Stop the devices, let the spools drain, then count."""
        run = self._run
        run.system.stop_part("simulator")
        time.sleep(GATHER_S)
        run.system.stop_part("edge")
        spools = sorted((run.folder / "spools").glob("*.db"))
        self._drain(spools)
        found: dict[str, Any] = {
            "ready_s": round(run.ready_s or 0.0, 2),
            "first_alert_s": self._watch.first_alert_s if self._watch else None,  # from the same beginning as ready_s
            **report.sent(spools),
            **report.stored(run.settings.database),
            "urls": {name: run.url(path) for name, path in PAGES.items()},
        }
        report.write(self._arguments.report, found, _say)
        _say(f"report written to {self._arguments.report}")

    def _drain(self, spools: list[Path]) -> None:
        """Wait for what is still under way to the store; not for ever: what is missing then is reported so."""
        until = time.monotonic() + DRAIN_S
        database = self._run.settings.database
        while report.stored(database)["messages_stored"] < report.sent(spools)["messages_sent"]:
            if time.monotonic() > until:
                return
            time.sleep(0.2)


def _between(low: float, high: float, kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    return check


def _say(text: str) -> None:
    print(text, flush=True)
