"""`anxin …`: hands each command over to the part that does it, by name; imports none of them before it is called."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from anxin import __version__
from anxin.config import ConfigError

# command: (module with main(argv) -> int, arguments put in front, what it does)
COMMANDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "demo": ("simulators.demo", (), "run the whole system with a simulated home"),
    "serve": ("anxin.standalone.serve", (), "run the whole system for a small real home"),
    "doctor": ("anxin.doctor", (), "check a configuration and every connection"),
    "db": ("anxin.db.commands", ("db",), "migrate the database, set the roles' passwords"),
    "facility": ("anxin.db.commands", ("facility",), "check or load a facility file"),
    "contract": ("anxin.contract", (), "write or check the JSON Schema and AsyncAPI documents"),
    "ingest": ("ingest.__main__", (), "run the ingest process"),
    "edge": ("edge.__main__", (), "run edge agents, replay recordings through one"),
    "analytics": ("analytics.__main__", (), "run the watch"),
    "explain": ("analytics.__main__", ("explain",), "say why an alert rang or did not"),
    "replay": (
        "analytics.replay_command",
        (),
        "judge stored data again and compare with the stored alerts; never rings",
    ),
    "api": ("api.__main__", (), "serve pages and API, set a password"),
    "simulators": ("simulators.__main__", (), "generate a home, simulate its devices"),
    "gateway": ("edge.gateways.__main__", (), "list, check and try gateway mappings"),
    "evaluate": ("evaluation.__main__", (), "measure signals and rules on recordings and simulated truth"),
    "dashboards": ("dashboards.__main__", (), "write or check the Grafana dashboards"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong use or configuration."""
    parser = argparse.ArgumentParser("anxin", description="24-hour safety watch for care homes", add_help=False)
    parser.add_argument("command", nargs="?")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    arguments = sys.argv[1:] if argv is None else argv
    known, rest = parser.parse_known_args(arguments[:1])
    if known.version:
        print(f"anxin {__version__}")
        return 0
    if known.command not in COMMANDS:
        print(_usage(), file=sys.stderr if known.command else sys.stdout)
        return 2 if known.command else 0
    module, front, _ = COMMANDS[known.command]
    return _hand_over(module, [*front, *rest, *arguments[1:]])


def _hand_over(module: str, argv: list[str]) -> int:
    try:
        return int(importlib.import_module(module).main(argv))
    except ConfigError as error:
        print(f"anxin: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        extra = module.partition(".")[0]
        print(f"anxin: {error.name} is not installed; pip install 'anxin[{extra}]'", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, _, text) in COMMANDS.items()]
    return "\n".join(["usage: anxin COMMAND [options]   (anxin COMMAND --help says more)", "", *lines])


if __name__ == "__main__":
    sys.exit(main())
