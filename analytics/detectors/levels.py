"""A level that holds for a time: smoke, gas, a leak, a wet bed, hot water, a cold room, an open drug room, the edge of
the bed, an empty battery, a weak signal (table: `analytics.level_rules`).

It begins when a level was bad for `persist_s` (0: at once, as smoke) and ends when it was good for `clear_s`; between
the limit and the limit less its hysteresis nothing changes. Null and poor quality are unknown: they neither raise nor
clear. Of a sensor out of hearing nothing is told; what it says when it is heard again counts from when it began.
Several sensors of one place make one condition. Only live messages ring; a retained one sets the level in silence.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import FloatArray, View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.level_rules import LEVEL_RULES, About, LevelRule
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds, spoken
from analytics.parameters import DEFAULTS
from analytics.rows import BoolArray, Column, Rows
from anxin.vocabulary import OBSERVATIONS, AlertKind, ObservationKind, Priority

GOOD, BAD, BETWEEN = 0, 1, -1
ORDER_MS = 120_000  # an older sample so soon after a newer one is out of order


class Held(msgspec.Struct):
    """A rule at a place. levels: sensor/observation → bad (1) or good (0), since when. since_ms: bad since. good_ms:
    good again since, not yet believed. received_ms: of the newest change. waiting: to be confirmed by a live message.
    raised: the priority told, 0 for none."""

    levels: dict[str, tuple[int, int]] = {}
    since_ms: int | None = None
    good_ms: int | None = None
    received_ms: int = 0
    waiting: bool = False
    raised: int = 0
    value: float = 0.0
    subject: Subject | None = None


class _Source:
    """One rule's reading of one kind of observation, as columns by device."""

    def __init__(self, rule: LevelRule, observation: ObservationKind, prefix: str | None, view: View) -> None:
        self.rule, self.observation = rule, observation
        devices = view.directory.devices
        count = len(devices)
        self.active = np.array([_watched(rule, index, view) for index in range(count)], bool)
        self.level = np.full(count, BETWEEN, np.int64)
        self.waiting = np.zeros(count, bool)
        if prefix is None:
            self.low = np.full(count, -1.0)
            self.high = np.full(count, 0.5)
            self.gap: FloatArray = np.zeros(count)
        else:
            self.low = _numbers(view, rule, f"{prefix}low", -np.inf)
            self.high = _numbers(view, rule, f"{prefix}high", np.inf)
            self.gap = _numbers(view, rule, f"{prefix}hysteresis", 0.0)

    def judge(self, column: Column, least: FloatArray) -> FloatArray:
        """Return BAD, GOOD or BETWEEN (also: unknown) of each sample."""
        device, value = column.device, column.value
        low, high, gap = self.low[device], self.high[device], self.gap[device]
        bad = (value < low) | (value > high)
        good = (value >= low + gap) & (value <= high - gap)
        known = (column.quality >= least[device]) & self.active[device]
        return np.where(known & bad, BAD, np.where(known & good, GOOD, BETWEEN))


