"""Loads the `queries.sql` beside a module: named blocks, each with a sentence that says what it is for.

-- name: open_alerts
-- The unresolved alerts of a facility, most urgent first.
select …
"""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z_0-9]+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one file, as attributes: `queries.open_alerts` is its SQL text."""

    def __init__(self, text: str, source: str) -> None:
        parts = _NAME.split(text)
        self._source = source
        self._sql: dict[str, str] = {}
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in self._sql:
                raise ValueError(f"{source}: query {name} is written twice")
            if not body.lstrip().startswith("--"):
                raise ValueError(f"{source}: query {name} has no sentence that says what it is for")
            self._sql[name] = body.strip()

    def __getattr__(self, name: str) -> str:
        try:
            return self._sql[name]
        except KeyError:
            raise AttributeError(f"{self._source} has no query {name}") from None

    def names(self) -> tuple[str, ...]:
        return tuple(self._sql)


def load(package: str, file: str = "queries.sql") -> Queries:
    """Return the queries of `file` in `package`."""
    return Queries(files(package).joinpath(file).read_text(encoding="utf-8"), f"{package}/{file}")
