"""Guards: `when = { type = 5, "$.payload.status" = ["fall_confirmed", "calling"] }`; all of them must hold.

A guard's key is a path, a plain key of the record, `{capture}` of the topic, `retain`, or, in a field, `.` for the
field's own value and `.key` for something inside it. Its value is

    5   "open"   true               equal (text without regard to case; 5 also equals "5" and 5.0)
    ["a", "b"]                      one of these
    { present = true }              the key is there (also with null); false: it is not
    { not = ["a"] }                 none of these (also true where the key is missing)
    { like = "^fall" }              a regular expression is found in the text, without regard to case
    { above = 0 }  { below = 10 }   a number on that side
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.gateways.convert import number, word
from edge.gateways.paths import MISSING, LanguageError, Path, Scope, compile_path, plain

Test = Callable[[Any], bool]
_TESTS = ("present", "not", "like", "above", "below")


@dataclass(frozen=True, slots=True)
class Guard:
    """One compiled guard."""

    text: str
    capture: str | None
    path: Path
    test: Test
    own: bool = False

    def holds(self, scope: Scope, own: Any = MISSING) -> bool:
        if self.capture:
            return self.test(scope.names.get(self.capture, MISSING))
        return self.test(self.path.get(Scope(scope.root, own) if self.own else scope))


def compile_guard(key: str, wanted: Any) -> Guard:
    """Raises LanguageError where key or value cannot be understood."""
    capture = key[1:-1] if key.startswith("{") and key.endswith("}") else "retain" if key == "retain" else None
    own = key.startswith(".")
    path = compile_path("@" + key.removesuffix(".") if own else key)
    return Guard(f"{key} = {wanted!r}", capture, path, _test(wanted), own)


def all_hold(guards: tuple[Guard, ...], scope: Scope, own: Any = MISSING) -> bool:
    for guard in guards:  # noqa: SIM110 - a generator costs more than the guards
        if not guard.holds(scope, own):
            return False
    return True


def _test(wanted: Any) -> Test:
    if not isinstance(wanted, dict):
        return _one_of(wanted)
    unknown = [name for name in wanted if name not in _TESTS]
    if unknown or not wanted:
        raise LanguageError(f"guard {wanted!r}: write a value, a list, or one of {', '.join(_TESTS)}")
    tests = [_named(name, value) for name, value in wanted.items()]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _one_of(wanted: Any) -> Test:
    words = frozenset(word(item) for item in (wanted if isinstance(wanted, list) else [wanted]))
    return lambda value: value is not MISSING and not isinstance(value, (dict, list)) and word(value) in words


def _named(name: str, wanted: Any) -> Test:
    if name == "present":
        return lambda value: (value is not MISSING) is bool(wanted)
    if name == "not":
        same = _one_of(wanted)
        return lambda value: not same(value)
    if name == "like":
        return _like(wanted)
    limit = number(wanted)
    if not isinstance(limit, (int, float)):
        raise LanguageError(f"{name} = {wanted!r}: a number is needed")
    sign = 1 if name == "above" else -1
    return lambda value: isinstance(found := number(value), (int, float)) and (found - limit) * sign > 0


def _like(wanted: Any) -> Test:
    try:
        pattern = re.compile(str(wanted), re.IGNORECASE)
    except re.error as error:
        raise LanguageError(f"like = {wanted!r}: {error}") from error
    return lambda value: (text := plain(value)) is not None and pattern.search(text) is not None
