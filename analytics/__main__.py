"""`anxin analytics`: run the watch, or explain an alert."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from contextlib import closing
from itertools import groupby
from pathlib import Path

from analytics import coverage_store, rules_page, service, what_if_store
from analytics.alerts import burden_store
from analytics.alerts.explain import explain, explain_json
from analytics.alerts.refusal import NoSuchAlert
from analytics.notify import push_crypto
from analytics.policy import PolicyError
from analytics.reload import load_directory
from anxin.config import ConfigError, Settings, load
from anxin.db.connect import SERVICE_DOWN, connect
from anxin.log import setup
from anxin.service import EXIT_OK, EXIT_USAGE


def main(argv: list[str]) -> int:
    """Run a sub-command; return the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "rules":
        return rules_page.write(arguments.check)
    if arguments.command == "push-key":
        return _push_key(arguments.file)
    try:
        settings = load(arguments.config)
        setup(settings.log_level)
        if arguments.command == "run":
            return service.run(settings)
        if arguments.command == "coverage":
            return _coverage(settings)
        if arguments.command == "burden":
            return _burden(settings, arguments)
        if arguments.command == "what-if":
            return _what_if(settings, arguments)
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


def _burden(settings: Settings, arguments: argparse.Namespace) -> int:
    now = settings.clock.clock().now()
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            home = burden_store.home_of(connection, arguments.facility or settings.api.facility)
            burden = burden_store.load_burden(connection, home, arguments.days, now)
    except burden_store.NoSuchHomeError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except SERVICE_DOWN as error:
        print(f"the database {settings.database.name} cannot be reached: {error}", file=sys.stderr)
        return EXIT_USAGE
    if arguments.json:
        print(json.dumps(burden_store.as_json(burden), ensure_ascii=False, indent=2))
    else:
        print(burden_store.as_text(burden, arguments.language))
    return EXIT_OK


def _what_if(settings: Settings, arguments: argparse.Namespace) -> int:
    rule, _, parameter = arguments.parameter.partition(".")
    try:
        value: float | str = float(arguments.value)
    except ValueError:
        value = arguments.value
    now = settings.clock.clock().now()
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            home = burden_store.home_of(connection, arguments.facility or settings.api.facility)
            partition = settings.analytics.partition
            told = what_if_store.ask(connection, partition, home, rule, parameter, value, arguments.days, now)
    except (burden_store.NoSuchHomeError, PolicyError) as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except SERVICE_DOWN as error:
        print(f"the database {settings.database.name} cannot be reached: {error}", file=sys.stderr)
        return EXIT_USAGE
    print(json.dumps(told, ensure_ascii=False, indent=2))
    return EXIT_OK


def _push_key(path: Path) -> int:
    """Make the key of Web Push; an existing one is never overwritten, for all browsers would have to agree anew."""
    key = push_crypto.new_key()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(push_crypto.pem_of(key))
    except FileExistsError:
        print(f"{path} exists already; it stays as it is", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    print(f'public_key = "{push_crypto.to_base64url(push_crypto.public_point(key))}"')
    return EXIT_OK


def _coverage(settings: Settings) -> int:
    """Print each kind, for how many it is covered, and what the others lack."""
    now = settings.clock.clock().now()
    try:
        with closing(connect(settings.database, "anxin_analytics", autocommit=True)) as connection:
            directory = load_directory(connection, settings.analytics.partition, now)
            found = coverage_store.judge(connection, directory, now)
    except SERVICE_DOWN as error:
        print(f"the database {settings.database.name} cannot be reached: {error}", file=sys.stderr)
        return EXIT_USAGE
    for kind, ones in groupby(found, lambda one: one.kind):
        rows = list(ones)
        covered = sum(not one.missing for one in rows)
        lacks = Counter(" + ".join(one.missing) for one in rows if one.missing)
        missing = ", ".join(f"{number} lack {what}" for what, number in lacks.items())
        print(f"{kind.value:24} {covered:4} of {len(rows):<4} {missing}".rstrip())
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="anxin analytics", description="The watch over the log, and why it rang.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="watch until stopped")
    run.add_argument("--config", type=Path, help="settings file (TOML)")
    covered = commands.add_parser("coverage", help="say which kinds are covered for how many, and what is missing")
    covered.add_argument("--config", type=Path, help="settings file (TOML)")
    rules = commands.add_parser("rules", help="write the page of rules")
    rules.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    why = commands.add_parser("explain", help="say why an alert rang, or did not")
    why.add_argument("alert", type=int, help="the alert's number")
    why.add_argument("--config", type=Path, help="settings file (TOML)")
    why.add_argument("--language", choices=("zh", "en"), default="zh")
    why.add_argument("--json", action="store_true", help="for programs")
    burden = commands.add_parser("burden", help="how often it rings, how often for nothing, and what to do")
    burden.add_argument("--config", type=Path, help="settings file (TOML)")
    burden.add_argument("--facility", metavar="CODE", help="code of the home, where there are several")
    burden.add_argument("--days", type=float, default=30.0, help="how far back to look (30)")
    burden.add_argument("--language", choices=("zh", "en"), default="zh")
    burden.add_argument("--json", action="store_true", help="for programs")
    asked = commands.add_parser("what-if", help="what another number would have done in the stored past")
    asked.add_argument("parameter", metavar="RULE.PARAMETER", help="as in docs/rules.md, such as bed_absence.warn_min")
    asked.add_argument("value", help="the number (or local time) to try")
    asked.add_argument("--config", type=Path, help="settings file (TOML)")
    asked.add_argument("--facility", metavar="CODE", help="code of the home, where there are several")
    asked.add_argument("--days", type=float, default=30.0, help="how far back to look (30)")
    key = commands.add_parser("push-key", help="make the key of the channel web_push, and print its public_key")
    key.add_argument("file", type=Path, help="where the private key goes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
