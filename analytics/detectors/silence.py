"""Silence: a device, a gateway or the whole facility is not heard in time.

Parents hold children: while a gateway is silent its devices are not judged, and while nothing at all comes from a
facility of several gateways it is the watch's own path that stalled (WATCH_STALLED), told once. So a device is told
silent only when its gateway was heard after the device was due, a gateway only when another one was. A call button
out of hearing is high: nobody could call. Devices without a supervision interval are not judged; they are shown as
unsupervised.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import LATE_MS, Detector, Memory, finding
from analytics.directory import IntArray, View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import NEVER, from_ms, seconds, spoken, to_ms
from analytics.rows import Rows
from anxin.columns import Discrete
from anxin.event import DeviceStatus, Link
from anxin.vocabulary import AlertKind, DeviceKind, Origin

SETTLE_MS = 1_000  # what a gateway had in flight when its last will came


class Silent(msgspec.Struct):
    """A device, gateway or facility. since_ms: silent since (told), None: not silent. down_ms: its link was said to be
    down. session: the gateway's connection that is current. resumed_ms: came back then; all below it count from
    there."""

    since_ms: int | None = None
    down_ms: int | None = None
    session: str | None = None
    resumed_ms: int = 0


class SilenceDetector(Detector):
    """Silence of devices, gateways and of a facility."""

    name: ClassVar[str] = "silence"
    raises: ClassVar[tuple[AlertKind, ...]] = (
        AlertKind.DEVICE_SILENT, AlertKind.CALL_PATH_DOWN, AlertKind.GATEWAY_SILENT, AlertKind.WATCH_STALLED,
    )  # fmt: skip

    def __init__(self) -> None:
        self.memory: Memory[Silent] = Memory(Silent)
        self._next = self._devices_next = 0

    def use(self, view: View) -> None:
        self._view = view
        directory = view.directory
        get = self.memory.get
        self._devices = [f"device:{device.id}" for device in directory.devices]
        self._gateways = [f"gateway:{gateway.id}" for gateway in directory.gateways]
        self._device_silent = np.array([get(key).since_ms is not None for key in self._devices], bool)
        self._device_down = np.array([_ms(get(key).down_ms) for key in self._devices], np.int64)
        self._gateway_silent = np.array([get(key).since_ms is not None for key in self._gateways], bool)
        self._gateway_down = np.array([_ms(get(key).down_ms) for key in self._gateways], np.int64)
        self._gateway_resumed = np.array([get(key).resumed_ms for key in self._gateways], np.int64)
        self._homes = sorted({gateway.facility_id for gateway in directory.gateways})
        place = {home: index for index, home in enumerate(self._homes)}
        self._home_of = np.array([place[gateway.facility_id] for gateway in directory.gateways], np.int64)
        self._home_size = np.bincount(self._home_of, minlength=len(self._homes))
        states = [get(f"facility:{home}") for home in self._homes]
        self._stalled = np.array([state.since_ms is not None for state in states], bool)
        self._home_resumed = np.array([state.resumed_ms for state in states], np.int64)
        grace = [view.number("gateway_silence", "grace_s", view.gateway(i)) for i in range(len(directory.gateways))]
        self._grace = np.array([seconds(number) for number in grace], np.int64)
        self._stall = [seconds(view.number("watch", "stalled_s", Subject(home))) for home in self._homes]
        self._again()  # limits may have changed

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        back = self._device_silent[rows.devices.index].any() or self._gateway_silent[rows.gateways.index].any()
        if back or self._stalled.any():
            self._again()
        for event in rows.events:
            if isinstance(event.event, Link):
                self._link(event, event.event)
            elif isinstance(event.event, DeviceStatus) and event.origin is Origin.LIVE:
                self._status(event, event.event)

    def _link(self, event: Discrete, link: Link) -> None:
        index = self._view.directory.gateway_index.get(event.gateway_id)
        if index is None:
            return
        key = self._gateways[index]
        known = self.memory.get(key)
        if link.up:
            if known.session != link.session:  # one that has ended does not rise again: its word was sent twice
                state = self.memory.change(key)
                state.session, state.down_ms = link.session, None
                self._gateway_down[index] = NEVER
        elif known.session in (None, link.session) and known.down_ms is None:
            # The will of an older connection says nothing about the current one.
            state = self.memory.change(key)
            state.session, state.down_ms = link.session, to_ms(event.received_at)
            self._gateway_down[index] = state.down_ms
            self._again()

    def _status(self, event: Discrete, status: DeviceStatus) -> None:
        index = self._view.directory.device_index.get(event.device_id or 0)
        if index is None:
            return
        down = None if status.online else to_ms(event.received_at)
        if (down is None) != (self.memory.get(self._devices[index]).down_ms is None):
            self.memory.change(self._devices[index]).down_ms = down
            self._device_down[index] = _ms(down)
        self._again()

    def _again(self) -> None:
        """Judge everything at the end of the next cell."""
        self._next = self._devices_next = 0

    def next_due(self) -> int:
        return self._next

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        if at_ms < self._next:
            return
        newest = np.zeros(len(self._homes), np.int64)
        np.maximum.at(newest, self._home_of, heard.gateway_ms)
        before = len(tell)
        dues = [self._judge_homes(at_ms, newest, heard, tell), self._judge_gateways(at_ms, newest, heard, tell)]
        # A gateway's heartbeat comes round more often than any device's: as long as none of them changes, what is due
        # of devices is not sooner than it was.
        if at_ms >= self._devices_next or len(tell) > before:
            self._devices_next = self._judge_devices(at_ms, heard, tell)
        self._next = max(min(*dues, self._devices_next), at_ms + 1)

    def _judge_homes(self, at_ms: int, newest: IntArray, heard: Hearing, tell: list[Finding]) -> int:
        due = NEVER
        for index, home in enumerate(self._homes):
            if self._home_size[index] < 2:
                continue  # a single gateway speaks for itself
            subject = Subject(home)
            soonest = int(heard.gateway_limit[self._home_of == index].min())
            limit = max(self._stall[index], soonest)
            since = int(newest[index])
            if not self._stalled[index] and at_ms >= since + limit:
                self._stalled[index] = True
                self.memory.change(f"facility:{home}").since_ms = since
                reason = f"No message from any gateway for {spoken(limit)}: broker, ingest or network is down."
                late = at_ms - since - limit > LATE_MS
                evidence: Evidence = {"residents": ",".join(map(str, self._view.residents_of(home)))}
                began = since + limit
                tell.append(finding(AlertKind.WATCH_STALLED, subject, Change.BEGAN, began, reason, evidence, late=late))
            elif self._stalled[index] and at_ms < since + limit:
                self._stalled[index] = False
                state = self.memory.change(f"facility:{home}")
                state.since_ms, state.resumed_ms = None, since
                self._home_resumed[index] = since
                reason = "Messages come again."
                tell.append(finding(AlertKind.WATCH_STALLED, subject, Change.ENDED, since, reason))
            if not self._stalled[index]:
                due = min(due, since + limit)
        return due

    def _judge_gateways(self, at_ms: int, newest: IntArray, heard: Hearing, tell: list[Finding]) -> int:
        last = heard.gateway_ms
        due = np.maximum(last, self._home_resumed[self._home_of]) + heard.gateway_limit
        alone = self._home_size[self._home_of] < 2
        proven = alone | (newest[self._home_of] >= due)
        said_down = (self._gateway_down < NEVER) & (last <= self._gateway_down + SETTLE_MS)
        due = np.where(said_down, np.minimum(due, self._gateway_down + self._grace), due)
        silent = (due <= at_ms) & (proven | said_down)
        for index in np.nonzero(silent & ~self._gateway_silent)[0].tolist():
            self._gateway_begins(index, int(due[index]), int(last[index]), bool(said_down[index]), at_ms, tell)
        for index in np.nonzero(~silent & self._gateway_silent & (due > at_ms))[0].tolist():
            self._gateway_returns(index, int(last[index]), tell)
        waiting = due[~self._gateway_silent & ~self._stalled[self._home_of]]
        return int(waiting.min()) if len(waiting) else NEVER

    def _gateway_begins(self, index: int, due: int, last: int, down: bool, at_ms: int, tell: list[Finding]) -> None:
        gateway = self._view.directory.gateways[index]
        self._gateway_silent[index] = True
        self.memory.change(self._gateways[index]).since_ms = last
        residents = self._view.residents_behind(gateway.id)
        evidence: Evidence = {
            "last_heard": from_ms(last).isoformat(), "last_will": down, "residents": ",".join(map(str, residents)),
        }  # fmt: skip
        why = "its connection broke" if down else f"it promised to speak every {gateway.heartbeat_s:g} s"
        reason = (
            f"Gateway {gateway.code} was last heard {spoken(at_ms - last)} ago; {why}. "
            f"Check its {len(residents)} residents by hand."
        )
        late = at_ms - due > LATE_MS
        subject = self._view.gateway(index)
        tell.append(finding(AlertKind.GATEWAY_SILENT, subject, Change.BEGAN, due, reason, evidence, late=late))

    def _gateway_returns(self, index: int, last: int, tell: list[Finding]) -> None:
        self._gateway_silent[index] = False
        state = self.memory.change(self._gateways[index])
        state.since_ms, state.resumed_ms = None, last
        self._gateway_resumed[index] = last
        reason = "Heard again."
        tell.append(finding(AlertKind.GATEWAY_SILENT, self._view.gateway(index), Change.ENDED, last, reason))

    def _judge_devices(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> int:
        gateway_of = self._view.directory.gateway_of
        if not len(gateway_of):
            return NEVER
        floor = np.maximum(self._gateway_resumed, self._home_resumed[self._home_of])[gateway_of]
        supervised = heard.device_limit < NEVER
        due = np.where(
            supervised, np.maximum(heard.device_ms, floor) + np.where(supervised, heard.device_limit, 0), NEVER
        )
        due = np.where(heard.device_ms <= self._device_down, np.minimum(due, self._device_down), due)
        judged = ~self._gateway_silent[gateway_of] & ~self._stalled[self._home_of][gateway_of]
        silent = (due <= at_ms) & judged & (heard.gateway_ms[gateway_of] >= due)
        for index in np.nonzero(silent & ~self._device_silent)[0].tolist():
            self._device_begins(index, int(due[index]), int(heard.device_ms[index]), at_ms, tell)
        for index in np.nonzero(self._device_silent & judged & (due > at_ms))[0].tolist():
            if heard.device_ms[index] > (self.memory.get(self._devices[index]).since_ms or 0):
                self._device_returns(index, int(heard.device_ms[index]), tell)
        waiting = due[~self._device_silent & judged]
        return int(waiting.min()) if len(waiting) else NEVER

    def _device_begins(self, index: int, due: int, last: int, at_ms: int, tell: list[Finding]) -> None:
        device = self._view.directory.devices[index]
        self._device_silent[index] = True
        self.memory.change(self._devices[index]).since_ms = last
        said = self._device_down[index] < NEVER
        why = "its gateway says it is offline" if said else f"it promised to be heard every {device.supervision_s:g} s"
        reason = f"Out of hearing: {self._view.words(index)}, last heard {spoken(at_ms - last)} ago; {why}."
        evidence: Evidence = {"last_heard": from_ms(last).isoformat(), "said_offline": bool(said)}
        late = at_ms - due > LATE_MS
        tell.append(
            finding(_kind(device.kind), self._view.subject(index), Change.BEGAN, due, reason, evidence, late=late)
        )

    def _device_returns(self, index: int, last: int, tell: list[Finding]) -> None:
        self._device_silent[index] = False
        self.memory.change(self._devices[index]).since_ms = None
        kind = _kind(self._view.directory.devices[index].kind)
        tell.append(finding(kind, self._view.subject(index), Change.ENDED, last, "Heard again."))


def _kind(kind: DeviceKind) -> AlertKind:
    return AlertKind.CALL_PATH_DOWN if kind is DeviceKind.CALL_BUTTON else AlertKind.DEVICE_SILENT


def _ms(moment: int | None) -> int:
    return NEVER if moment is None else moment
