"""What one key of a record becomes, as one function made when the key is first seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.gateways.conditions import Holds
from edge.gateways.convert import ABSENT, UNREADABLE, Reader, read_own, word
from edge.gateways.draft import CLEARS, HOLDS, MAX_DEPTH, MAX_ITEMS, Draft
from edge.gateways.outcome import NOTHING, Outcome, Words
from edge.gateways.paths import MISSING, Path, Scope, plain
from edge.gateways.slices import Slice, cut

BOX = frozenset(["value", "unit", "displayName", "time", "timestamp", "ts", "t"])
Codec = Callable[[Any], Any]
Nested = Callable[[Draft, Scope, int], None]  # reads a record into the draft, at a depth
Action = Callable[[Draft, Any, Scope, int], None]  # reads the key's value, found in the scope at a depth


@dataclass(frozen=True, slots=True)
class Output:
    """One thing a field becomes. Of several outputs of a key the first whose guards hold is taken, with its `also`."""

    when: Holds | None = None
    path: Path | None = None
    codec: Codec | None = None
    slices: tuple[Slice, ...] = ()
    bits: tuple[tuple[int, str], ...] = ()
    signal: str | None = None
    read: Reader | None = None
    diagnostic: bool = False
    event: str | None = None
    events: Words[str] | None = None
    call: str | None = None
    availability: bool = False
    fault: bool = False
    cases: Words[Outcome] | None = None
    table: Nested | None = None
    clear_after_s: float = 0.0
    debounce_s: float = 0.0
    also: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The key an output is made for. groups: of its pattern. null_speaks: null means "explicitly unknown"."""

    text: str
    groups: tuple[str, ...]
    null_speaks: bool


def choice(outputs: tuple[Output, ...], key: Key) -> Action:
    """Return the action of the first output whose guards hold."""
    ways = [(output.when, action(output, key)) for output in outputs]
    if len(ways) == 1 and ways[0][0] is None:
        return ways[0][1]

    def choose(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        for when, act in ways:
            if when is None or when(scope, value):
                act(draft, value, scope, depth)
                return
        if value is not None and not isinstance(value, (dict, list)):
            draft.unmapped(key.text, value)

    return choose


def unboxed(act: Action) -> Action:
    """Return the action for a key whose values may stand in a box: `{"value": 21.5, "unit": "°C"}`."""

    def unbox(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        boxed = isinstance(value, dict) and "value" in value and BOX.issuperset(value)
        act(draft, value["value"] if boxed else value, scope, depth)

    return unbox


def action(output: Output, key: Key) -> Action:
    """Return the function that reads a value: taken out, decoded and cut where the output says so, then spoken."""
    say = _together([make(output, key) for wanted, make in _SAYINGS if wanted(output)])
    if output.path is not None or output.codec is not None or output.slices:
        say = _prepared(output, key, say)
    return _with_also(say, output, key) if output.also else say


def _together(sayings: list[Action]) -> Action:
    if len(sayings) == 1:
        return sayings[0]

    def say_all(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        for say in sayings:
            say(draft, value, scope, depth)

    return say_all


def _prepared(output: Output, key: Key, say: Action) -> Action:
    path, codec, slices, text = output.path, output.codec, output.slices, key.text

    def prepare(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if path is not None:
            value = path.get(Scope(scope.root, value, scope.names, scope.outer))
        if codec is not None and value is not MISSING:
            value = codec(value)
        if slices and value is not MISSING:
            value = cut(value, slices)
        if value is ABSENT:
            draft.unmapped(text)
        elif value is not MISSING:
            say(draft, value, scope, depth)

    return prepare


def _with_also(say: Action, output: Output, key: Key) -> Action:
    others = [(more.when, action(more, key)) for more in output.also]

    def say_more(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        say(draft, value, scope, depth)
        for when, act in others:
            if when is None or when(scope, value):
                act(draft, value, scope, depth)

    return say_more


def _signal(output: Output, key: Key) -> Action:
    read, text, null_speaks, diagnostic = output.read or read_own, key.text, key.null_speaks, output.diagnostic
    clear_s, debounce_s, name = output.clear_after_s, output.debounce_s, output.signal or ""
    if "{" in name:
        name = name.format(*key.groups, key=text) if key.groups else name.replace("{key}", text)

    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if value is None and not null_speaks:
            return
        found = read(value)
        if found is UNREADABLE:
            draft.unmapped(text)
        elif found is not ABSENT:
            store = draft.result.diagnostics if diagnostic else draft.result.signals
            if name in store:
                draft.signal(name, found, diagnostic)
            else:
                store[name] = found

    def say_and_hold(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        say(draft, value, scope, depth)
        if clear_s and read(value) is True:
            draft.waits.append((CLEARS, name, clear_s))
        if debounce_s and name in draft.result.signals:
            draft.waits.append((HOLDS, name, debounce_s))

    return say_and_hold if clear_s or debounce_s else say


def _table(output: Output, key: Key) -> Action:
    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if output.table is not None and depth < MAX_DEPTH:
            for item in _flat(value):
                output.table(draft, Scope(scope.root, item, scope.names, scope.outer), depth + 1)

    return say


def _event(output: Output, key: Key) -> Action:
    events, text, call = output.events, key.text, output.call

    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        name, groups = output.event, tuple[str, ...]()
        if events is not None:
            if value is None or isinstance(value, (dict, list)):
                return
            said = word(value)
            name, groups = events.find(said)
            if name is None and said not in NOTHING:
                draft.unmapped(text, value)
        if name:
            draft.events.append((name.format(*groups, value=word(value)) if "{" in name else name, call))

    return say


def _cases(output: Output, key: Key) -> Action:
    cases, text = output.cases, key.text

    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if cases is None or value is None or isinstance(value, (dict, list)):
            return
        said = word(value)
        found = cases.find(said)[0]
        if found is not None:
            draft.outcome(found)
        elif said not in NOTHING:
            draft.unmapped(text, value)

    return say


def _bits(output: Output, key: Key) -> Action:
    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if not isinstance(value, int):
            draft.unmapped(key.text)
            return
        for bit, name in output.bits:
            draft.signal(name, bool(value >> bit & 1))

    return say


def _link(output: Output, key: Key) -> Action:
    read = output.read

    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        truth = None if read is None else read(value)
        if truth is True or truth is False:
            draft.result.availability = "online" if truth else "offline"
        elif value is not None:
            draft.unmapped(key.text)

    return say


def _fault(output: Output, key: Key) -> Action:
    def say(draft: Draft, value: Any, scope: Scope, depth: int) -> None:
        if (code := plain(value)) is not None:
            draft.result.fault = code[:120]

    return say


_SAYINGS: tuple[tuple[Callable[[Output], bool], Callable[[Output, Key], Action]], ...] = (
    (lambda output: output.table is not None, _table),
    (lambda output: output.signal is not None, _signal),
    (lambda output: output.event is not None or output.events is not None, _event),
    (lambda output: output.cases is not None, _cases),
    (lambda output: bool(output.bits), _bits),
    (lambda output: output.availability, _link),
    (lambda output: output.fault, _fault),
)


def _flat(value: Any) -> list[Any]:
    """A list, a list of lists, or one thing, as a list of things."""
    if not isinstance(value, list):
        return [value]
    return [item for part in value for item in (part if isinstance(part, list) else [part])][:MAX_ITEMS]
