"""Corridor lights and buzzers over MQTT: what each ward's light must show, as a retained state on our broker.

A state, not a message: a light that reboots reads it again, and a lost message is made good by the next. A controller
must treat a state that was not renewed for a minute as unknown, and show that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from analytics.alerts import store
from analytics.notify import health
from anxin import topic
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import Priority

RENEW = timedelta(seconds=20)
TROUBLE_AFTER = timedelta(seconds=30)  # without a broker
_NAME = "light"
_queries = load("analytics.notify")
# (topic, payload) → whether the broker's client took it
Publish = Callable[[str, bytes], bool]


class Lights:
    """Does rounds over the wards and publishes what changed, and everything anew every 20 s."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._shown: dict[str, dict[str, Any]] = {}
        self._taken_at: datetime | None = None
        self._renewed_at: datetime | None = None

    def step(self, connection: Connection, now: datetime) -> int:
        """Publish; always returns 0, because nothing follows at once. In autocommit."""
        renew = self._renewed_at is None or not timedelta() <= now - self._renewed_at < RENEW
        rows = connection.execute(_queries.ringing_wards).fetchall()
        wanted = {topic.light(facility, ward): state_of(*rest) for _, facility, ward, *rest in rows}
        todo = [name for name, state in wanted.items() if renew or self._shown.get(name) != state]
        taken = all([self._show(name, wanted[name], now) for name in todo])  # noqa: C419  one that fails stops no other
        self._taken_at = self._taken_at or now
        if taken and todo:
            self._taken_at = now
        if taken and renew:
            self._renewed_at = now
            self._tell(connection, sorted({row[0] for row in rows}), None, now)
        elif not taken and now - self._taken_at > TROUBLE_AFTER:
            self._tell(connection, sorted({row[0] for row in rows}), "no broker", now)
        return 0

    def _show(self, name: str, state: dict[str, Any], now: datetime) -> bool:
        payload = json.dumps({**state, "sent_at": now.isoformat()}, separators=(",", ":")).encode()
        if not self._publish(name, payload):
            self._shown.pop(name, None)
            return False
        self._shown[name] = state
        return True

    def _tell(self, connection: Connection, facilities: list[int], trouble: str | None, now: datetime) -> None:
        """Raise or end the alert about the lights, as of any channel."""
        for facility_id in facilities:
            with connection.transaction():
                store.lock_facilities(connection, [facility_id])
                found = connection.execute(_queries.open_failure, {"facility_id": facility_id}).fetchone()
                evidence = None if found is None else found[0]
                finding = (
                    health.delivered(facility_id, evidence, _NAME, now)
                    if trouble is None
                    else health.failed(facility_id, evidence, _NAME, trouble, now)
                )
                if finding is not None:
                    store.apply(connection, [finding], now)


def state_of(priority: int | None, since: datetime | None, kinds: list[str]) -> dict[str, Any]:
    """Return what a ward's light shows: {"light": "off" | "medium" | "high", "buzzer", "since", "kinds"}.

    priority: of the most urgent alert that rings, None where nothing does. The buzzer sounds for what is high.
    """
    return {
        "light": "off" if priority is None else Priority(priority).name.lower(),
        "buzzer": priority == Priority.HIGH,
        "since": None if since is None else since.isoformat(),
        "kinds": sorted(kinds),
    }
