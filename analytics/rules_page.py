"""Writes the page of rules from the one table of them, so that the page cannot say something else."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from analytics.policy import PARAMETERS

PAGE = Path("docs/rules.md")
_HEAD = """# Rules and their numbers

Made from `analytics/policy.py` by `make contract`. Each number can be set in the facility file for the home, a ward or
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
    parts = [_HEAD]
    for rule, parameters in groupby(PARAMETERS, lambda parameter: parameter.rule):
        parts += [f"## `{rule}`\n", "| parameter | default | unit | what | 说明 | grade | source |"]
        parts += ["|" + " --- |" * 7]
        parts += [
            f"| `{p.name}` | {p.default} | {p.unit} | {p.en} | {p.zh} | {p.grade} | {p.source} |" for p in parameters
        ]
        parts.append("")
    return "\n".join(parts)


def write(check: bool) -> int:
    """Write the page, or say whether it is up to date; 0 or 1."""
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print(f"{PAGE} is not what the table of rules gives; run make contract", file=sys.stderr)
        return 1
    return 0
