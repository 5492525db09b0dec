"""Does my phone ring? At the beginning of each shift everybody on duty is told a test by each personal channel and
confirms it with one tap; who does not is an alert, while somebody else is there to be told.

All that this knows stands in rows, so a restart asks nobody twice and forgets nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row

from analytics.alerts import store
from analytics.alerts.escalator import load_roster
from analytics.notify import health
from analytics.notify.channel import Answer, Channel, Message
from analytics.notify.delivery import address_of, tell_health
from analytics.notify.judge import Fate, judge
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log

_queries = load("analytics.notify")
_log = Log("phone-tests")
# A shift that began while the watch was down is still tested so much later, and not after.
LOOK_BACK = timedelta(minutes=30)
_EVERY = timedelta(seconds=20)


class PhoneTests:
    """Does rounds over the rosters: plans tests, and tells of those that nobody confirmed.

    channels: all of them; only those that reach a person are tested. within: time to confirm.
    """

    def __init__(self, channels: Sequence[Channel], within: timedelta) -> None:
        self._channels = [one.name for one in channels if one.personal and one.reaches_people]
        self._within = within
        self._next: datetime | None = None

    def step(self, connection: Connection, now: datetime) -> int:
        """Look at all homes, at most every 20 s; always returns 0, because nothing follows at once. In autocommit."""
        if self._next is not None and now < self._next and self._next - now <= _EVERY:
            return 0
        self._next = now + _EVERY
        if self._channels:
            for (facility_id,) in connection.execute(_queries.facilities).fetchall():
                self._plan(connection, facility_id, now)
            self._tell(connection, now)
        return 0

    def _plan(self, connection: Connection, facility_id: int, now: datetime) -> None:
        roster = load_roster(connection, facility_id, now)
        rows = [
            {
                "facility_id": facility_id,
                "account_id": turn.account_id,
                "channel": channel,
                "shift": turn.duty.shift,
                "shift_at": turn.starts_at,
                "now": now,
            }
            for turn in roster.begun(now - LOOK_BACK, now)
            for channel in self._channels
        ]
        if rows:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(_queries.put_test, rows)

    def _tell(self, connection: Connection, now: datetime) -> None:
        """Raise what was not confirmed, and end what was confirmed since."""
        late = connection.execute(_queries.unanswered_tests, {"now": now, "within": self._within}).fetchall()
        for facility_id, _, code, ids in late:
            with connection.transaction():
                store.lock_facilities(connection, [facility_id])
                self._raise(connection, facility_id, code, now)
                connection.execute(_queries.told_of_tests, {"ids": ids, "now": now})
            _log.warning("a phone test was not confirmed", facility_id=facility_id, account=code)
        for facility_id, _ in connection.execute(_queries.open_failures).fetchall():
            with connection.transaction():
                store.lock_facilities(connection, [facility_id])
                self._end(connection, facility_id, now)

    def _raise(self, connection: Connection, facility_id: int, code: str, now: datetime) -> None:
        evidence = _evidence(connection, facility_id)
        finding = health.failed(facility_id, evidence, health.phone_of(code), "not confirmed", now)
        if finding is not None:
            store.apply(connection, [finding], now)

    def _end(self, connection: Connection, facility_id: int, now: datetime) -> None:
        answered = connection.execute(_queries.answered_people, {"facility_id": facility_id, "now": now})
        for (code,) in answered.fetchall():
            finding = health.delivered(facility_id, _evidence(connection, facility_id), health.phone_of(code), now)
            if finding is not None:
                store.apply(connection, [finding], now)


class TestSender:
    """Sends the tests of one channel: a part of that channel's worker, so that a slow provider holds up no other."""

    __test__ = False  # no test of pytest

    def __init__(self, channel: Channel, jitter: Callable[[], float], lease: timedelta) -> None:
        self._channel, self._jitter, self._lease = channel, jitter, lease

    def step(self, connection: Connection, now: datetime) -> int:
        """Send the next due test; return 1, or 0 where none is due. In autocommit."""
        claim = {"channel": self._channel.name, "now": now, "lease_until": now + self._lease}
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_queries.claim_test, claim).fetchone()
        if row is None:
            return 0
        key = f"test-{row['id']}"
        message = Message(key, f"account:{row['account_id']}", now, compose_test(row, key, now), address_of(row))
        result = self._channel.send(message)
        verdict = judge(result, row["attempts"], now - row["shift_at"], self._jitter())
        state = "no_address" if result.answer is Answer.NO_ADDRESS else verdict.fate.value
        noted = {
            "id": row["id"],
            "state": state,
            "error": None if verdict.fate is Fate.SENT else result.detail,
            "again_at": now + verdict.again_after if verdict.again_after else None,
            "now": now,
        }
        with connection.transaction():
            store.lock_facilities(connection, [row["facility_id"]])
            connection.execute(_queries.note_test, noted)
            tell_health(connection, row["facility_id"], self._channel.name, result, verdict, now)
            if result.gone:
                connection.execute(_queries.forget_push, {"endpoints": list(result.gone)})
        return 1


def compose_test(row: dict[str, Any], key: str, now: datetime) -> dict[str, Any]:
    """Return the body of a test from a row of `claim_test`: no alert, no resident, nothing to be alarmed about."""
    at = row["shift_at"].astimezone(ZoneInfo(row["time_zone"]))
    return {
        "type": "anxin.phone.test",
        "key": key,
        "sent_at": now.isoformat(),
        "facility": row["facility_code"],
        "recipient": {"account": row["account_code"], "phone": row["account_phone"]},
        "text": {
            "zh": f"测试 {at:%H:%M}班 您的手机能收到报警，请在“值班”页确认",
            "en": f"Test, shift of {at:%H:%M}: your phone gets alerts. Confirm on the page On duty",
        },
    }


def _evidence(connection: Connection, facility_id: int) -> Any:
    found = connection.execute(_queries.open_failure, {"facility_id": facility_id}).fetchone()
    return None if found is None else found[0]
