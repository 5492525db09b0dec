"""Levels that clear by themselves, levels that must hold, and gateways that must be heard: what time alone changes.

The engine has no clock: whoever runs it asks `due` and `silent` with the present now and then.
"""

from __future__ import annotations

from datetime import datetime

from edge.gateways.draft import CLEARS, EXPIRES, HOLDS, Draft
from edge.gateways.model import MAX_LEVELS, Memory, Result, bound
from edge.gateways.replay import level_key
from edge.gateways.signals import RINGING

_SEPARATOR = "\x1f"


def arm(draft: Draft, memory: Memory, arrival: datetime) -> None:
    """Start the timers of a result: auto-clear (a new `true` starts again), expiry, debounce (what holds counts)."""
    result, now = draft.result, arrival.timestamp()
    if result.retained or result.backfill or result.suppressed:
        return
    for what, name, seconds in draft.waits:
        if what == HOLDS:
            _debounce(result, memory, name, seconds, now)
        elif what == EXPIRES or result.signals.get(name) is True:
            memory.timers[level_key(result, name)] = (now + seconds, False if what == CLEARS else None)
    bound(memory.timers, MAX_LEVELS)


def _debounce(result: Result, memory: Memory, name: str, seconds: float, now: float) -> None:
    """Let a change through only if the level has been quiet; else hold it back until it stays."""
    if name not in result.signals:
        return
    key, value = level_key(result, name), result.signals[name]
    known = memory.levels.get(key)
    changed = key + _SEPARATOR + "changed"
    last = memory.keys.get(changed)
    pending = memory.timers.pop(key, None)
    if key in memory.levels and known == value:
        return
    if pending is None and (last is None or now - last >= seconds):
        memory.levels[key], memory.keys[changed] = value, now
        return
    memory.timers[key] = (now + seconds, value)
    del result.signals[name]
    result.note = f"{name} changes faster than {seconds:g} s: held back"


def due(memory: Memory, now: datetime) -> list[Result]:
    """Return the levels that change by time alone, and forget their timers."""
    ripe = [key for key, (when, _) in memory.timers.items() if when <= now.timestamp()]
    results: list[Result] = []
    for key in ripe:
        when, value = memory.timers.pop(key)
        gateway, device, name = key.split(_SEPARATOR)
        result = Result(device, gateway, "timer", signals={name: value}, note="by time alone")
        if name in RINGING:
            result.before[name] = memory.levels.get(key)
        if value is not None and (key in memory.levels or name in RINGING):  # too old to be believed ends nothing
            memory.levels[key] = value
            memory.keys[key + _SEPARATOR + "changed"] = when
        results.append(result)
    return results


def silent(memory: Memory, limits_s: dict[str, float], now: datetime) -> list[Result]:
    """Return `offline` for every foreign gateway that was not heard within its limit (where no last will exists).

    limits_s: gateway kind → seconds. Told once: a gateway is forgotten until it is heard again.
    """
    results: list[Result] = []
    for key in list(memory.devices):
        kind, _, via = key.partition(_SEPARATOR)
        limit = limits_s.get(kind, 0.0)
        heard = max(memory.devices[key].values(), default=0.0)
        if not limit or now.timestamp() - heard <= limit or memory.keys.get(key + _SEPARATOR + "silent") == heard:
            continue
        memory.keys[key + _SEPARATOR + "silent"] = heard
        why = f"nothing heard for {limit:g} s"
        results.append(
            Result(via or kind, kind, "heartbeat", availability="offline", scope="gateway", via=via, note=why)
        )
    return results
