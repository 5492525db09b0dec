"""Writes batches to the log: messages, watermarks and quarantine in one transaction, so that each message counts once.

The database has the last word on every watermark; what is remembered here only saves reading it again. A Writer lives
as long as its connection: after any error both are thrown away, since nobody knows whether the last commit happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.event import Committed, ContractError, decode_link
from anxin.topic import LaneKey, LinkTopic, MessageTopic
from ingest import pgbinary
from ingest.intake import Entry
from ingest.known_names import KnownNames
from ingest.partitions import LOG, Partitions
from ingest.quarantine import Quarantine, Refusal, clean
from ingest.watermark import Numbered, Settlement, settle

_queries = load("ingest")
_ASK_AGAIN = timedelta(seconds=1)
_RELOAD_UNKNOWN = timedelta(seconds=1)
_CLOCK_PUT_BACK = timedelta(hours=1)
_MAX_LANES = 50_000
_ATTEMPTS = 5

_LogLine = tuple[str, str, str, str, int, bytes]


class ContestedError(RuntimeError):
    """Watermarks move under this writer again and again: another ingest writes the same gateways."""


class _StaleError(Exception):
    """A watermark or the partition's numbers were not what we remembered."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a partition's numbers stand. ordered_from: see anxin.ingest_partition."""

    arrival: int
    received_at: datetime
    ordered_from: int

    def after(self, lines: int, now: datetime) -> _Place:
        """Return where they stand after some lines; received_at is what these lines carry.

        Readers rely on receipt times that do not decrease, so small steps back of the clock are smoothed out. After a
        large one the old times would be wrong for as long as the step: begin anew, and note where.
        """
        put_back = self.received_at - now > _CLOCK_PUT_BACK
        received_at = now if put_back else max(now, self.received_at)
        return _Place(self.arrival + lines, received_at, self.arrival if put_back else self.ordered_from)


@dataclass(slots=True)
class Outcome:
    """What a batch came to, for gateways (committed: the watermark of each lane to be published) and for counting."""

    committed: dict[LaneKey, Committed] = field(default_factory=dict)
    stored: int = 0
    quarantined: int = 0
    repeats: int = 0
    jumps: int = 0
    gaps: int = 0
    foreign: int = 0
    too_new: int = 0

    def counts(self) -> dict[str, int]:
        """Return the numbers alone."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "committed"}


@dataclass(slots=True)
class _Sorted:
    """A batch by what its messages are."""

    numbered: list[Entry] = field(default_factory=list)
    lines: list[_LogLine] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    foreign: int = 0


