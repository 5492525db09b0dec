"""Bytes cut into named numbers: `slices = { temp = "2..3 signed little", pressed = "0 bit 3", mode = "0 bits 4..7" }`.

A byte counts from 0, from the end with a minus; several bytes are big endian unless `little` says otherwise; bit 0 is
the lowest. What a frame is too short for is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from edge.gateways.convert import ABSENT
from edge.gateways.paths import LanguageError

_SLICE = re.compile(
    r"(?P<first>-?\d+)(?:\.\.(?P<last>-?\d+))?(?P<words>(?: signed| little)*)"
    r"(?: bit (?P<bit>\d+)| bits (?P<low>\d+)\.\.(?P<high>\d+))?(?P<text> text)?"
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes first to last, of which bits low to high (high below low: all); text: read as UTF-8, not as a number."""

    name: str
    first: int
    last: int
    little: bool
    signed: bool
    low: int
    high: int
    text: bool

    def cut(self, data: bytes) -> Any:
        """Return the number, the text, a truth value for a single bit, or ABSENT."""
        first, last = (at + len(data) if at < 0 else at for at in (self.first, self.last))
        if not 0 <= first <= last < len(data):
            return ABSENT
        part = data[first : last + 1]
        if self.text:
            return part.decode("utf-8", "replace").strip("\x00 ")
        value = int.from_bytes(part, "little" if self.little else "big", signed=self.signed)
        if self.high < self.low:
            return value
        value = value >> self.low & (1 << self.high - self.low + 1) - 1
        return bool(value) if self.high == self.low else value


def compile_slice(name: str, text: str) -> Slice:
    """Raises LanguageError where the text names no bytes."""
    found = _SLICE.fullmatch(text.strip())
    if found is None:
        raise LanguageError(f"slice {text!r}: write '0', '2..3 signed little', '0 bit 3', '0 bits 4..7' or '2..9 text'")
    first, last = int(found["first"]), int(found["last"] or found["first"])
    if (first < 0) == (last < 0) and last < first:
        raise LanguageError(f"slice {text!r}: the last byte stands before the first")
    low, high = int(found["bit"] or found["low"] or 0), int(found["bit"] or found["high"] or -1)
    if found["low"] and high < low:
        raise LanguageError(f"slice {text!r}: the last bit stands before the first")
    words = found["words"].split()
    return Slice(name, first, last, "little" in words, "signed" in words, low, high, found["text"] is not None)


def cut(value: Any, slices: tuple[Slice, ...]) -> Any:
    """Return {name: value} of the slices of some bytes; ABSENT for anything else."""
    if not isinstance(value, bytes):
        return ABSENT
    return {part.name: found for part in slices if (found := part.cut(value)) is not ABSENT}
