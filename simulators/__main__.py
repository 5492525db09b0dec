"""`anxin simulators …`: run simulated devices, write a made-up home, tell a simulated truth."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from anxin import config, log
from anxin.config import ConfigError
from anxin.facility import read as read_facility
from anxin.service import Service
from simulators import scenario
from simulators.home import make_home
from simulators.process import Simulation
from simulators.script import script_of
from simulators.timeline import row, truth
from simulators.toml import facility_text
from simulators.truth import seconds_of
from simulators.world import World


def main(argv: list[str]) -> int:
    """Run one command; 0 done, 1 a bug, 2 wrong use or configuration (ConfigError)."""
    parser = argparse.ArgumentParser("anxin simulators", description="simulated homes, residents and devices")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="speak as the devices of a home, to the brokers its edge agents listen on")
    run.add_argument("--config", type=Path, required=True, help="settings with facility_file, [[edge]], [simulator]")
    home = commands.add_parser("home", help="write a made-up home as facility.toml to standard output")
    told = commands.add_parser("truth", help="write what truly happens in a made-up home as JSON lines")
    for command in (home, told):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--residents", type=int, default=60)
    told.add_argument("--scenario", default="quiet", help=f"a file or one of {', '.join(scenario.packaged())}")
    told.add_argument("--start", type=datetime.fromisoformat, required=True, help="with zone: 2026-03-01T12:00+08:00")
    told.add_argument("--hours", type=float, default=24.0)
    arguments = parser.parse_args(argv)
    if arguments.command == "run":
        return _run(arguments.config)
    try:
        facility = make_home(arguments.seed, arguments.residents)
    except ValueError as error:
        raise ConfigError(f"--residents: {error}") from error
    if arguments.command == "home":
        print(facility_text(facility), end="")
        return 0
    if arguments.start.tzinfo is None:
        raise ConfigError(f"--start {arguments.start.isoformat()}: the zone is missing; write …+08:00")
    start = seconds_of(arguments.start)
    script, _ = script_of(scenario.read(arguments.scenario, facility), facility, arguments.seed, start)
    world = World(facility, arguments.seed, script)
    for item in truth(world, start, start + arguments.hours * 3_600, ongoing=True):
        print(json.dumps(row(item)))
    return 0


def _run(path: Path) -> int:
    settings = config.load(path)
    if settings.facility_file is None:
        raise ConfigError(f"{path}: facility_file is missing: name the file that describes the home")
    facility = read_facility(Path(settings.facility_file))
    log.setup(settings.log_level)
    simulation = Simulation(settings, facility, settings.clock.clock())
    service = Service("simulator")
    service.on_stop("simulation", simulation.stop)
    service.thread("simulation", simulation.loop)
    return service.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
