"""May this delivery ring? A replay sets state and is silent; a live edge rings once.

Silent are: a retained delivery, a birth or history record (`backfill`), an impossible time (`stale`), simulated or
learning devices (`suppressed`), a repeat of the same happening (`duplicate`), and a level that only says again what is
already known, which is how a bridge's restart burst and cached fields look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.gateways.model import MAX_KEYS, MAX_LEVELS, Memory, Result, Value, bound
from edge.gateways.signals import RINGING


@dataclass(frozen=True, slots=True)
class Repeats:
    """How a rule's messages repeat.

    window_s: within this time the same key with the same content is the same happening (0: no limit). episodes: the
    key names a happening with phases (a fall's start, an alarm id), so each key rings once; else it counts messages.
    edges: an event comes only with a change of the levels it comes with; a state said again is no event.
    """

    window_s: float = 0.0
    episodes: bool = False
    edges: bool = False


RINGING_EVENTS = frozenset(("sos", "fall"))
_SEPARATOR = "\x1f"


def level_key(result: Result, name: str) -> str:
    return f"{result.gateway}{_SEPARATOR}{result.device}{_SEPARATOR}{name}"


def settle(result: Result, memory: Memory, arrival: datetime, repeats: Repeats) -> None:
    """Decide alert, live_alert and duplicate of a result, and remember what it said."""
    nothing_rings = result.event is None and result.call is None and RINGING.isdisjoint(result.signals)
    if nothing_rings and result.dedupe_key is None and not repeats.edges:
        return  # most messages: plain levels
    now, window_s = arrival.timestamp(), repeats.window_s
    result.duplicate = _repeated(result, memory, now, window_s)
    keyed = repeats.episodes and result.dedupe_key is not None
    new = keyed and _is_new(result, memory, now, window_s)
    rising = _risen(result, memory, new)
    wants = (new or not keyed) and (result.event in RINGING_EVENTS or result.call is not None or rising)
    history = result.backfill or result.suppressed or result.ignore
    silent = history or result.retained or result.picture or result.stale or result.duplicate
    result.alert = wants and not silent
    result.live_alert = wants and result.retained and not (history or result.stale)
    if repeats.edges and not history:
        _only_edges(result, memory)
    if not history:
        _remember(result, memory, now, keyed)
    result.wants = wants


def _only_edges(result: Result, memory: Memory) -> None:
    """Take the event away where none of the levels beside it has changed."""
    keys = {level_key(result, name): value for name, value in result.signals.items()}
    changed = any(memory.levels.get(key) != value for key, value in keys.items())
    if result.event is not None and not changed:
        result.event, result.call, result.alert, result.note = None, None, False, "the same state said again"
    memory.levels |= keys


def _risen(result: Result, memory: Memory, new_episode: bool) -> bool:
    """True where a ringing level is on now and was not before, or belongs to another happening than the last."""
    risen = False
    for name in result.signals:
        if name not in RINGING:
            continue
        before = memory.levels.get(level_key(result, name))
        result.before[name] = before
        risen = risen or (result.signals[name] is True and (before is not True or new_episode))
    return risen


def _episode_key(result: Result) -> str:
    return level_key(result, f"episode{_SEPARATOR}{result.dedupe_key}")


def _is_new(result: Result, memory: Memory, now: float, window_s: float) -> bool:
    """True where nothing has rung under this happening's key, or not within the window (some devices reuse keys)."""
    last = memory.keys.get(_episode_key(result))
    return last is None or (window_s > 0 and abs(now - last) > window_s)


def _repeated(result: Result, memory: Memory, now: float, window_s: float) -> bool:
    """True where the same device said the same under the same key (or the same event without a key) just before."""
    if result.dedupe_key is None and (result.event is None or not window_s):
        return False
    content = f"{result.event}{result.signals}{result.availability}" if result.dedupe_key else result.event
    key = level_key(result, f"{result.dedupe_key}{_SEPARATOR}{content}{result.backfill or result.retained}")
    last = memory.keys.pop(key, None)
    memory.keys[key] = now if last is None or not window_s or abs(now - last) > window_s else last
    bound(memory.keys, MAX_KEYS)
    return last is not None and (not window_s or abs(now - last) <= window_s)


def _remember(result: Result, memory: Memory, now: float, keyed: bool) -> None:
    for name in result.before:
        value: Value = result.signals[name]
        key = level_key(result, name)
        if value is None or (result.stale and key in memory.levels):
            continue  # unknown ends nothing; an impossibly old picture restores at most what is not known
        memory.levels.pop(key, None)
        memory.levels[key] = value
        if value is True and keyed:
            memory.keys[_episode_key(result)] = now
    if keyed and result.event in RINGING_EVENTS:
        memory.keys[_episode_key(result)] = now
    if result.before:
        bound(memory.levels, MAX_LEVELS)
