"""`anxin dashboards write|check`: generate the dashboards' JSON, or say whether they are up to date and clean."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboards import ward
from dashboards.lint import findings

GENERATED = Path(__file__).resolve().parent / "generated"
# Every dashboard: the name of its file, and what builds it.
DASHBOARDS: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (("ward", ward.build),)


def main(argv: list[str]) -> int:
    """Run one command; 0 done or clean, 1 something is wrong (said on standard error)."""
    parser = argparse.ArgumentParser("anxin dashboards", description="Grafana dashboards as code")
    parser.add_argument("command", choices=("write", "check"), help="write the JSON files, or check them")
    parser.add_argument("--folder", type=Path, default=GENERATED, help="where the JSON files are")
    arguments = parser.parse_args(argv)
    wrong = [f"{name}: {finding}" for name, build in DASHBOARDS for finding in findings(build())]
    for name, build in DASHBOARDS:
        path = arguments.folder / f"{name}.json"
        if arguments.command == "write":
            path.write_text(text(build()), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text(build()):
            wrong.append(f"{path.name}: differs from what the code builds; run `anxin dashboards write`")
    for line in wrong:
        print(f"dashboards: {line}", file=sys.stderr)
    return 1 if wrong else 0


def text(dashboard: dict[str, Any]) -> str:
    """Return a dashboard as it is committed."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
