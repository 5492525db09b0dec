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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edge.gateways.convert import MAX_WORD, number, word
from edge.gateways.paths import MISSING, LanguageError, Missing, Scope, compile_path, plain

Test = Callable[[Any], bool]
Holds = Callable[[Scope, Any], bool]  # of the scope, and of the field's own value
MAX_WORDS = 256  # remembered texts of each expression
_TESTS = ("present", "not", "like", "above", "below")


@dataclass(frozen=True, slots=True)
class Guard:
    """One compiled guard. capture: the part of the topic that it asks, if it asks one.

    need: a key without which it cannot hold, of the record or (of_root) of the whole payload.
    """

    capture: str | None
    holds: Holds
    need: str | None = None
    of_root: bool = False


def compile_guard(key: str, wanted: Any) -> Guard:
    """Raises LanguageError where key or value cannot be understood."""
    capture = key[1:-1] if key.startswith("{") and key.endswith("}") else "retain" if key == "retain" else None
    test = _test(wanted)
    if capture:
        return Guard(capture, lambda scope, own: test(scope.names.get(capture, MISSING)))
    if key == ".":
        return Guard(None, lambda scope, own: test(own))
    if key.startswith("."):
        get_own = compile_path("@" + key.removesuffix(".")).get
        return Guard(None, lambda scope, own: test(get_own(Scope(scope.root, own))))
    path = compile_path(key)
    get, step = path.get, path.steps[0] if path.steps else None
    need = step if isinstance(step, str) and path.start != "outer" and not test(MISSING) else None
    if wanted == {"present": True}:  # the most frequent question
        return Guard(None, lambda scope, own: get(scope) is not MISSING, need, path.start == "root")
    return Guard(None, lambda scope, own: test(get(scope)), need, path.start == "root")


def together(guards: Iterable[Guard]) -> Holds | None:
    """Return one function for all guards, that must all hold; None where there are none."""
    parts = [guard.holds for guard in guards]
    if len(parts) < 2:
        return parts[0] if parts else None

    def all_hold(scope: Scope, own: Any) -> bool:
        for holds in parts:  # noqa: SIM110 - a generator costs more than the guards
            if not holds(scope, own):
                return False
        return True

    return all_hold


def always(scope: Scope, own: Any) -> bool:
    return True


def any_of(groups: Iterable[list[Guard]]) -> Holds:
    """Return the function that is true where one of the groups holds; an empty group always does."""
    listed = list(groups)
    parts = [together(guards) or always for guards in listed]
    needs = [_needed(guards) for guards in listed]
    keys = frozenset(need for need in needs if need is not None)

    def one_holds(scope: Scope, own: Any) -> bool:
        return any(holds(scope, own) for holds in parts)

    def one_holds_with_a_key(scope: Scope, own: Any) -> bool:
        record = scope.record
        if isinstance(record, dict) and keys.isdisjoint(record):
            return False
        return any(holds(scope, own) for holds in parts)

    return one_holds if None in needs else one_holds_with_a_key


def _needed(guards: list[Guard]) -> str | None:
    """A key of the record without which the guards cannot all hold."""
    return next((guard.need for guard in guards if guard.need is not None and not guard.of_root), None)


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
    return lambda value: not isinstance(value, (Missing, dict, list)) and word(value) in words


def _named(name: str, wanted: Any) -> Test:
    if name == "present":
        return (lambda value: value is not MISSING) if wanted else (lambda value: value is MISSING)
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
    found = lru_cache(MAX_WORDS)(lambda text: pattern.search(text) is not None)

    def test(value: Any) -> bool:
        text = plain(value)
        return text is not None and (found(text) if len(text) <= MAX_WORD else pattern.search(text) is not None)

    return test