class Writer:
    """The one writer of a partition. `connection`: in autocommit mode, of its own."""

    def __init__(self, connection: Connection, partition: int, now: datetime) -> None:
        self._connection, self._partition = connection, partition
        self._watermarks: dict[LaneKey, int] = {}
        self._asked: dict[LaneKey, tuple[int, datetime]] = {}
        self._waiting: dict[LaneKey, int] = {}
        self._quarantine = Quarantine(connection)
        self._log_partitions = Partitions(connection, LOG)
        self._known = KnownNames(connection, now)
        self._names = self._known.names
        self._place: _Place | None = None
        connection.execute(_queries.begin_partition, {"partition": partition, "now": now})

    def write(self, entries: Sequence[Entry], now: datetime) -> Outcome:
        """Commit a batch and return what to tell the gateways. Raises one of SERVICE_DOWN when the store is away:
        then the batch may or may not be committed, and is to be written again by a new Writer."""
        for _ in range(_ATTEMPTS):
            batch = self._sort(entries, now)
            settlement = self._settle(batch.numbered, now)
            try:
                return self._commit(batch, settlement, now)
            except _StaleError:
                self._watermarks.clear()
                self._place = None
        raise ContestedError(
            f"partition {self._partition}: watermarks keep moving under this writer; another ingest takes the same "
            f"facilities (check [ingest] partition and facilities)"
        )

    def _sort(self, entries: Sequence[Entry], now: datetime) -> _Sorted:
        result = _Sorted()
        self._refresh_names(entries, now)
        partition_of, own = self._names.partitions, self._partition
        for entry in entries:
            if partition_of.get(entry.gateway[0], own) != own:
                result.foreign += 1
            elif entry.place is None:
                result.refusals.append(Refusal("", "", entry.topic, "bad_topic", entry.why, entry.payload))
            elif isinstance(entry.place, MessageTopic):
                result.numbered.append(entry)
            elif reason := self._unknown(*entry.gateway):
                result.refusals.append(Refusal(*entry.gateway, entry.topic, *reason, entry.payload))
            else:
                _take_link(entry, entry.place, result)
        return result

    def _refresh_names(self, entries: Iterable[Entry], now: datetime) -> None:
        """A gateway that was registered a moment ago must not be refused for it."""
        self._names = self._known.refresh(now)
        if not {entry.gateway for entry in entries} <= self._names.gateways.keys():
            self._names = self._known.refresh(now, _RELOAD_UNKNOWN)

    def _unknown(self, facility: str, gateway: str) -> tuple[str, str] | None:
        if (facility, gateway) in self._names.gateways:
            return None
        if facility in self._names.partitions:
            return "unknown_gateway", f"facility {facility} has no active gateway {gateway}"
        return "unknown_facility", f"no facility {facility} with gateways is registered"

    def _settle(self, numbered: Sequence[Entry], now: datetime) -> Settlement:
        keys = {entry.key for entry in numbered}
        if len(self._watermarks) > _MAX_LANES:
            self._watermarks.clear()
        self._load(keys - self._watermarks.keys())
        settlement = settle(numbered, self._watermarks)
        # Before a gateway is told that it skipped a number, make sure: another writer may have been here.
        doubtful = {key for key in settlement.jumps if self._may_ask(key, settlement, now)}
        if doubtful and self._load(doubtful):
            settlement = settle(numbered, self._watermarks)
        return settlement

    def _load(self, keys: set[LaneKey]) -> bool:
        """Read watermarks from the database; return whether one differs from what was remembered."""
        if not keys:
            return False
        before = {key: self._watermarks.get(key, 0) for key in keys}
        found = dict.fromkeys(keys, 0)
        for facility, gateway, lane, epoch, seq in self._connection.execute(_queries.load_watermarks, _columns(keys)):
            found[LaneKey(facility, gateway, lane, epoch)] = seq
        self._watermarks.update(found)
        return found != before

    def _may_ask(self, key: LaneKey, settlement: Settlement, now: datetime) -> bool:
        """Ask a lane for one missing number once a second at most: each asking makes it send its window again. One
        that waits for this ingest to be updated is not asked at all; it comes again by itself, ever more slowly."""
        stands_at = _watermark(key, settlement, self._watermarks)
        if self._waiting.get(key) == stands_at:
            return False
        watermark, at = self._asked.get(key, (-1, now))
        return watermark != stands_at or abs(now - at) >= _ASK_AGAIN

    def _commit(self, batch: _Sorted, settlement: Settlement, now: datetime) -> Outcome:
        lines = batch.lines + self._judge_gateways(settlement, batch.refusals)
        for key, (one, judgement) in settlement.waiting.items():
            self._waiting[key] = judgement.watermark
            batch.refusals.append(replace(_refusal(one, judgement.reason, judgement.detail), distinct=False))
        if lines or batch.refusals:
            self._log_partitions.ensure([now])
            with self._connection.transaction():
                place = self._append(lines, settlement, now)
                self._quarantine.put(batch.refusals, now)
            self._place = place
            self._watermarks.update({key: after for key, (_, after) in settlement.moved.items()})
        return Outcome(
            self._answers(settlement, now), len(lines), len(batch.refusals),
            sum(settlement.repeats.values()), sum(settlement.jumps.values()), settlement.gaps, batch.foreign,
            len(settlement.waiting),
        )  # fmt: skip

    def _judge_gateways(self, settlement: Settlement, refusals: list[Refusal]) -> list[_LogLine]:
        """Return the log lines of known gateways; the rest becomes refusals, all of it counting as committed."""
        lines: list[_LogLine] = []
        for one in settlement.stored:
            if reason := self._unknown(one.key.facility, one.key.gateway):
                refusals.append(_refusal(one, *reason))
            else:
                lines.append((*one.key, one.seq, one.payload))
        refusals += [_refusal(one, judgement.reason, judgement.detail) for one, judgement in settlement.refused]
        return lines

    def _append(self, lines: Sequence[_LogLine], settlement: Settlement, now: datetime) -> _Place:
        """Write the lines, take their numbers and move the watermarks; return where the numbers stand then.

        The numbers are ours only when the partition's row has been moved on. Should an entry of the pages, or another
        writer, have been faster, nothing of this is kept; at the next try the row is locked first.
        """
        before = self._place or self._lock()
        after = before.after(len(lines), now)
        if lines:
            with self._connection.cursor() as cursor, cursor.copy(_queries.copy_log) as copy:
                for piece in pgbinary.log_rows(self._partition, before.arrival, after.received_at, lines):
                    copy.write(piece)
        moves = settlement.moved
        place = {
            **_columns(moves),
            "before": _list(before for before, _ in moves.values()),
            "after": _list(after for _, after in moves.values()),
            "partition": self._partition, "arrival": before.arrival, "next_arrival": after.arrival,
            "received_at": after.received_at, "ordered_from": after.ordered_from,
        }  # fmt: skip
        if self._connection.execute(_queries.finish_batch, place).fetchone() != (1, len(moves)):
            raise _StaleError
        return after

    def _lock(self) -> _Place:
        row = self._connection.execute(_queries.lock_partition, {"partition": self._partition}).fetchone()
        assert row is not None
        return _Place(*row)

    def _answers(self, settlement: Settlement, now: datetime) -> dict[LaneKey, Committed]:
        answers = {key: Committed(after) for key, (_, after) in settlement.moved.items()}
        for key in settlement.repeats:
            answers.setdefault(key, Committed(self._watermarks[key]))
        for key in settlement.jumps:
            if self._may_ask(key, settlement, now):
                watermark = _watermark(key, settlement, self._watermarks)
                answers[key] = Committed(watermark, resend=True)
                self._asked[key] = (watermark, now)
        for memory in (self._asked, self._waiting):
            if len(memory) > _MAX_LANES:
                memory.clear()
        return answers


