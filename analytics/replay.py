"""A stretch of the log judged again, and what differs from the alerts that are stored. Pure: rows in, differences out.

The engine and the decisions about alerts are the live ones; people's acts and holds come in at their recorded times. So
the same log gives the same alerts, and a policy that changed holds from its time on. What the watch does not find in
the log itself (a channel that failed) is left out. Nothing is sent and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics.alerts import episode, people
from analytics.alerts.board import Carers
from analytics.alerts.book import Book, Page
from analytics.alerts.holding import Hold
from analytics.alerts.model import Action, Alert, Decision, Place
from analytics.directory import Directory
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import from_ms, to_ms
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, Outcome

# What detectors do to an alert: these lines must come out equal.
COMPARED = (
    Action.RAISED, Action.RECURRED, Action.UPGRADED, Action.BECAME, Action.JOINED, Action.UPDATED, Action.CLEARED,
)  # fmt: skip
NOT_FROM_THE_LOG = frozenset({AlertKind.NOTIFY_FAILED})
STRETCH_MS = 60_000  # without rows time passes in stretches of this length

# What makes an alert of the replay the same as a stored one: ladder, subject and its first line's time.
Key = tuple[str, str, str]
Line = tuple[str, str, int]  # action, event time, priority


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did to a stored alert."""

    at: datetime
    alert_id: int
    action: Action
    account_id: int
    detail: Mapping[str, Any]


@dataclass
class Stored:
    """A stored alert as far as it is compared."""

    id: int
    kind: AlertKind
    subject: str
    lines: list[Line] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return episode.ladder(self.kind), self.subject, self.lines[0][1] if self.lines else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """missing: stored, not in the replay. extra: the other way round. other: not the same lines."""

    what: str
    key: Key
    alert_id: int | None
    stored: tuple[Line, ...]
    replayed: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a replay gave. alerts: how many it raised within the time that was asked for."""

    alerts: int
    stored: int
    refused: tuple[str, ...]
    differences: tuple[Difference, ...]


def replay(
    directory: Directory, parts: Iterable[Rows], begin: datetime, start: datetime, stop: datetime,
    stored: Sequence[Stored], acts: Sequence[Act], holds: Sequence[Hold], carers: Carers,
) -> Result:  # fmt: skip
    """Judge parts (of one cell each, from `begin` on) and compare what was raised within start..stop."""
    run = _Run(directory, begin, stored, acts, holds, carers)
    for part in parts:
        run.part(part)
    run.until(stop)
    return _compare(run.book.pages.values(), stored, start, stop, tuple(run.refused))


class _Run:
    def __init__(
        self, directory: Directory, begin: datetime, stored: Sequence[Stored], acts: Sequence[Act],
        holds: Sequence[Hold], carers: Carers,
    ) -> None:  # fmt: skip
        self.engine = Engine()
        self.engine.begin(directory, to_ms(begin))
        self.book = Book(holds, carers)
        self.refused: list[str] = []
        self._keys = {one.id: one.key for one in stored}
        self._ours: dict[Key, int] = {}
        moments = [(act.at, act) for act in acts]
        looks = [at for hold in holds for at in (hold.starts_at, hold.ends_at) if at is not None]
        self._due: list[tuple[datetime, Act | None]] = sorted(
            [*moments, *((at, None) for at in looks)], key=lambda pair: pair[0]
        )

    def part(self, rows: Rows) -> None:
        """A stretch of the log: first the time before it, then its rows."""
        first, last = rows.received() or (self.engine.now_ms, self.engine.now_ms)
        self.until(from_ms(first - 1))  # a row that came at the very end of a cell belongs to it
        self._hear(self.engine.step(rows, self.engine.now_ms), from_ms(last))

    def until(self, moment: datetime) -> None:
        end = to_ms(moment)
        while self.engine.now_ms + STRETCH_MS < end:
            self._hear(self.engine.step(Rows(), self.engine.now_ms + STRETCH_MS), from_ms(self.engine.now_ms))
        self._hear(self.engine.step(Rows(), end), moment)

    def _hear(self, findings: list[Finding], now: datetime) -> None:
        while self._due and self._due[0][0] < now:
            at, act = self._due.pop(0)
            if act is None:
                self.book.pass_time(at)
                self.book.look_at_all(at)
            else:
                self._act(act)
        self.book.hear(findings, now)
        for page in list(self.book.pages.values())[-len(findings) :] if findings else ():
            self._ours.setdefault(_key(page), page.alert.id)

    def _act(self, act: Act) -> None:
        ours = self._ours.get(self._keys.get(act.alert_id, ("", "", "")))
        if ours is None:
            return  # on an alert from before, or one that the comparison names as missing
        if code := self.book.act(ours, _decision(act), act.at):
            self.refused.append(f"alert {act.alert_id}: {act.action.value} at {act.at.isoformat()}: {code}")


def _decision(act: Act) -> Callable[[Alert], Decision | None]:
    """Return what a person did as a decision about an alert."""
    detail = act.detail
    match act.action:
        case Action.ACKNOWLEDGED:
            return lambda alert: people.acknowledge(alert, act.account_id, act.at)
        case Action.ARRIVED:
            place = Place(detail["room_id"], detail["bed_id"])
            return lambda alert: people.arrive(alert, act.account_id, place, act.at)
        case Action.RESOLVED:
            outcome = Outcome(detail["outcome"])
            return lambda alert: people.resolve(alert, act.account_id, outcome, detail.get("note"), act.at)
        case Action.ASSIGNED:
            return lambda alert: people.assign(alert, act.account_id, detail["assigned_to"], act.at)
        case _:
            return lambda alert: None


def _lines(page: Page, stop: datetime) -> Iterator[Line]:
    for entry in page.entries:
        if entry.action in COMPARED and str(entry.detail["at"]) < stop.isoformat():
            yield entry.action.value, str(entry.detail["at"]), int(str(entry.detail["priority"]))


def _key(page: Page) -> Key:
    return episode.ladder(page.alert.kind), page.alert.subject_key, str(page.entries[0].detail["at"])


def _compare(
    pages: Iterable[Page], stored: Sequence[Stored], start: datetime, stop: datetime, refused: tuple[str, ...]
) -> Result:
    ours = {
        _key(page): tuple(_lines(page, stop))
        for page in pages
        if start <= page.alert.raised_at < stop and page.alert.kind is not AlertKind.ALERT_FLOOD
    }
    theirs = {one.key: one for one in stored if one.lines and one.kind not in NOT_FROM_THE_LOG}
    found: list[Difference] = []
    for key in sorted(ours.keys() | theirs.keys()):
        mine, one = ours.get(key), theirs.get(key)
        lines = tuple(one.lines) if one is not None else ()
        if mine == lines:
            continue
        what = "missing" if mine is None else "extra" if one is None else "other"
        found.append(Difference(what, key, one.id if one else None, lines, mine or ()))
    return Result(len(ours), len(theirs), refused, tuple(found))
