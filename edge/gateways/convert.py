"""From the value in a payload to the value of a signal: words, numbers as text, units, sentinels.

What is not understood is said to be so (UNREADABLE), never read as a state.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.gateways.model import Value
from edge.gateways.paths import LanguageError
from edge.gateways.signals import FALL, FLAG, NUMBER, OPENING, OWN, TEXT, SignalSpec
from edge.gateways.words import CLOSED, FALL_OFF, FALL_ON, OFF, ON, OPEN, SUSPECTED, UNKNOWN_WORDS

UNREADABLE = object()
ABSENT = object()

_WORD = re.compile(r"[\s\-]+")
_UNIT_TAIL = re.compile(r"^([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*[^\d\s.,][^\d]*$")

# (unit in the payload, unit of the signal) → factor, offset
UNITS: dict[tuple[str, str], tuple[float, float]] = {
    ("mV", "V"): (0.001, 0),
    ("F", "Cel"): (5 / 9, -160 / 9),
    ("K", "Cel"): (1, -273.15),
    ("mm", "m"): (0.001, 0),
    ("cm", "m"): (0.01, 0),
    ("dm", "m"): (0.1, 0),
    ("ft", "m"): (0.3048, 0),
    ("in", "m"): (0.0254, 0),
    ("lb", "kg"): (0.45359237, 0),
    ("g", "kg"): (0.001, 0),
    ("mmol/L", "mg/dL"): (18.016, 0),  # molar mass of glucose 180.16 g/mol
    ("kPa", "mm[Hg]"): (7.50062, 0),
    ("ratio", "%"): (100, 0),
    ("level4", "%"): (25, 0),  # a level of 0 to 4
    ("level255", "%"): (100 / 255, 0),
    ("klx", "lx"): (1000, 0),
    ("Hz", "/min"): (60, 0),
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one value is read. values: words or numbers of the payload → value. null: sentinels that mean "unknown"."""

    form: SignalSpec
    values: Mapping[str, Value] | None = None
    default: Any = UNREADABLE
    factor: float = 1.0
    offset: float = 0.0
    null: frozenset[str] = frozenset()
    low: float = -math.inf
    high: float = math.inf
    invert: bool = False

    @staticmethod
    def own() -> Conversion:
        """Return the conversion of a source's own signal: the value as it comes."""
        return Conversion(OWN)

    def read(self, value: Any) -> Any:
        """Return the signal's value, None for "unknown", or UNREADABLE."""
        if value is None or (self.null and word(value) in self.null):
            return None
        if self.values is not None:
            found = self.values.get(word(value), self.default)
            if found is not UNREADABLE or not isinstance(value, (str, bool)):  # a text may still be a common word
                return found
        return self._form(value)

    def _form(self, value: Any) -> Any:
        form = self.form.form
        if form == NUMBER:
            return self._number(value)
        if form == FLAG:
            return self._inverted(_truth(value, ON, OFF))
        if form == OPENING:
            truth = self._inverted(_truth(value, OPEN, CLOSED))
            return truth if truth is None or truth is UNREADABLE else "open" if truth else "closed"
        if form == FALL:
            return "suspected" if word(value) in SUSPECTED else self._inverted(_truth(value, FALL_ON, FALL_OFF))
        if form == TEXT:
            return value if isinstance(value, str) else UNREADABLE
        return _own(value)

    def _inverted(self, truth: Any) -> Any:
        return not truth if self.invert and isinstance(truth, bool) else truth

    def _number(self, value: Any) -> Any:
        found = number(value)
        if found is None or found is UNREADABLE:
            return found
        if self.form.vital and found in (0, 255):
            return None
        if self.factor != 1 or self.offset:
            found = round(found * self.factor + self.offset, 6)
        return found if self.low <= found <= min(self.high, self.form.high) else None


def word(value: Any) -> str:
    """Return a scalar as the word by which value tables are asked: lower case, `_` for blanks, 4.0 as 4."""
    if isinstance(value, str):
        return _WORD.sub("_", value.strip().lower())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: Any) -> Any:
    """Return a float or int, None for `nan` and its like, UNREADABLE for what is no number."""
    if isinstance(value, bool):
        return UNREADABLE
    if isinstance(value, int):
        return value if abs(value) < 2**63 else UNREADABLE
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 64:
        return UNREADABLE
    text = value.strip()
    if text.lower() in UNKNOWN_WORDS:
        return None
    try:
        found = float(text.replace(",", ".") if text.count(",") == 1 else text)
    except ValueError:
        tail = _UNIT_TAIL.match(text)
        return float(tail.group(1).replace(",", ".")) if tail else UNREADABLE
    return found if math.isfinite(found) else None


def _truth(value: Any, on: frozenset[str], off: frozenset[str]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, (dict, list)):
        return UNREADABLE
    said = word(value)
    if said in on:
        return True
    if said in off:
        return False
    if said in UNKNOWN_WORDS:
        return None
    if isinstance(value, (int, float)) and math.isfinite(value):
        return value != 0
    return UNREADABLE


def _own(value: Any) -> Any:
    """A source's own signal keeps its value; ON/OFF and numbers in text become what they are."""
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str):
        return UNREADABLE
    said = word(value)
    if said in ("on", "true", "off", "false"):
        return said in ("on", "true")
    found = number(value)
    return value[:500] if found is UNREADABLE else found


def unit_change(unit: str, wanted: str) -> tuple[float, float]:
    """Return factor and offset from a payload's unit to the signal's. Raises LanguageError for an unknown pair."""
    if unit == wanted:
        return 1.0, 0.0
    if (unit, wanted) not in UNITS:
        known = ", ".join(sorted(source for source, target in UNITS if target == wanted))
        raise LanguageError(f"unit {unit!r} cannot become {wanted!r}; known: {known or 'none'}")
    return UNITS[unit, wanted]
