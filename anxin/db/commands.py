"""`anxin db …` and `anxin facility …`: what an administrator does to the store, as its owner."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from psycopg import OperationalError

from anxin import config
from anxin.db import directory
from anxin.db.connect import connect
from anxin.db.migrate import MigrationError, detect, migrate
from anxin.db.passwords import set_passwords
from anxin.facility import read


def main(argv: list[str]) -> int:
    """Run one command; 0 done, 1 failed (said on standard error)."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (OperationalError, MigrationError) as error:
        print(f"anxin: {str(error).strip()}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("anxin")
    groups = parser.add_subparsers(required=True)
    database = groups.add_parser("db").add_subparsers(required=True)
    command = database.add_parser("migrate", help="bring the database to this version's schema")
    command.add_argument("--config", type=Path, required=True)
    command.set_defaults(run=_migrate)
    command = database.add_parser("passwords", help="give the roles the passwords in their files")
    command.add_argument("--config", type=Path, required=True)
    command.set_defaults(run=_passwords)
    facility = groups.add_parser("facility").add_subparsers(required=True)
    command = facility.add_parser("check", help="check a facility file")
    command.add_argument("file", type=Path)
    command.set_defaults(run=_check)
    command = facility.add_parser("load", help="load a facility file into the store")
    command.add_argument("file", type=Path)
    command.add_argument("--config", type=Path, required=True)
    command.set_defaults(run=_load)
    return parser


def _migrate(arguments: argparse.Namespace) -> int:
    settings = config.load(arguments.config)
    with connect(settings.database, settings.database.owner, autocommit=True) as connection:
        new = migrate(connection)
        print(f"{detect(connection)}: {', '.join(new) if new else 'up to date'}")
    return 0


def _passwords(arguments: argparse.Namespace) -> int:
    settings = config.load(arguments.config)
    if settings.database.secrets is None:
        raise config.ConfigError(
            f"{arguments.config}: [database] secrets is missing: name the folder for the passwords"
        )
    with connect(settings.database, settings.database.owner, autocommit=True) as connection:
        set_passwords(connection, Path(settings.database.secrets))
    print(f"passwords of the roles are those in {settings.database.secrets}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    home = read(arguments.file)
    beds = sum(len(room.beds) for ward in home.wards for room in ward.rooms)
    devices = sum(len(gateway.devices) for gateway in home.gateways)
    print(f"{home.code}: {len(home.wards)} wards, {beds} beds, {len(home.residents)} residents, {devices} devices")
    return 0


def _load(arguments: argparse.Namespace) -> int:
    settings = config.load(arguments.config)
    home = read(arguments.file)
    with connect(settings.database, settings.database.owner, autocommit=True) as connection:
        directory.load(connection, home, settings.clock.clock().now())
    print(f"{home.code}: loaded")
    return 0
