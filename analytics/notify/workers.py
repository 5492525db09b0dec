"""Starts the workers behind the alerts as threads of a process: the escalation, and one delivery for each channel.

They share nothing with the engine but the database, so that a slow provider cannot hold it up.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from analytics.alerts import rounds
from analytics.alerts.escalator import Escalator
from analytics.notify.delivery import Delivery
from analytics.notify.registry import configured
from anxin.clock import Clock
from anxin.config import Settings
from anxin.service import Service


def start(service: Service, settings: Settings, clock: Clock) -> None:
    """Start all workers. Raises ConfigError where a channel is set up wrongly."""

    def thread(name: str, work: rounds.Work) -> None:
        service.thread(name, _target(name, work, settings, clock))

    channels = configured(settings.analytics)
    thread("escalation", Escalator(channels).step)
    for channel in channels:
        delivery = Delivery(channel, random.random, clock.speed)
        thread(f"notify-{channel.name}", delivery.step)


def _target(name: str, work: rounds.Work, settings: Settings, clock: Clock) -> Callable[[threading.Event], None]:
    def loop(stop: threading.Event) -> None:
        rounds.run(name, work, settings.database, clock, settings.analytics.tick_s, stop)

    return loop
