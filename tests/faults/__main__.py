"""`make faults`: every known fault on the real system under load, then kills at random for some minutes.

python -m tests.faults [--only NAME]… [--minutes 10] [--seed 1] [--list] [--page]; prints the table, writes
build/faults.json and the generated part of docs/benchmarks.md (not with --only). Exit code 1 where a promise was not
kept.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.faults import report
from tests.faults.account import Outcome
from tests.faults.known import FAULTS, RANDOM, fill_page, random_kills
from tests.faults.matrix import rows

PAGE = report.ROOT / "docs" / "faults.md"
OUT = report.ROOT / "build" / "faults.json"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("make faults", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this fault (may be repeated)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long parts are killed at random (10)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the random sequence (the time)")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--page", action="store_true", help="write the table of docs/faults.md")
    options = parser.parse_args(argv)
    if options.page:
        PAGE.write_text(fill_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    known = {fault.name: fault for fault in (random_kills(options.minutes), *FAULTS)}
    if options.list or not set(options.only) <= known.keys():
        print("\n".join(known), file=sys.stdout if options.list else sys.stderr)
        return 0 if options.list else 2
    print(f"seed of the kills at random: {options.seed}", flush=True)
    outcomes = _run([name for name in known if not options.only or name in options.only], options)
    table = report.as_table(outcomes) + "\n" + report.memory(outcomes)
    print("\n" + table)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(report.as_json(outcomes), encoding="utf-8")
    if not options.only:
        minutes = "" if options.minutes == 10.0 else f' ARGS="--minutes {options.minutes:g}"'
        report.fill_page(table, f"make faults{minutes}")
    bad = [outcome.fault for outcome in outcomes if not outcome.good]
    print(f"\n{len(outcomes) - len(bad)} of {len(outcomes)} kept" + (f"; not kept: {', '.join(bad)}" if bad else ""))
    return 1 if bad else 0


def _run(names: list[str], options: argparse.Namespace) -> list[Outcome]:
    """The kills at random take their ten minutes on a stand of their own, beside the others."""
    if RANDOM not in names or names == [RANDOM]:
        return rows(names, options.minutes, options.seed)
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        random_rows = beside.submit(rows, [RANDOM], options.minutes, options.seed)
        others = rows([name for name in names if name != RANDOM], options.minutes, options.seed)
        return random_rows.result() + others


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
