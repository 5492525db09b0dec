"""`anxin api run`: serves the pages. `anxin api password ACCOUNT`: stores the hash of a password read from stdin."""

from __future__ import annotations

import argparse
import getpass
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from anxin import log
from anxin.config import ConfigError, Settings, load
from anxin.db import sql
from anxin.db.connect import SERVICE_DOWN, connect
from anxin.log import Log
from anxin.service import EXIT_BUG, EXIT_OK, EXIT_USAGE, Service
from api import passwords
from api.app import create

_log = Log("api")
STREAMS_END_WITHIN_S = 3


def main(argv: list[str]) -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="anxin api", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="serve the pages")
    password_parser = commands.add_parser("password", help="set accounts' passwords, read from stdin, a line each")
    password_parser.add_argument("account", nargs="+")
    password_parser.add_argument("--facility", help="code of the facility, where there are several")
    for each in (run_parser, password_parser):
        each.add_argument("--config", type=Path)
    options = parser.parse_args(argv)
    try:
        settings = load(options.config)
        if options.command == "password":
            facility = options.facility or settings.api.facility
            return max(set_password(settings, account, facility) for account in options.account)
        return run(settings)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE


def run(settings: Settings) -> int:
    """Serve until a signal comes."""
    log.setup(settings.log_level)
    service = Service("api")
    listening = bind(settings.api.host, settings.api.port)
    app = create(settings, settings.clock.clock(), on_bug=service.stop.set)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=STREAMS_END_WITHIN_S, server_header=False,
        lifespan="on",
    )  # fmt: skip
    server = uvicorn.Server(config)

    def serve(_: threading.Event) -> None:
        server.run(sockets=[listening])

    def stop() -> None:
        server.should_exit = True
        app.state.web.hub.stop()

    service.on_stop("web server", stop)
    service.thread("web server", serve)
    _log.info("listening", url=f"http://{settings.api.host}:{listening.getsockname()[1]}")
    code = service.run()
    return EXIT_BUG if app.state.web.hub.failed else code


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one. Raises ConfigError if the address cannot be had."""
    try:
        return socket.create_server((host, port), backlog=256, reuse_port=False)
    except OSError as error:
        raise ConfigError(f"[api] host {host}, port {port}: {error.strerror}; choose another port, or 0") from error


def set_password(settings: Settings, account: str, facility: str | None) -> int:
    """Store the hash of the password on stdin. It is the owner who may: the API's own role cannot change accounts."""
    text = getpass.getpass(f"password of {account}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    try:
        hashed = passwords.make_hash(text)
        with connect(settings.database, settings.database.owner) as connection:
            queries = sql.load("api")
            done = connection.execute(
                queries.put_password, {"password_hash": hashed, "code": account, "facility": facility}
            ).rowcount
            if done > 1:
                connection.rollback()
    except ValueError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except SERVICE_DOWN as error:
        print(f"the database does not answer: {error}", file=sys.stderr)
        return EXIT_BUG
    if done == 1:
        return EXIT_OK
    problem = "is in several facilities; add --facility CODE" if done else "is not in the store"
    print(f"account {account} {problem}", file=sys.stderr)
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
