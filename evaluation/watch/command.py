"""`anxin evaluate watch`: the watch over simulated homes, or over recordings.

Exit codes: 0 done, 2 the arguments, a scenario or a folder cannot be used (the reason is on stderr).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from anxin.config import ConfigError
from anxin.facility import Facility
from evaluation.recordings import DataError
from evaluation.watch import sepsis, smarthome, tihm
from evaluation.watch.run import watch
from evaluation.watch.score import Row, Totals, add, rows
from simulators.home import make_home
from simulators.scenario import Scenario, read

COLUMNS = ("kind", "recall", "precision", "delay_p50_s", "delay_p95_s", "false_per_resident_day",
           "alerts_per_resident_day", "reached_p50_s", "reached_p90_s")  # fmt: skip
COUNTS = ("truths", "alerts")
EXTRA = ("lead_p50_h", "lead_12h_share", "false_per_night")
DATASETS: dict[str, Callable[[Path], list[Row]]] = {
    **{name: partial(smarthome.evaluate, dataset=name) for name in smarthome.READERS},
    "tihm_physiology": tihm.evaluate,
    "sepsis2019_setB": sepsis.evaluate,
}


def main(argv: list[str]) -> int:
    """Run the evaluation; return the exit code."""
    arguments = parser().parse_args(argv)
    try:
        found = simulated(arguments) if arguments.folder is None else recorded(arguments.folder, arguments.dataset)
    except (ConfigError, DataError) as error:
        print(f"evaluate watch: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif arguments.markdown:
        print(markdown(found))
    else:
        print(
            table(found, COLUMNS if arguments.folder is None else tuple(dict.fromkeys(k for row in found for k in row)))
        )
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser("anxin evaluate watch", description="score the watch against known truth")
    made.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="a recording's folder instead of simulated homes"
    )
    made.add_argument("--dataset", choices=sorted(DATASETS), help="what DIR holds; its name says it otherwise")
    made.add_argument("--residents", type=_whole(1, 900), default=100)
    made.add_argument("--days", type=_days, default=30.0)
    made.add_argument("--seeds", type=_whole(1, 1_000), default=5, help="how many homes")
    made.add_argument("--first-seed", type=int, default=1, metavar="N", help="seeds N, N+1, …")
    made.add_argument(
        "--known-days", type=_whole(0, 60), default=10, help="days before the first, in which the watch learns only"
    )
    made.add_argument("--scenarios", type=Path, metavar="DIR", help="lay each scenario (*.toml) of a folder over homes")
    made.add_argument("--processes", type=_whole(1, 64), default=1, help="homes watched at the same time")
    made.add_argument("--no-faults", action="store_true", help="sensors and gateways that never fail")
    made.add_argument("--json", action="store_true", help="an array of objects instead of a table")
    made.add_argument("--markdown", action="store_true", help="the table of docs/watch-evaluation.md: what came up")
    return made


def simulated(arguments: argparse.Namespace) -> list[Row]:
    """Return the score over all seeds and scenarios. Each seed is a home of its own, so they may run side by side."""
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    total, one = Totals(), partial(_one_home, arguments)
    if arguments.processes == 1:
        parts: Iterable[Totals] = map(one, seeds)
    else:
        with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
            parts = [*pool.map(one, seeds)]
    for part in parts:
        total.join(part)
    return rows(total)


def _one_home(arguments: argparse.Namespace, seed: int) -> Totals:
    home, total = make_home(seed, arguments.residents), Totals()
    for scenario in scenarios(arguments.scenarios, home):
        add(total, watch(arguments.residents, arguments.days, seed, scenario, not arguments.no_faults,
                         float(arguments.known_days)))  # fmt: skip
    return total


def recorded(folder: Path, dataset: str | None) -> list[Row]:
    """Return the score over a recording. DataError where the folder is not of that form."""
    name = dataset or folder.resolve().name
    if name not in DATASETS:
        raise DataError(f"{folder}: say with --dataset what it holds: {', '.join(sorted(DATASETS))}")
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return DATASETS[name](folder)


def scenarios(folder: Path | None, home: Facility) -> Sequence[Scenario | None]:
    """Return the scenarios of a folder, or just an ordinary time. ConfigError where there are none, or one is wrong."""
    if folder is None:
        return [None]
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise ConfigError(f"{folder}: no scenario (*.toml) in this folder")
    return [read(str(file), home) for file in files]


def table(found: Sequence[Row], columns: Sequence[str]) -> str:
    """Return the rows for people; what only the last one has stands below."""
    shown = [tuple(columns), *(tuple(_text(row.get(name)) for name in columns) for row in found)]
    widths = [max(len(line[i]) for line in shown) for i in range(len(columns))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in shown]
    rest = [f"{name}: {_text(value)}" for name, value in found[-1].items() if name not in columns]
    return "\n".join([*lines, "", *rest])


def markdown(found: Sequence[Row]) -> str:
    """Return the rows of which anything came up, in the form of the documentation."""
    simulated = COUNTS[0] in found[-1]
    shown = [row for row in found if not simulated or any(row.get(name) for name in COUNTS)]
    columns = (*COLUMNS, *COUNTS) if simulated else tuple(dict.fromkeys(name for row in found for name in row))
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for row in shown:
        cells = ["–" if row.get(name) is None else _text(row[name]) for name in columns]
        lines.append(f"| `{cells[0]}` | {' | '.join(cells[1:])} |")
    rest = [f"* {name}: {_text(value)}" for name, value in found[-1].items() if name not in columns]
    rest += [f"* {row['kind']}.{name}: {_text(value)}" for row in shown[:-1] for name, value in row.items()
             if name in EXTRA]  # fmt: skip
    return "\n".join([*lines, "", *rest])


def _text(value: object) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return check


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0.1 <= days <= 366:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 0.1 to 366")
    return days
