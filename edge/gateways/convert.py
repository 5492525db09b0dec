"""From the value in a payload to the value of a signal: words, numbers as text, units, sentinels.

What is not understood is said to be so (UNREADABLE), never read as a state.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edge.gateways.model import Value
from edge.gateways.paths import LanguageError
from edge.gateways.signals import FALL, FLAG, NUMBER, OPENING, OWN, TEXT, SignalSpec
from edge.gateways.words import CLOSED, FALL_OFF, FALL_ON, OFF, ON, OPEN, SUSPECTED, UNKNOWN_WORDS

UNREADABLE = object()
ABSENT = object()
Reader = Callable[[Any], Any]  # from a value to the signal's value, None for "unknown", or UNREADABLE
MAX_WORDS, MAX_WORD = 4_096, 64
HUGE = 2**63

_WORD = re.compile(r"[\s\-]+")
# a number with its unit; 0xFFFF is a word for "nothing", not zero of some unit
_UNIT_TAIL = re.compile(r"^(?!0[xX])([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*[^\d\s.,][^\d]*$")

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

    def reader(self) -> Reader:
        """Return the function that reads a value."""
        read = _READERS[self.form.form](self)
        values, default, null = self.values, self.default, self.null
        if values is None and not null:
            return read

        def read_word(value: Any) -> Any:
            if value is None:
                return None
            said = word(value)
            if said in null:
                return None
            if values is not None:
                found = values.get(said, default)
                # a text may still be a common word
                if found is not UNREADABLE or not isinstance(value, (str, bool)):
                    return found
            return read(value)

        return read_word


def _number_reader(how: Conversion) -> Reader:
    vital, factor, offset, changed = how.form.vital, how.factor, how.offset, how.factor != 1 or how.offset != 0
    low, high = max(how.low, -HUGE), min(how.high, how.form.high, HUGE)  # nothing that is measured is so large

    def read(value: Any) -> Any:
        if type(value) is not float and type(value) is not int:
            value = number(value)
            if value is None or value is UNREADABLE:
                return value
        if vital and (value == 0 or value == 255):
            return None
        if changed and -HUGE < value < HUGE:
            value = round(value * factor + offset, 6)
        return value if low <= value <= high else None

    return read


def _truth_reader(how: Conversion, on: frozenset[str] = ON, off: frozenset[str] = OFF) -> Reader:
    invert = how.invert
    words: dict[str, Any] = {
        **dict.fromkeys(UNKNOWN_WORDS),
        **dict.fromkeys(off, invert),
        **dict.fromkeys(on, not invert),
    }

    def read(value: Any) -> Any:
        if isinstance(value, bool):
            return value != invert
        if value is None:
            return None
        if isinstance(value, (dict, list)):
            return UNREADABLE
        found = words.get(word(value), UNREADABLE)
        if found is UNREADABLE and isinstance(value, (int, float)) and math.isfinite(value):
            return (value != 0) != invert
        return found

    return read


def _opening_reader(how: Conversion) -> Reader:
    read_truth = _truth_reader(how, OPEN, CLOSED)

    def read(value: Any) -> Any:
        truth = read_truth(value)
        return truth if truth is None or truth is UNREADABLE else "open" if truth else "closed"

    return read


def _fall_reader(how: Conversion) -> Reader:
    read_truth = _truth_reader(how, FALL_ON, FALL_OFF)
    return lambda value: "suspected" if word(value) in SUSPECTED else read_truth(value)


def _text_reader(how: Conversion) -> Reader:
    return lambda value: value if value is None or isinstance(value, str) else UNREADABLE


def read_own(value: Any) -> Any:
    """A source's own signal keeps its value; ON/OFF and numbers in text become what they are."""
    if value is None or isinstance(value, (bool, int)):
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


_READERS: dict[str, Callable[[Conversion], Reader]] = {
    NUMBER: _number_reader,
    FLAG: _truth_reader,
    OPENING: _opening_reader,
    FALL: _fall_reader,
    TEXT: _text_reader,
    OWN.form: lambda how: read_own,
}


def word(value: Any) -> str:
    """Return a scalar as the word by which value tables are asked: lower case, `_` for blanks, 4.0 as 4."""
    if isinstance(value, str):
        return _known_word(value) if len(value) <= MAX_WORD else _make_word(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _make_word(text: str) -> str:
    return _WORD.sub("_", text.strip().lower())


_known_word = lru_cache(MAX_WORDS)(_make_word)  # the same few words come again and again


def number(value: Any) -> Any:
    """Return a float or int, None for null, `nan` and its like, UNREADABLE for what is no number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool):
        return UNREADABLE
    if isinstance(value, int):
        return value if abs(value) < HUGE else UNREADABLE
    if value is None:
        return None
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


def unit_change(unit: str, wanted: str) -> tuple[float, float]:
    """Return factor and offset from a payload's unit to the signal's. Raises LanguageError for an unknown pair."""
    if unit == wanted:
        return 1.0, 0.0
    if (unit, wanted) not in UNITS:
        known = ", ".join(sorted(source for source, target in UNITS if target == wanted))
        raise LanguageError(f"unit {unit!r} cannot become {wanted!r}; known: {known or 'none'}")
    return UNITS[unit, wanted]
