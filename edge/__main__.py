"""`python -m edge run --config FILE [--gateway CODE]` and `python -m edge replay …`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anxin import log
from anxin.config import ConfigError, Edge, Settings, load
from anxin.service import EXIT_USAGE, Service
from edge import replay


def main(argv: list[str]) -> int:
    """Run a command; return the exit code (0 done, 1 failed, 2 wrong use or configuration)."""
    parser = argparse.ArgumentParser("edge", description="Gateway agents: sources, spool, publisher, local alarm.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the agents of a configuration")
    run.add_argument("--config", type=Path, required=True)
    run.add_argument("--gateway", help="only this one (its code)")
    replay.add_arguments(commands.add_parser("replay", help="feed a real recording or real messages into a system"))
    arguments = parser.parse_args(argv)
    try:
        return _run(arguments) if arguments.command == "run" else replay.main(arguments)
    except ConfigError as error:
        print(f"edge: {error}", file=sys.stderr)
        return EXIT_USAGE


def _run(arguments: argparse.Namespace) -> int:
    from edge.gateway import Gateway

    settings = load(arguments.config)
    log.setup(settings.log_level)
    service = Service("edge")
    gateways = [Gateway(settings, edge) for edge in chosen(settings, arguments.gateway)]
    for edge, gateway in zip(chosen(settings, arguments.gateway), gateways, strict=True):
        service.thread(f"gateway-{edge.gateway}", gateway.run)
    return service.run()


def chosen(settings: Settings, code: str | None) -> tuple[Edge, ...]:
    """Return the gateways to run. Raises ConfigError where there is none, or two share a code or a spool."""
    edges = tuple(edge for edge in settings.edge if code in (None, edge.gateway))
    if not edges:
        known = ", ".join(edge.gateway for edge in settings.edge) or "none"
        raise ConfigError(
            f"no [[edge]] with gateway {code!r}; there are: {known}" if code else "no [[edge]] is configured"
        )
    if len({(edge.facility, edge.gateway) for edge in edges}) < len(edges):
        raise ConfigError("[[edge]]: a gateway's code stands there twice: each needs its own")
    if len({edge.spool for edge in edges}) < len(edges):
        raise ConfigError("[[edge]]: two gateways name the same spool: each needs a file of its own")
    return edges


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
