"""Calls: a resident or a carer asked for help. Rings at once; each further press rings again (rule 2 of the watch).

Each class of call is a kind of its own: SOS, toilet, bath, duress and staff assistance are high, a routine call is
medium. A call has no end of its own: a person resolves it. Presses within `call.same_s` without a key of their own are
one long press. A button that nobody registered rings as well, about its gateway and with the name it gives itself: some
person pressed it. Of all such buttons of a gateway one press in five minutes rings, so that a neighbour's cannot flood.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import minutes, seconds, to_ms
from analytics.rows import Rows
from anxin.catalogue import ALERTS, CALLS
from anxin.columns import Discrete
from anxin.event import Call
from anxin.vocabulary import AlertKind, CallKind, ObservationKind, Origin

KEPT = 16
AGAIN_MS = minutes(30)
STRANGERS_MS = minutes(5)


class Press(msgspec.Struct):
    """One press. rang: whether it was told; what only set the state in silence may still ring when it comes live."""

    key: str | None
    call: CallKind
    at_ms: int
    rang: bool = False


class Presses(msgspec.Struct):
    """The newest presses of a device, or of all unregistered ones of a gateway, by time."""

    presses: list[Press] = []


class CallDetector(Detector):
    """Calls and their recurrence, by device."""

    name: ClassVar[str] = "call"
    raises: ClassVar[tuple[AlertKind, ...]] = tuple(CALLS.values())
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()
    overtakes: ClassVar[bool] = True

    def __init__(self) -> None:
        self.memory: Memory[Presses] = Memory(Presses)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            if not isinstance(event.event, Call):
                continue
            devices, gateways = self._view.directory.device_index, self._view.directory.gateway_index
            if event.device_id in devices:
                subject = self._view.subject(devices[event.device_id])
                same_ms = seconds(self._view.number("call", "same_s", subject))
                self._hear(event, event.event, subject, self._view.words(devices[event.device_id]), same_ms, tell)
            elif event.device_id is None and event.gateway_id in gateways:
                subject = self._view.gateway(gateways[event.gateway_id])
                gateway = self._view.named(event.gateway_id)
                where = f"device {event.event.device[:64]!r}, which nobody registered, at {gateway}"
                self._hear(event, event.event, subject, where, STRANGERS_MS, tell)

    def _hear(
        self, event: Discrete, call: Call, subject: Subject, where: str, same_ms: int, tell: list[Finding]
    ) -> None:  # fmt: skip
        stranger = event.device_id is None
        name, key = (f"gateway:{event.gateway_id}", None) if stranger else (f"device:{event.device_id}", call.key)
        at, received = to_ms(event.time), to_ms(event.received_at)
        late = is_late(at, received)
        # Handled at the site during an outage: it is known there, and rings nobody a second time.
        rings = event.origin is Origin.LIVE and not (late and call.handled_by)
        known = self.memory.get(name).presses
        same = next((press for press in known if _same(press, key, call.call, at, same_ms)), None)
        if same is not None and (same.rang or not rings):
            return
        state = self.memory.change(name)
        again = any(press.rang and press.call == call.call and abs(at - press.at_ms) < AGAIN_MS for press in known)
        state.presses = [press for press in known if press is not same]
        state.presses = [*state.presses, Press(key, call.call, at, rings)]
        state.presses = sorted(state.presses, key=lambda press: press.at_ms)[-KEPT:]
        if not rings:
            return
        kind = CALLS[call.call]
        delay = f", received {round((received - at) / 1_000)} s later" if late else ""
        change = Change.RECURRED if again else Change.BEGAN
        reason = f"{ALERTS[kind].en}, made on {where}{delay}."
        evidence: Evidence = {"call": call.call.value, "device_id": event.device_id, "delay_s": (received - at) / 1_000}
        if stranger:
            evidence["device"] = call.device[:64]
        tell.append(finding(kind, subject, change, event.time, reason, evidence, late=late))


def _same(press: Press, key: str | None, call: CallKind, at_ms: int, same_ms: int) -> bool:
    if press.key is not None and key is not None:
        return press.key == key
    return press.call == call and abs(press.at_ms - at_ms) < same_ms
