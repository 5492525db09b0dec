"""The rule by which a numbered message is taken. Pure: the watermark and the message in, the verdict out.

Each lane is taken in order. The number after the watermark is stored (or, unreadable, kept in quarantine: that counts
as committed too); a number at or below it is a repeat; a number beyond it is a jump, unless the message is the
gateway's declaration that everything in between is lost. What is written in a newer schema waits at the edge until this
ingest is updated: it may be a call for help, and the edge rings on site as long as nobody here has understood it.

Decoding would be two thirds of the cost of taking a message. So the next number of the data lane is stored unread where
it ends as our own encoder ends a message of this schema and can be no gap. Whether it keeps the contract is seen by who
reads the log (`anxin.columns`); the projector puts what does not in quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Protocol

from anxin import event
from anxin.event import MAX_MESSAGE_BYTES, SCHEMA_VERSION, ContractError, Gap, Message
from anxin.topic import LaneKey
from anxin.vocabulary import Lane

_OWN_END = b'"schemaversion":%d}' % SCHEMA_VERSION


class Verdict(StrEnum):
    """What is done with a message. `gap` is stored like `store`, and moves the watermark over the lost numbers. `wait`:
    nothing moves; the gateway shall come again, but need not hurry."""

    STORE = "store"
    QUARANTINE = "quarantine"
    REPEAT = "repeat"
    JUMP = "jump"
    GAP = "gap"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the watermark after it, and for quarantine and wait why."""

    verdict: Verdict
    watermark: int
    reason: str = ""
    detail: str = ""


class Numbered(Protocol):
    """A message as it stands in the queue."""

    @property
    def key(self) -> LaneKey: ...
    @property
    def seq(self) -> int: ...
    @property
    def payload(self) -> bytes: ...


@dataclass(slots=True)
class Settlement:
    """What a batch comes to. moved: lane → (watermark before, after). jumps: lanes that lack a number. waiting: lanes
    whose next message is not for this ingest, with that message."""

    stored: list[Numbered] = field(default_factory=list)
    refused: list[tuple[Numbered, Judgement]] = field(default_factory=list)
    moved: dict[LaneKey, tuple[int, int]] = field(default_factory=dict)
    repeats: dict[LaneKey, int] = field(default_factory=dict)
    jumps: dict[LaneKey, int] = field(default_factory=dict)
    waiting: dict[LaneKey, tuple[Numbered, Judgement]] = field(default_factory=dict)
    gaps: int = 0


def judge(watermark: int, seq: int, payload: bytes) -> Judgement:
    """Return what becomes of message `seq` of a lane that is committed up to `watermark`."""
    if seq <= watermark:
        return Judgement(Verdict.REPEAT, watermark)
    # Only a declared gap can be taken out of turn; spare decoding whatever cannot be one.
    if seq > watermark + 1 and b'"gap"' not in payload:
        return Judgement(Verdict.JUMP, watermark)
    try:
        message = event.decode(payload)
    except ContractError as error:
        if seq > watermark + 1:
            return Judgement(Verdict.JUMP, watermark)
        if error.reason == event.SCHEMA_NEWER:
            return Judgement(Verdict.WAIT, watermark, error.reason, str(error))
        return Judgement(Verdict.QUARANTINE, seq, error.reason, str(error))
    return _judge_decoded(watermark, seq, message)


def is_plain(payload: bytes) -> bool:
    """Whether a glance tells that this is a message of our own encoder and no gap."""
    return payload.endswith(_OWN_END) and b'"gap"' not in payload and len(payload) <= MAX_MESSAGE_BYTES


def _judge_decoded(watermark: int, seq: int, message: Message) -> Judgement:
    gaps = [one for one in message.data if isinstance(one, Gap)]
    if not gaps:
        return Judgement(
            Verdict.STORE if seq == watermark + 1 else Verdict.JUMP, seq if seq == watermark + 1 else watermark
        )
    gap = gaps[0]
    if len(message.data) == 1 and gap.last == seq and gap.first <= watermark + 1:
        return Judgement(Verdict.GAP, seq)
    if seq > watermark + 1:
        return Judgement(Verdict.JUMP, watermark)
    detail = f"a gap from {gap.first} to {gap.last} under number {seq}, with {len(message.data)} events in the message"
    return Judgement(Verdict.QUARANTINE, seq, "bad_gap", detail)


def settle(batch: Sequence[Numbered], watermarks: Mapping[LaneKey, int]) -> Settlement:
    """Judge a batch, lowest numbers first, so that what the network shuffled falls into place.

    watermarks: of every lane in the batch (0: nothing committed yet).
    """
    result = Settlement()
    now_at: dict[LaneKey, int] = {}
    for message in sorted(batch, key=attrgetter("seq")):
        key = message.key
        before = now_at[key] if key in now_at else watermarks[key]
        if message.seq == before + 1 and key.lane == Lane.DATA and is_plain(message.payload):
            now_at[key] = message.seq
            result.stored.append(message)
            continue
        judgement = judge(before, message.seq, message.payload)
        if judgement.verdict is Verdict.REPEAT:
            result.repeats[key] = result.repeats.get(key, 0) + 1
        elif judgement.verdict is Verdict.JUMP:
            result.jumps[key] = result.jumps.get(key, 0) + 1
        elif judgement.verdict is Verdict.WAIT:
            result.waiting[key] = (message, judgement)
        else:
            now_at[key] = judgement.watermark
            if judgement.verdict is Verdict.QUARANTINE:
                result.refused.append((message, judgement))
            else:
                result.stored.append(message)
                result.gaps += judgement.verdict is Verdict.GAP
    result.moved = {key: (watermarks[key], after) for key, after in now_at.items()}
    return result
