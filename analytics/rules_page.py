"""Writes the page of rules from the catalogue and the one table of numbers, so that it cannot say something else."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from analytics.detectors import RAISED_BY
from analytics.parameters import PARAMETERS
from anxin.catalogue import ALERTS, RISKS
from anxin.courses import COURSES

PAGE = Path("docs/rules.md")
_HEAD = """# The catalogue of alerts, the rules and their numbers

Made from `anxin/catalogue.py`, `anxin/courses.py`, the detectors and `analytics/parameters.py` by `make contract`.

## The catalogue

Every condition that the watch knows. Risks: the nine of GB 38600-2019, chapter 6, by number: {risks}.
"At the place": life is at stake, it ends only after somebody arrived. "Outcome": a person closes it. A kind that no
rule raises yet is marked **nothing raises it yet**: it is never covered, whatever devices a home has.

{catalogue}

## How each begins, holds and ends

Persistence: for how long the onset must hold before it is told. Hysteresis: how far it must be back to count as over,
or what keeps one happening from being two. Clearing ends the condition; whether that ends the alert stands above. The
same table is in `anxin.alert_kind`.

{courses}

## The numbers

Each number can be set in the facility file for the home, a ward or
one resident; the narrowest wins, from its time on:

```toml
[[policies]]
rule = "bed_absence"
parameter = "warn_min"
value = 30
resident = "wang"
```

Grade: V read in the source named, V2 read second-hand, M from memory, C computed, E our own proposal that no source
claims.
"""


def page() -> str:
    """Return the page as Markdown."""
    risks = ", ".join(f"{risk.value} {en} {zh}" for risk, (en, zh) in RISKS.items())
    parts = [_HEAD.replace("{risks}", risks).replace("{catalogue}", "\n".join(_catalogue()))]
    parts[0] = parts[0].replace("{courses}", "\n".join(_courses()))
    for rule, parameters in groupby(PARAMETERS, lambda parameter: parameter.rule):
        parts += [f"## `{rule}`\n", "| parameter | default | unit | what | 说明 | grade | source |"]
        parts += ["|" + " --- |" * 7]
        parts += [
            f"| `{p.name}` | {p.default} | {p.unit} | {p.en} | {p.zh} | {p.grade} | {p.source} |" for p in parameters
        ]
        parts.append("")
    return "\n".join(parts)


def _catalogue() -> list[str]:
    rows = ["| kind | English | 中文 | priority | ends | risks | raised by |", "|" + " --- |" * 7]
    for kind, spec in ALERTS.items():
        ends = "at the place" if spec.life_safety else "outcome" if spec.latching else "by itself"
        risks = "all" if len(spec.risks) == len(RISKS) else ", ".join(str(risk.value) for risk in spec.risks)
        by = f"`{RAISED_BY[kind]}`" if kind in RAISED_BY else "**nothing raises it yet**"
        rows.append(f"| `{kind}` | {spec.en} | {spec.zh} | {spec.priority.name.lower()} | {ends} | {risks} | {by} |")
    return rows


def _courses() -> list[str]:
    rows = ["| kind | onset | persistence | hysteresis | clearing |", "|" + " --- |" * 5]
    return rows + [f"| `{kind}` | {' | '.join(text or '–' for text in COURSES[kind])} |" for kind in ALERTS]


def write(check: bool) -> int:
    """Write the page, or say whether it is up to date; 0 or 1."""
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print(f"{PAGE} is not what the table of rules gives; run make contract", file=sys.stderr)
        return 1
    return 0
