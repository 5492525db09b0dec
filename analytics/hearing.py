"""Who was last heard when, and how long each device was out of hearing in all: what silence and freshness are judged
by.

This is the one state that every message changes. It is written down once a minute; after a restart the rest is heard
again from the log. Pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.directory import FloatArray, IntArray, View
from analytics.moment import CELL_MS, NEVER, to_ms
from analytics.rows import Heard, Rows
from analytics.stamps import OLD_MS, believed
from anxin.event import DeviceStatus
from anxin.vocabulary import Origin

LEAST_LIMIT_MS = 15_000  # longer than a cell of the engine, so that a silence never hides inside one
SNAPSHOT_MS = 60_000


class Hearing:
    """Columns by directory index: `device_ms`, `gateway_ms` (last heard), `lost_ms` (time out of hearing, summed up),
    `device_limit`, `gateway_limit` (ms after which somebody counts as silent; NEVER: unsupervised), `steady_ms` (since
    when a gateway is heard without a break; after one, as much later as it lasted: it may still send what it kept)."""

    def __init__(self) -> None:
        self._device: dict[int, tuple[int, int]] = {}
        self._gateway: dict[int, tuple[int, int]] = {}
        self._view: View | None = None
        self._changed = False
        self._written_ms = 0
        empty = np.empty(0, np.int64)
        self.device_ms: IntArray = empty
        self.lost_ms: IntArray = empty
        self.gateway_ms: IntArray = empty
        self.steady_ms: IntArray = empty
        self.device_limit: IntArray = empty
        self.gateway_limit: IntArray = empty

    def use(self, view: View) -> None:
        """Follow the facility model. Who is new counts as heard now: silence is judged from here on."""
        self._keep()
        self._view = view
        directory = view.directory
        self._gateway_of = directory.gateway_of
        known = [self._device.get(device.id, (view.at_ms, 0)) for device in directory.devices]
        self.device_ms = np.array([heard for heard, _ in known], np.int64)
        self.lost_ms = np.array([lost for _, lost in known], np.int64)
        gateways = [self._gateway.get(gateway.id, (view.at_ms, view.at_ms)) for gateway in directory.gateways]
        self.gateway_ms = np.array([heard for heard, _ in gateways], np.int64)
        self.steady_ms = np.array([steady for _, steady in gateways], np.int64)
        self.device_limit = device_limits(view)
        self.gateway_limit = gateway_limits(view)

    def consume(self, rows: Rows) -> Rows:
        """Note who was heard in a stretch of at most one cell; return it with the times that are believed."""
        if len(rows.gateways.index):
            self._hear_gateways(rows.gateways)
            self._changed = True
        if len(rows.devices.index):
            rows = believed(rows, self.steady_ms[self._gateway_of])
            self._hear(rows.devices)
            self._changed = True
        for event in rows.events:
            if event.device_id is None or event.origin != Origin.LIVE or self._view is None:
                continue
            if isinstance(event.event, DeviceStatus) and not event.event.online:
                continue
            index = self._view.directory.device_index.get(event.device_id)
            if index is not None:
                received = np.array([to_ms(event.received_at)], np.int64)
                self._hear(Heard(np.array([index], np.int64), received, np.array([to_ms(event.time)], np.int64)))
                self._changed = True
        return rows

    def _hear_gateways(self, heard: Heard) -> None:
        """By whole cells, so that it does not matter how a cell was cut."""
        index, received = heard.index, heard.received
        end, before = (-(-times // CELL_MS) * CELL_MS for times in (received, self.gateway_ms[index]))
        back = end - before > self.gateway_limit[index]
        if np.count_nonzero(back):
            self.steady_ms[index[back]] = (2 * end - before)[back]
        np.maximum.at(self.gateway_ms, index, received)

    def _hear(self, heard: Heard) -> None:
        old = heard.received - heard.time > OLD_MS
        if np.count_nonzero(old):
            np.maximum.at(self.device_ms, heard.index[old], heard.time[old])
            heard = Heard(heard.index[~old], heard.received[~old], heard.time[~old])
        gap = heard.received - self.device_ms[heard.index]
        lost = gap > self.device_limit[heard.index]
        if np.count_nonzero(lost):
            # Of several rows of one device the first counts; assigned last, it wins.
            index, length = heard.index[lost][::-1], gap[lost][::-1]
            self.lost_ms[index] = self.lost_ms[index] + length
        self.device_ms[heard.index] = np.maximum(heard.received, self.device_ms[heard.index])

    def fresh(self, device: int, at_ms: int) -> bool:
        """Return whether a device (index) and its gateway were heard in time, so that its last word still holds."""
        assert self._view is not None
        gateway = self._view.directory.gateway_of[device]
        return bool(
            at_ms - self.device_ms[device] <= self.device_limit[device]
            and at_ms - self.gateway_ms[gateway] <= self.gateway_limit[gateway]
        )

    def snapshot(self, at_ms: int) -> dict[str, Any] | None:
        """Return what must be written down now, None where nothing must: subject → state, one for each gateway."""
        if not self._changed or at_ms - self._written_ms < SNAPSHOT_MS:
            return None
        return self.everything(at_ms)

    def everything(self, at_ms: int) -> dict[str, Any]:
        """Return the whole state: subject → state, one for each gateway."""
        self._keep()
        self._changed, self._written_ms = False, at_ms
        states: dict[str, Any] = {
            f"gateway:{number}": {"heard": heard, "steady": steady} for number, (heard, steady) in self._gateway.items()
        }
        if self._view is not None:
            for device in self._view.directory.devices:
                state = states[f"gateway:{device.gateway_id}"]
                state.setdefault("devices", {})[str(device.id)] = self._device[device.id]
        return states

    def restore(self, subject: str, state: Any) -> None:
        """Take back one entry of a snapshot; `use` must follow."""
        heard = int(state["heard"])
        self._gateway[int(subject.removeprefix("gateway:"))] = heard, int(state.get("steady", heard))
        for number, (at, lost) in state.get("devices", {}).items():
            self._device[int(number)] = int(at), int(lost)

    def _keep(self) -> None:
        if self._view is None:
            return
        directory = self._view.directory
        pairs = zip(self.device_ms.tolist(), self.lost_ms.tolist(), strict=True)
        self._device.update(zip((device.id for device in directory.devices), pairs, strict=True))
        times = zip(self.gateway_ms.tolist(), self.steady_ms.tolist(), strict=True)
        self._gateway.update(zip((gateway.id for gateway in directory.gateways), times, strict=True))


def device_limits(view: View) -> IntArray:
    """Return after how many ms each device counts as silent: its promised interval times a factor, but no more than a
    grace past it; NEVER where it promised nothing. Shape (devices,)."""
    promised = np.array([device.supervision_s or np.inf for device in view.directory.devices], np.float64)
    factor, grace = view.numbers("device_silence", "factor"), view.numbers("device_silence", "grace_s")
    fixed = view.numbers("device_silence", "after_s")
    limit = np.where(fixed > 0, fixed, np.minimum(promised * factor, promised + grace))
    return _limit(np.where(np.isfinite(promised), limit, np.inf))


def gateway_limits(view: View) -> IntArray:
    """Return after how many ms each gateway counts as silent, by the same rule. Shape (gateways,)."""
    subjects = [view.gateway(index) for index in range(len(view.directory.gateways))]
    promised = np.array([gateway.heartbeat_s for gateway in view.directory.gateways], np.float64)

    def numbers(name: str) -> FloatArray:
        return np.array([view.number("gateway_silence", name, subject) for subject in subjects], np.float64)

    return _limit(np.minimum(promised * numbers("factor"), promised + numbers("past_s")))


def _limit(limit_s: FloatArray) -> IntArray:
    limit = np.full(len(limit_s), NEVER, np.int64)
    supervised = np.isfinite(limit_s)
    limit[supervised] = np.maximum(limit_s[supervised] * 1_000, LEAST_LIMIT_MS).astype(np.int64)
    return limit
