"""The fault table as JSON, as text, and as the generated part of docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.account import Outcome

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- faults: written by `make faults` -->", "<!-- faults: end -->"
COLUMNS = (
    "fault", "sent", "stored", "duplicates", "alerts_expected", "alerts_raised", "alerts_late", "longest_silence_s",
    "declared_lost",
)  # fmt: skip


def as_json(outcomes: Sequence[Outcome]) -> str:
    rows = [{column: getattr(outcome, column) for column in COLUMNS} for outcome in outcomes]
    return json.dumps(rows, indent=1) + "\n"


def as_table(outcomes: Sequence[Outcome]) -> str:
    """Markdown, aligned so that it reads as text too."""
    heads = [*(column.replace("_", " ") for column in COLUMNS), "technical alerts"]
    rows = [[*(str(getattr(one, column)) for column in COLUMNS), _kinds(one)] for one in outcomes]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def machine() -> str:
    """What the table was made on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}"


def fill_page(table: str, command: str, now: datetime | None = None) -> None:
    """Put the table between the markers of docs/benchmarks.md; the page or its part is begun where it is missing."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Benchmarks\n"
    if BEGIN not in page:
        page = page.rstrip("\n") + f"\n\n## Faults\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    date = (now or datetime.now(UTC)).date()
    text = (
        f"{BEGIN}\n`{command}`, {date}, {machine()}. What each fault is, and what is promised: [faults](faults.md).\n"
    )
    PAGE.write_text(f"{before}{text}\n{table}\n{END}{after}", encoding="utf-8")


def memory(outcomes: Sequence[Outcome]) -> str:
    """What acts noted beside the account, as lines below the table."""
    return "".join(f"\n{one.fault}: {'; '.join(one.notes)}\n" for one in outcomes if one.notes)


def _kinds(outcome: Outcome) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in outcome.technical.items()) or "none"
