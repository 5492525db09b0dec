"""Checked reading of a TOML table: a wrong or unknown key is an error that names its line and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from anxin.toml_lines import Document, Path, TomlError
from edge.gateways.paths import LanguageError

T = TypeVar("T")
_WORDS = {str: "text", bool: "true or false", dict: "a table", list: "a list", float: "a number", int: "a number"}


class Node:
    """A table of the document at its path. Ask for its keys, then call `done`: what nobody asked for is unknown."""

    def __init__(self, document: Document, path: Path, data: Any) -> None:
        self.document, self.path = document, path
        if not isinstance(data, dict):
            raise document.error(path, f"a table is needed, not {data!r}")
        self.data: dict[str, Any] = data
        self.asked: set[str] = set()

    def get(self, key: str, kind: type[T] | tuple[type, ...], default: Any = None) -> Any:
        """Return a value of the wanted type, or the default."""
        self.asked.add(key)
        if key not in self.data:
            return default
        value = self.data[key]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(dict.fromkeys(_WORDS[one] for one in kinds))
            raise self.error(key, f"{wanted} is needed, not {value!r}")
        return value

    def number(self, key: str, default: float = 0.0) -> float:
        return float(self.get(key, (int, float), default))

    def choice(self, key: str, among: tuple[str, ...], default: str) -> str:
        value = str(self.get(key, str, default))
        if value not in among:
            raise self.error(key, f"{value!r} is not one of {', '.join(among)}")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a text or a list of texts as a list."""
        value = self.get(key, (str, list), [])
        items = [value] if isinstance(value, str) else value
        for place, item in enumerate(items):
            if not isinstance(item, str):
                raise self.document.error((*self.path, key, place), f"text is needed, not {item!r}")
        return list(items)

    def child(self, key: str) -> Node | None:
        value = self.get(key, dict)
        return None if value is None else Node(self.document, (*self.path, key), value)

    def children(self, key: str) -> Iterator[Node]:
        """Yield the tables of a list of tables (one table alone is a list of one)."""
        value = self.get(key, (dict, list), [])
        if isinstance(value, dict):
            yield Node(self.document, (*self.path, key), value)
            return
        for place, item in enumerate(value):
            yield Node(self.document, (*self.path, key, place), item)

    def compiled(self, key: str, make: Callable[..., T], *arguments: Any) -> T:
        """Return make(*arguments), with the place of `key` before the text of a LanguageError."""
        try:
            return make(*arguments)
        except LanguageError as error:
            raise self.error(key, str(error)) from error

    def error(self, key: str, text: str) -> TomlError:
        return self.document.error((*self.path, key) if key else self.path, text)

    def done(self) -> None:
        """Raise for the first key that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                near = difflib.get_close_matches(key, self.asked, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(self.asked))}"
                raise self.error(key, f"unknown key; {hint}")
