"""`make bench`: every part with real servers on one machine → build/bench.json, a table of goals, docs/benchmarks.md.

make bench                                        everything (about 25 minutes)
make bench ARGS="--only sustained --minutes 2"    single parts; bench.json keeps what was measured before
make bench ARGS="--list"                          what there is
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anxin.clock import monotonic_s
from tests.benchmarks import goals, page
from tests.benchmarks.measuring import machine
from tests.benchmarks.parts import PARTS, Options, Part
from tests.benchmarks.stack import ROOT, NotInstalled

PAGE = ROOT / "docs" / "benchmarks.md"


def main(argv: list[str]) -> int:
    """Run what was asked for; 0 everything ran (or is not installed, said so), 1 a part failed, 2 wrong usage."""
    options = _parser().parse_args(argv)
    if options.list:
        print("\n".join(f"{part.name:14} {part.what}" for part in PARTS))
        return 0
    chosen = [part for part in PARTS if not options.only or part.name in options.only]
    if unknown := sorted(set(options.only) - {part.name for part in PARTS}):
        print(f"no part is called {', '.join(unknown)}; see --list", file=sys.stderr)
        return 2
    result, failed = _begin(options.out), []
    for part in chosen:
        result["parts"][part.name] = figures = _run(part, Options(options.beds, options.minutes, options.quick))
        if "failed" in figures:
            failed.append(part.name)
        _write(options.out, result)
    print("\n".join(page.lines(result["goals"])))
    if options.page or not (options.only or options.quick):
        page.fill(PAGE, result)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _begin(out: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"parts": {}}
    result["parts"] = {part.name: result["parts"][part.name] for part in PARTS if part.name in result["parts"]}
    return {
        **result, "at": datetime.now(UTC).isoformat(), "machine": machine(), "what": {p.name: p.what for p in PARTS},
    }  # fmt: skip


def _run(part: Part, options: Options) -> dict[str, Any]:
    print(f"{part.name}: {part.what} ...", flush=True)
    begun = monotonic_s()
    try:
        figures = part.run(options)
    except NotInstalled as missing:
        figures = {"not_measured": str(missing)}
        print(f"{part.name}: not measured: {missing}", flush=True)
    except Exception as error:  # noqa: BLE001  the other parts shall still run; the exit code tells
        traceback.print_exc()
        figures = {"failed": f"{type(error).__name__}: {error}"}
    return {"measured_at": datetime.now(UTC).isoformat(), "took_s": round(monotonic_s() - begun, 1), **figures}


def _write(out: Path, result: dict[str, Any]) -> None:
    """After each part, so that a broken run leaves what it has. The order of the parts stays."""
    result["parts"] = {part.name: result["parts"][part.name] for part in PARTS if part.name in result["parts"]}
    result["goals"] = goals.table(result["parts"])
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="only these parts")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the sustained load lasts")
    parser.add_argument("--beds", type=int, default=20_000, help="how large the city is")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument(
        "--quick", action="store_true", help="seconds only, to see that all runs; the figures mean nothing"
    )
    parser.add_argument("--page", action="store_true", help="fill docs/benchmarks.md also after single parts")
    parser.add_argument("--list", action="store_true", help="name the parts and end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
