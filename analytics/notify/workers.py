"""Starts the workers behind the alerts as threads of a process: the escalation, and one delivery for each channel.

They share nothing with the engine but the database, so that a slow provider cannot hold it up.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from analytics.alerts import holder, rounds
from analytics.alerts.escalator import Escalator
from analytics.notify.delivery import LEASE, Delivery
from analytics.notify.lights import Lights
from analytics.notify.phone_tests import PhoneTests, TestSender
from analytics.notify.registry import configured
from anxin.channel_settings import Light
from anxin.clock import Clock
from anxin.config import Settings
from anxin.mqtt import Client
from anxin.service import Service


def start(service: Service, settings: Settings, clock: Clock) -> None:
    """Start all workers. Raises ConfigError where a channel is set up wrongly."""

    def thread(name: str, work: rounds.Work) -> None:
        service.thread(name, _target(name, work, settings, clock))

    notify = settings.notify
    channels = configured(settings.analytics, notify)
    thread("escalation", Escalator(channels).step)
    thread("holds", holder.step)
    for channel in channels:
        delivery = Delivery(channel, random.random, clock.speed, notify.console_url)
        sender = TestSender(channel, random.random, LEASE * max(clock.speed, 1.0))
        thread(f"notify-{channel.name}", _both(delivery.step, sender.step))
    if notify.shift_tests:
        thread("phone-tests", PhoneTests(channels, timedelta(minutes=notify.confirm_min)).step)
    for light in (one for one in notify.channels if isinstance(one, Light)):
        name = light.name or "light"
        client = Client(settings.broker, f"anxin-{name}", user=light.user)
        service.on_stop(name, client.stop)
        client.start()
        thread(f"notify-{name}", Lights(partial(client.publish, retain=True)).step)


def _both(first: rounds.Work, second: rounds.Work) -> rounds.Work:
    """Alerts before tests."""
    return lambda connection, now: first(connection, now) or second(connection, now)


def _target(name: str, work: rounds.Work, settings: Settings, clock: Clock) -> Callable[[threading.Event], None]:
    def loop(stop: threading.Event) -> None:
        rounds.run(name, work, settings.database, clock, settings.analytics.tick_s, stop)

    return loop
