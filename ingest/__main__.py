"""`python -m ingest run --config FILE`: take messages from the broker into the store, until stopped.

`run` starts `project`, the process of the projections; nobody else needs to.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anxin import config, log
from anxin.embedded.child import Child
from anxin.service import EXIT_USAGE, Service
from ingest import projecting
from ingest.service import IngestService

_SWITCH_S = 0.001
_STOP_S = 20.0  # the minute that is not packed yet is packed at the end; whoever cannot wait may kill us


def main(argv: list[str]) -> int:
    """Run a sub-command and return the exit code: 0 stopped as asked, 1 a bug, 2 wrong usage or configuration."""
    parser = argparse.ArgumentParser(prog="ingest", description="From the broker into the store.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="take messages until stopped")
    project = commands.add_parser("project", help="make what was taken readable; `run` starts this")
    for command in (run, project):
        command.add_argument("--config", type=Path, help="settings file (TOML)")
    arguments = parser.parse_args(argv)
    try:
        settings = config.load(arguments.config)
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    log.setup(settings.log_level)
    if arguments.command == "project":
        return projecting.run(settings)
    # The writer must not wait long behind the broker's thread: hand the interpreter over every millisecond.
    sys.setswitchinterval(_SWITCH_S)
    service = Service("ingest")
    own = [sys.executable, "-m", "ingest", "project"]
    given = ["--config", str(arguments.config)] if arguments.config is not None else []
    IngestService(settings, projector=Child("projector", own + given)).start(service)
    return service.run(_STOP_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
