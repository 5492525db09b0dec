"""May this delivery ring? A replay sets state and is silent; a live edge rings once.

Silent are: a retained delivery, a birth or history record (`backfill`), an impossible time (`stale`), simulated or
learning devices (`suppressed`), a repeat of the same happening (`duplicate`), and a level that only says again what is
already known, which is how a bridge's restart burst and cached fields look.
"""

from __future__ import annotations

from datetime import datetime

from edge.gateways.model import MAX_KEYS, MAX_LEVELS, Memory, Result, Value, bound
from edge.gateways.signals import RINGING

RINGING_EVENTS = frozenset(("sos", "fall"))
_SEPARATOR = "\x1f"


def level_key(result: Result, name: str) -> str:
    return f"{result.gateway}{_SEPARATOR}{result.device}{_SEPARATOR}{name}"


def settle(result: Result, memory: Memory, arrival: datetime, window_s: float, episodes: bool) -> None:
    """Decide alert, live_alert and duplicate of a result, and remember what it said.

    window_s: within this time the same key with the same content is the same happening (0: no limit). episodes: the
    key names a happening with phases (a fall's start, an alarm id), so each key rings once; else it counts messages.
    """
    now = arrival.timestamp()
    result.duplicate = _repeated(result, memory, now, window_s)
    keyed = episodes and result.dedupe_key is not None
    new = keyed and _is_new(result, memory, now, window_s)
    rising = _risen(result, memory, new)
    wants = (new or not keyed) and (result.event in RINGING_EVENTS or result.call is not None or rising)
    history = result.backfill or result.suppressed or result.ignore
    silent = history or result.retained or result.picture or result.stale or result.duplicate
    result.alert = wants and not silent
    result.live_alert = wants and result.retained and not (history or result.stale)
    if not history:
        _remember(result, memory, now, keyed)
    _explain(result, wants)


def _risen(result: Result, memory: Memory, new_episode: bool) -> bool:
    """True where a ringing level is on now and was not before, or belongs to another happening than the last."""
    risen = False
    for name in RINGING.intersection(result.signals):
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
    for name in RINGING.intersection(result.signals):
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
    bound(memory.levels, MAX_LEVELS)


def _explain(result: Result, wants: bool) -> None:
    """Say in words why it rings or not."""
    if result.alert:
        result.why = "live edge: rings"
        return
    reasons = [
        (result.ignore, "carries no state"),
        (result.suppressed, "simulated, learning or silenced: log only"),
        (result.backfill, "record of the past"),
        (result.stale, "its time is impossibly old"),
        (result.retained and wants, "retained: a replay by the broker"),
        (result.picture and wants, "a picture of the present state"),
        (result.duplicate, "the same happening was already reported"),
        (any(result.signals.get(name) is True for name in result.before), "level already known, or rung"),
        (result.undecodable, result.why or "cannot be decoded"),
    ]
    words = [text for holds, text in reasons if holds]
    result.why = "; ".join(words) or result.why or "state only"