def _watermark(key: LaneKey, settlement: Settlement, watermarks: dict[LaneKey, int]) -> int:
    return settlement.moved[key][1] if key in settlement.moved else watermarks[key]


def _columns(keys: Collection[LaneKey]) -> dict[str, object]:
    columns = zip(*keys, strict=True) if keys else [()] * len(LaneKey._fields)
    return {name: _list(column) for name, column in zip(LaneKey._fields, columns, strict=True)}


def _list(values: Iterable[object]) -> str:
    """Several values as one text, which costs a tenth of an array of them. Levels of a topic hold no comma."""
    return ",".join(map(str, values))


def _refusal(one: Numbered, reason: str, detail: str) -> Refusal:
    where = f"{one.key.lane}/{one.key.epoch}/{one.seq}"
    return Refusal(one.key.facility, one.key.gateway, where, reason, detail, one.payload)


def _take_link(entry: Entry, place: LinkTopic, result: _Sorted) -> None:
    """A link state stands in the log under its session, without a number."""
    try:
        session = clean(decode_link(entry.payload).session)[:64]
    except ContractError as error:
        result.refusals.append(
            Refusal(place.facility, place.gateway, entry.topic, f"link_{error.reason}", str(error), entry.payload)
        )
        return
    result.lines.append((place.facility, place.gateway, "link", session, 0, entry.payload))
