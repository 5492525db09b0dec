"""TOML that knows its lines: `tomllib` gives values without places, so a mistake found later could not be pointed at.

A path is a tuple of keys and indexes, shown as `devices[2].room`. `load` reads a file's text into a Document; whoever
finds a wrong value asks `document.place(path)` for `homes.toml:17: devices[2].room`. Where the path itself does not
stand in the text (a key that is missing) the nearest thing around it is meant.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STEP = re.compile(r"""\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.?"((?:[^"\\]|\\.)*)"|\.?([^.\["]+)""")
_PLACE = re.compile(r"\(at line (\d+)")
_QUOTES = ('"""', "'''", '"', "'")


class TomlError(ValueError):
    """Text that is not TOML, or not what was expected; the text begins with the place, `file:line: path`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text, read. source: what to call it in messages (a file name). notes: what may be a slip, with places."""

    source: str
    data: dict[str, Any]
    lines: dict[Path, int]
    notes: list[str] = field(default_factory=list)

    def line(self, path: Path | str) -> int:
        """Return the line of a path from 1, or of the nearest thing around it."""
        wanted = parse_path(path) if isinstance(path, str) else path
        while wanted and wanted not in self.lines:
            wanted = wanted[:-1]
        return self.lines.get(wanted, 1)

    def place(self, path: Path | str) -> str:
        """Return `source:line: path`, to begin an error message with."""
        shown = path if isinstance(path, str) else show(path)
        return f"{self.source}:{self.line(path)}: {shown}" if shown else f"{self.source}:{self.line(path)}"

    def note(self, path: Path | str, text: str) -> None:
        """Keep a remark on something at `path` that is no error."""
        self.notes.append(f"{self.place(path)}: {text}")

    def error(self, path: Path | str, text: str) -> TomlError:
        """Return the error to raise for a value at `path`."""
        return TomlError(f"{self.place(path)}: {text}")


def load(text: str, source: str) -> Document:
    """Read a TOML text. Raises TomlError with the line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line = found.group(1) if found else "1"
        raise TomlError(f"{source}:{line}: not valid TOML: {str(error).split(' (at ')[0]}") from error
    return Document(source, data, key_lines(text))


def show(path: Path) -> str:
    """Write a path as text: `devices[2].room`; keys that are not bare are quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        key = step if _BARE.fullmatch(step) else '"' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
        text += f".{key}" if text else key
    return text


def parse_path(text: str) -> Path:
    """Read `devices[2].room`, also with the `$.` that JSON decoders put in front."""
    text = text.removeprefix("$").removeprefix(".")
    steps: list[str | int] = []
    for index, *keys in _STEP.findall(text):
        steps.append(int(index) if index else re.sub(r"\\(.)", r"\1", next((key for key in keys if key), "")))
    return tuple(steps)


def key_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every key, table and array element of a valid TOML text."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    """Walks once over a text that tomllib has accepted; so it only follows the structure and judges nothing."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = 1
        self.seen = 0  # up to where newlines are counted
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def mark(self, path: Path) -> None:
        self.line += self.text.count("\n", self.seen, self.at)
        self.seen = self.at
        self.lines.setdefault(path, self.line)

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def document(self) -> None:
        table: Path = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; inside an array of tables the newest element is meant."""
        array = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if array else 1
        keys = self.keys()
        self.at += 2 if array else 1
        path: Path = ()
        for place, key in enumerate(keys):
            path += (key,)
            last = place == len(keys) - 1
            if last and array:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path += (self.counts[path],)
        end, self.at = self.at, start
        if array:
            self.mark(path[:-1])
        self.mark(path)
        self.at = end
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path = table + tuple(self.keys())
        end, self.at = self.at, start
        for length in range(len(table) + 1, len(path) + 1):
            self.mark(path[:length])
        self.at = end + 1  # past "="
        self.skip(_SPACE)
        self.value(path)

    def keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.skip(_SPACE)
            char = self.text[self.at]
            if char in "\"'":
                start = self.at
                self.string()
                keys.append(str(tomllib.loads(f"k = {self.text[start : self.at]}")["k"]))
            else:
                found = _BARE.match(self.text, self.at)
                keys.append(found.group() if found else "")
                self.at = found.end() if found else self.at + 1
            self.skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def value(self, path: Path) -> None:
        char = self.text[self.at]
        if char in "\"'":
            self.string()
        elif char == "[":
            self.array(path)
        elif char == "{":
            self.inline(path)
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.mark((*path, index))
            self.value((*path, index))
            index += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)

    def string(self) -> None:
        quote = next(mark for mark in _QUOTES if self.text.startswith(mark, self.at))
        self.at += len(quote)
        while not self.text.startswith(quote, self.at):
            self.at += 2 if self.text[self.at] == "\\" and quote[0] == '"' else 1
        self.at += len(quote)
        while len(quote) == 3 and self.text.startswith(quote[0], self.at):  # quotes just before the closing ones
            self.at += 1
