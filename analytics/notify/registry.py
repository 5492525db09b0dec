"""All channels, in one visible table from the kind of settings to what makes the channel. A new kind is a class in a
module of its own, a structure in anxin.channel_settings and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics.notify.channel import Channel
from analytics.notify.log_channel import LogChannel
from analytics.notify.mail import MailChannel
from analytics.notify.phone import phone
from analytics.notify.robots import robot
from analytics.notify.web_push import WebPushChannel
from analytics.notify.webhook import WebhookChannel
from anxin import channel_settings as settings
from anxin.config import Analytics, ConfigError

# (settings, name, where they stand, what texts may say) → channel; raises ConfigError
_Make = Callable[[Any, str, str, str], Channel]
CHANNELS: dict[type, _Make] = {
    settings.AliyunSms: phone,
    settings.AliyunVoice: phone,
    settings.TencentSms: phone,
    settings.HttpProvider: phone,
    settings.WeCom: robot,
    settings.DingTalk: robot,
    settings.Feishu: robot,
    settings.Mail: MailChannel.of,
    settings.WebPush: WebPushChannel.of,
}
PERSONAL_DATA = ("none", "room", "name")
REACH_NOBODY = [LogChannel.name]


def configured(analytics: Analytics, notify: settings.Notify = settings.Notify()) -> tuple[Channel, ...]:  # noqa: B008
    """Return the channels that the settings ask for. Raises ConfigError where one is set up wrongly."""
    fixed: list[Channel] = [LogChannel()]
    if (webhook := WebhookChannel.configured(analytics)) is not None:
        fixed.append(webhook)
    _known(notify.personal_data, "notify.personal_data")
    made = [_made(one, index, notify) for index, one in enumerate(notify.channels) if type(one) in CHANNELS]
    names: dict[str, int] = {}
    for channel in (*fixed, *made):
        if channel.name in names:
            raise ConfigError(f"notify.channels: two are named {channel.name!r}; give one of them a `name`")
        names[channel.name] = 1
    return (*fixed, *made)


def _made(one: settings.Channel, index: int, notify: settings.Notify) -> Channel:
    where = f"notify.channels[{index}]"
    kind = str(type(one).__struct_config__.tag)
    personal_data = _known(one.personal_data or notify.personal_data, f"{where}.personal_data")
    return CHANNELS[type(one)](one, one.name or kind, where, personal_data)


def _known(word: str, where: str) -> str:
    if word not in PERSONAL_DATA:
        raise ConfigError(f"{where}: {word!r} is none of {', '.join(PERSONAL_DATA)}")
    return word