class LevelDetector(Waiting):
    """Levels that hold, by rule and place."""

    name: ClassVar[str] = "level"
    raises: ClassVar[tuple[AlertKind, ...]] = tuple(rule.kind for rule in LEVEL_RULES)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(
        [
            *(kind for rule in LEVEL_RULES for kind in rule.states),
            *(m[0] for rule in LEVEL_RULES for m in rule.measured),
        ]
    )

    def __init__(self) -> None:
        self.memory: Memory[Held] = Memory(Held)

    def use(self, view: View) -> None:
        self._view = view
        self._least = view.numbers("quality", "least")
        self._sources = [
            _Source(rule, observation, prefix, view)
            for rule in LEVEL_RULES
            for observation, prefix in (*((state, None) for state in rule.states), *rule.measured)
        ]
        self._sources = [source for source in self._sources if source.active.any()]
        self._at: dict[str, list[tuple[_Source, int]]] = {}
        for source in self._sources:
            for index in np.nonzero(source.active)[0].tolist():
                key = self._key(source.rule, index)
                self._at.setdefault(key, []).append((source, index))
                state = self.memory.get(key)
                source.level[index] = state.levels.get(self._name(source, index), (BETWEEN, 0))[0]
                source.waiting[index] = state.waiting
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def _key(self, rule: LevelRule, index: int) -> str:
        device = self._view.directory.devices[index]
        places = {
            About.EQUIPMENT: (),
            About.ROOM: (("room", device.room_id),),
            About.RESIDENT: (("resident", device.resident_id), ("bed", device.bed_id), ("room", device.room_id)),
        }[rule.about]
        what, number = next(((what, number) for what, number in places if number is not None), ("device", device.id))
        return f"{rule.name}/{what}:{number}"

    def _name(self, source: _Source, index: int) -> str:
        return f"{self._view.directory.devices[index].id}/{source.observation}"

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for source in self._sources:
            column = rows.columns.get(source.observation)
            if column is None:
                continue
            level = source.judge(column, self._least)
            news = (level != BETWEEN) & ((level != source.level[column.device]) | source.waiting[column.device])
            if np.count_nonzero(news):
                self._news(source, column, level, news, tell)

    def _news(self, source: _Source, column: Column, level: FloatArray, news: BoolArray, tell: list[Finding]) -> None:
        moved = np.zeros(len(source.level), bool)
        moved[column.device[news]] = True
        part = np.nonzero(moved[column.device] & (level != BETWEEN))[0]
        arrays = (column.device, level, column.time, column.received, column.live, column.value)
        for device, now, time, received, live, value in zip(*(array[part].tolist() for array in arrays), strict=True):
            if now != source.level[device] or (source.waiting[device] and live):
                self._move(source, device, int(now), time, received, live, value, tell)

    def _move(
        self, source: _Source, device: int, level: int, time: int, received: int, live: bool, value: float,
        tell: list[Finding],
    ) -> None:  # fmt: skip
        key = self._key(source.rule, device)
        before = self.memory.get(key)
        name = self._name(source, device)
        if name in before.levels and time < before.levels[name][1] and received - before.received_ms < ORDER_MS:
            return
        state = self.memory.change(key)
        state.levels = {**state.levels, name: (level, time)}
        state.received_ms = received
        source.level[device] = level
        if any(known == BAD for known, _ in state.levels.values()):
            if state.good_ms is not None and time - state.good_ms >= self._ms(key, "clear_s"):
                _over(source.rule, state, tell)
            state.good_ms = None
            if state.since_ms is None or (state.raised == 0 and level == BAD):
                state.since_ms = min(time, state.since_ms or time)
            state.value = value if level == BAD else state.value
            self._wait(key, state, state.raised == 0 and not live)
            if live and state.raised == 0 and self._ms(key, "persist_s") == 0:
                self._tell(key, source.rule, device, state, received, tell)
        else:
            self._wait(key, state, False)
            if state.since_ms is not None and state.good_ms is None:
                state.good_ms = max(since for _, since in state.levels.values())
            if state.raised == 0 or self._ms(key, "clear_s") == 0:
                _over(source.rule, state, tell)
        self._plan(key)

    def _wait(self, key: str, state: Held, waiting: bool) -> None:
        state.waiting = waiting
        for source, index in self._at[key]:
            source.waiting[index] = waiting

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while self._due_of(key) <= at_ms:
                self._judge(key, at_ms, heard, tell)
            self._plan(key)

    def _judge(self, key: str, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        """Act on a deadline that has come."""
        state = self.memory.change(key)
        rule = self._at[key][0][0].rule
        if state.good_ms is not None:
            _over(rule, state, tell)
            return
        bad = [index for source, index in self._at[key] if source.level[index] == BAD]
        device = next((index for index in bad if heard.fresh(index, at_ms)), None)
        if device is None:
            self._wait(key, state, True)
        else:
            self._tell(key, rule, device, state, at_ms, tell)

    def _tell(self, key: str, rule: LevelRule, device: int, state: Held, at_ms: int, tell: list[Finding]) -> None:
        """Tell that the level held long enough, or that it holds so long that it is more urgent."""
        assert state.since_ms is not None
        first = state.raised == 0
        subject = self._view.room(device) if rule.about is About.ROOM else self._view.subject(device)
        state.subject = state.subject or subject
        priority = None if first else rule.later
        state.raised = int(priority or Priority.LOW)
        held = self._ms(key, "persist_s") if first else minutes(self._number(key, "alarm_min"))
        due = state.since_ms + held
        source = next(
            (s for s, index in self._at[key] if index == device and s.level[index] == BAD), self._at[key][0][0]
        )
        unit = OBSERVATIONS[source.observation].unit
        said = "" if unit == "1" else f" {state.value:g} {unit}"
        reason = f"{OBSERVATIONS[source.observation].en}{said} for {spoken(held)}."
        evidence: Evidence = {
            "measured": source.observation.value, "value": state.value, "since": from_ms(state.since_ms).isoformat(),
            "device_id": self._view.directory.devices[device].id,
        }  # fmt: skip
        change, late = Change.BEGAN if first else Change.UPDATED, at_ms - due > LATE_MS
        tell.append(finding(rule.kind, state.subject, change, due, reason, evidence, priority=priority, late=late))

    def _due_of(self, key: str) -> int:
        """Return when the place must be judged next."""
        state = self.memory.get(key)
        if state.since_ms is None or key not in self._at:
            return NEVER
        later = self._at[key][0][0].rule.later
        if state.good_ms is not None:
            due = state.good_ms + self._ms(key, "clear_s")
        elif state.waiting or (state.raised and (later is None or state.raised == later)):
            return NEVER
        elif state.raised:
            due = state.since_ms + minutes(self._number(key, "alarm_min"))
        else:
            due = state.since_ms + self._ms(key, "persist_s")
        return max(due, state.received_ms + CELL_MS)

    def _number(self, key: str, name: str) -> float:
        source, index = self._at[key][0]
        return self._view.number(source.rule.name, name, self._view.subject(index))

    def _ms(self, key: str, name: str) -> int:
        return seconds(self._number(key, name))


def _over(rule: LevelRule, state: Held, tell: list[Finding]) -> None:
    """The level is believed to be good again."""
    if state.raised and state.subject is not None and state.good_ms is not None:
        tell.append(finding(rule.kind, state.subject, Change.ENDED, state.good_ms, "Good again."))
    state.since_ms = state.good_ms = state.subject = None
    state.raised = 0


def _watched(rule: LevelRule, index: int, view: View) -> bool:
    device = view.directory.devices[index]
    if (rule.devices is not None and device.kind not in rule.devices) or (rule.room and device.room_kind != rule.room):
        return False
    return not rule.gets_up or view.value("resident", "gets_up", view.subject(index)) in rule.gets_up


def _numbers(view: View, rule: LevelRule, name: str, absent: float) -> FloatArray:
    if (rule.name, name) not in DEFAULTS:
        return np.full(len(view.directory.devices), absent)
    return view.numbers(rule.name, name)
