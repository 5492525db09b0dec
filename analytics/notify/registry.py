"""All channels, in one visible tuple. A new one is a class in a module of its own and a name here."""

from __future__ import annotations

from analytics.notify.channel import Channel
from analytics.notify.log_channel import LogChannel
from analytics.notify.webhook import WebhookChannel
from anxin.config import Analytics

CHANNELS = (LogChannel, WebhookChannel)
REACH_NOBODY = [kind.name for kind in CHANNELS if not kind.reaches_people]


def configured(settings: Analytics) -> tuple[Channel, ...]:
    """Return the channels that the settings ask for. Raises ConfigError where one is set up wrongly."""
    channels = (kind.configured(settings) for kind in CHANNELS)
    return tuple(channel for channel in channels if channel is not None)
