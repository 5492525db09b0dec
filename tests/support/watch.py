"""A small language for nights on duty: things happen, time passes at once, and people hear what they should hear.

    watch.at("02:10").fall("bed-12")
    watch.carer("a").hears("fall_confirmed")
    watch.forward(minutes=1)
    watch.nurse("n").hears("fall_confirmed")
    watch.nobody_else_hears()

Real database, real escalation and delivery; only the clock is moved by hand, and the channel is an ear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.alerts import holder, store
from analytics.alerts.escalator import Escalator
from analytics.alerts.model import Alert
from analytics.finding import Change, Finding, Subject
from analytics.notify.channel import Answer, Channel, Message, Result
from analytics.notify.delivery import Delivery
from anxin.clock import ManualClock
from anxin.vocabulary import AlertKind, Outcome, Priority
from tests.support.databases import TestDatabase
from tests.support.home import Home, build

ZONE = ZoneInfo("Asia/Shanghai")


class Ear:
    """A channel that keeps what it was told. `deaf`: what it answers instead of taking it."""

    personal = True
    reaches_people = True
    personal_data = "room"

    def __init__(self, name: str = "ear") -> None:
        self.name = name
        self.deaf: Result | None = None
        self.tries: list[Message] = []
        self.heard: list[Message] = []

    def send(self, message: Message) -> Result:
        self.tries.append(message)
        if self.deaf is not None:
            return self.deaf
        self.heard.append(message)
        return Result(Answer.DELIVERED)


class HomeEar(Ear):
    """A channel that tells the home once."""

    personal = False


@dataclass
class Person:
    """Somebody on duty; what she does is done to the open alert of a kind (there is one in each of these stories)."""

    watch: Watch
    code: str

    @property
    def account_id(self) -> int:
        return self.watch.home.accounts[self.code]

    def hears(self, kind: str, times: int = 1) -> None:
        """She was told so often since anybody last asked."""
        ear = self.watch.ear
        mine = [m for m in ear.heard if m.recipient == f"account:{self.account_id}" and _kind(m) == kind]
        assert len(mine) == times, f"{self.code} heard {kind} {len(mine)} times; all: {self.watch.loud()}"
        ear.heard = [m for m in ear.heard if m not in mine]

    def acknowledges(self, kind: str) -> Alert:
        watch = self.watch
        return store.acknowledge(watch.connection, watch.open(kind), self.account_id, watch.now)

    def arrives(self, kind: str, code: str) -> Alert:
        watch = self.watch
        return store.arrive(watch.connection, watch.open(kind), self.account_id, code, watch.now)

    def resolves(self, kind: str, outcome: Outcome, note: str | None = None) -> Alert:
        watch = self.watch
        return store.resolve(watch.connection, watch.open(kind), self.account_id, outcome, note, watch.now)

    def gives(self, kind: str, to: Person) -> Alert:
        watch = self.watch
        return store.assign(watch.connection, watch.open(kind), self.account_id, to.account_id, watch.now)


class Watch:
    """The small home of `tests.support.home`, from a night at 02:00 on."""

    def __init__(self, database: TestDatabase, clock: ManualClock, *channels: Channel) -> None:
        self.clock = clock
        with database.connect() as owner:
            self.home: Home = build(owner)
        self.connection = database.connect("anxin_analytics")
        self.ear = Ear()
        self.channels: tuple[Channel, ...] = (self.ear, *channels)
        self.restart()

    def close(self) -> None:
        self.connection.close()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def restart(self) -> None:
        """The process ends and a new one begins: nothing is kept but the database."""
        self._escalator = Escalator(self.channels)
        self._deliveries = [Delivery(channel, lambda: 0.5) for channel in self.channels]

    def at(self, local: str) -> Watch:
        """Go on to the next time it is HH:MM in the home."""
        here = self.now.astimezone(ZONE)
        then = datetime.combine(here.date(), time.fromisoformat(local), ZONE)
        then += timedelta(days=1) if then < here else timedelta()
        return self.forward(seconds=(then - here).total_seconds())

    def forward(self, *, minutes: float = 0, seconds: float = 0) -> Watch:
        """Let time pass; whatever comes due on the way happens at its time."""
        target = self.now + timedelta(minutes=minutes, seconds=seconds)
        self.work()
        while (due := self._next_due()) is not None and due <= target:
            self.clock.set(due)
            self.work()
        self.clock.set(target)
        self.work()
        return self

    def sleep(self, *, minutes: float) -> Watch:
        """Let time pass while the process is down."""
        self.clock.forward(timedelta(minutes=minutes))
        return self

    def work(self) -> None:
        """Do all that is due now."""
        busy = True
        while busy:
            done = holder.step(self.connection, self.now)
            done += self._escalator.step(self.connection, self.now)
            done += sum(delivery.step(self.connection, self.now) for delivery in self._deliveries)
            busy = done > 0

    def say(
        self,
        kind: AlertKind,
        subject: Subject,
        change: Change = Change.BEGAN,
        *,
        priority: Priority | None = None,
        at: datetime | None = None,
        late: bool = False,
    ) -> list[int]:
        """A detector says something, now."""
        finding = Finding(kind, subject, change, at or self.now, f"{kind.value} {change.value}", priority, late)
        with self.connection.transaction():
            ids = store.apply(self.connection, [finding], self.now)
        self.work()
        return ids

    def fall(self, bed: str, change: Change = Change.BEGAN) -> list[int]:
        return self.say(AlertKind.FALL_CONFIRMED, self.home.in_bed(bed), change)

    def sos(self, bed: str, change: Change = Change.BEGAN) -> list[int]:
        return self.say(AlertKind.SOS_CALL, self.home.in_bed(bed), change)

    def carer(self, letter: str) -> Person:
        return Person(self, f"carer-{letter}")

    def nurse(self, letter: str) -> Person:
        return Person(self, f"nurse-{letter}")

    def lead(self, letter: str) -> Person:
        return Person(self, f"lead-{letter}")

    def manager(self, letter: str) -> Person:
        return Person(self, f"manager-{letter}")

    def open(self, kind: str) -> int:
        """The id of the only open alert of a kind."""
        rows = self.connection.execute(
            "select id from anxin.alert where kind = %s and resolved_at is null", (kind,)
        ).fetchall()
        assert len(rows) == 1, f"{len(rows)} open alerts of {kind}"
        return int(rows[0][0])

    def history(self, alert_id: int) -> list[str]:
        rows = self.connection.execute(
            "select action from anxin.alert_history where alert_id = %s order by id", (alert_id,)
        )
        return [action for (action,) in rows]

    def loud(self) -> list[tuple[str, str]]:
        """What was heard and not yet asked for: (recipient, kind)."""
        return [(message.recipient, _kind(message)) for message in self.ear.heard]

    def nobody_else_hears(self) -> None:
        assert self.loud() == []

    def _next_due(self) -> datetime | None:
        row = self.connection.execute(
            "select least((select min(next_step_at) from anxin.alert where next_step_at > %(now)s),"
            " (select min(held_until) from anxin.alert where held_until > %(now)s),"
            " (select min(due_at) from anxin.outbox where state = 'pending' and due_at > %(now)s))",
            {"now": self.now},
        ).fetchone()
        assert row is not None
        due: datetime | None = row[0]
        return due


def _kind(message: Message) -> str:
    return str(message.body["alert"]["kind"])
