"""`anxin serve`: the whole system for a small real home, on one machine, with the embedded store and broker."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from anxin import config, log
from anxin.config import ConfigError
from anxin.embedded.child import ChildError
from anxin.facility import read
from anxin.standalone.run import Run


def main(argv: list[str]) -> int:
    """Run until a signal; 0 stopped in good order, 1 could not start, 2 wrong configuration."""
    parser = argparse.ArgumentParser("anxin serve", description="the whole system for a small real home")
    parser.add_argument("--config", type=Path, required=True, help="settings; facility_file is needed, [[edge]] useful")
    parser.add_argument("--data-dir", type=Path, help="where all data are kept (data_dir of the settings)")
    parser.add_argument("--host", help="where the pages are served")
    parser.add_argument("--port", type=int, help="port of the pages")
    arguments = parser.parse_args(argv)
    settings = config.load(arguments.config)
    if settings.facility_file is None:
        raise ConfigError(f"{arguments.config}: facility_file is missing: name the file that describes the home")
    home = read(Path(settings.facility_file))
    folder = arguments.data_dir or Path(settings.data_dir or ".anxin/serve")
    changes = {"host": arguments.host, "port": arguments.port}
    api = msgspec.structs.replace(settings.api, **{k: v for k, v in changes.items() if v is not None})
    log.setup(settings.log_level)
    try:
        run = Run(folder, _say)
    except ChildError as error:
        print(f"anxin: {error}", file=sys.stderr)
        return 1
    try:
        run.start_servers()
        run.start_components(home, msgspec.structs.replace(settings, api=api))
        _say(f"ready after {run.ready_s:.1f} s: {run.url('/')}")
        _say(f"set passwords with: anxin api password ACCOUNT --config {run.config_file}")
        run.tend(None, lambda now: None)
    except ChildError as error:
        print(f"anxin: {error}", file=sys.stderr)
        return 1
    finally:
        run.stop()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
