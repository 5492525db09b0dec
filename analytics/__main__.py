"""`anxin analytics`: run the watch, or explain an alert."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path

from analytics import rules_page, service
from analytics.alerts.explain import explain, explain_json
from analytics.alerts.refusal import NoSuchAlert
from anxin.config import ConfigError, Settings, load
from anxin.db.connect import SERVICE_DOWN, connect
from anxin.log import setup
from anxin.service import EXIT_OK, EXIT_USAGE


def main(argv: list[str]) -> int:
    """Run a sub-command; return the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "rules":
        return rules_page.write(arguments.check)
    try:
        settings = load(arguments.config)
        setup(settings.log_level)
        if arguments.command == "run":
            return service.run(settings)
        return _explain(settings, arguments)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE


def _explain(settings: Settings, arguments: argparse.Namespace) -> int:
    now = settings.clock.clock().now()
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            if arguments.json:
                print(json.dumps(explain_json(connection, arguments.alert, now), ensure_ascii=False, indent=2))
            else:
                print(explain(connection, arguments.alert, arguments.language, now))
    except NoSuchAlert as error:
        print(f"alert {arguments.alert}: {error}", file=sys.stderr)
        return EXIT_USAGE
    except SERVICE_DOWN as error:
        print(f"the database {settings.database.name} cannot be reached: {error}", file=sys.stderr)
        return EXIT_USAGE
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="anxin analytics", description="The watch over the log, and why it rang.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="watch until stopped")
    run.add_argument("--config", type=Path, help="settings file (TOML)")
    rules = commands.add_parser("rules", help="write the page of rules")
    rules.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    why = commands.add_parser("explain", help="say why an alert rang, or did not")
    why.add_argument("alert", type=int, help="the alert's number")
    why.add_argument("--config", type=Path, help="settings file (TOML)")
    why.add_argument("--language", choices=("zh", "en"), default="zh")
    why.add_argument("--json", action="store_true", help="for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
