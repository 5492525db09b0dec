"""Settings of the channels by which people are told: one structure a kind, chosen by its `kind`.

A secret is always the name of a file. Addresses that hold a key (robots) stand in such a file too.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec


class _Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """name: of this channel, in the history and in the levels of an escalation (absent: its kind).

    personal_data: what its texts may say: `none` (kind and time), `room` (also ward, room, bed) or `name` (also the
    resident); absent: that of [notify].
    """

    name: str | None = None
    personal_data: str | None = None


class AliyunSms(_Channel, frozen=True, tag="aliyun_sms"):
    """A text message by Alibaba Cloud (SendSms). The template has one variable for the text.

    access_key_secret: file. sign_name, template: as approved. endpoint: where the service is.
    """

    access_key_id: str
    access_key_secret: str
    sign_name: str
    template: str
    variable: str = "text"
    endpoint: str = "https://dysmsapi.aliyuncs.com"


class AliyunVoice(_Channel, frozen=True, tag="aliyun_voice"):
    """A voice call by Alibaba Cloud (SingleCallByTts). The template has one variable for the text.

    access_key_secret: file. shown_number: the caller's number (absent: the provider's pool). plays: 1 to 3 times.
    """

    access_key_id: str
    access_key_secret: str
    template: str
    variable: str = "text"
    shown_number: str | None = None
    plays: int = 2
    endpoint: str = "https://dyvmsapi.aliyuncs.com"


class TencentSms(_Channel, frozen=True, tag="tencent_sms"):
    """A text message by Tencent Cloud (SendSms). The template's first variable is the text.

    secret_key: file. app_id: SmsSdkAppId. country: put before numbers without +.
    """

    secret_id: str
    secret_key: str
    app_id: str
    sign_name: str
    template: str
    region: str = "ap-guangzhou"
    country: str = "+86"
    endpoint: str = "https://sms.tencentcloudapi.com"


class HttpProvider(_Channel, frozen=True, tag="http"):
    """Any provider of text messages or voice calls that takes an HTTP POST.

    url_file: file with the address. fields: what is posted; {phone}, {text} and {key} are filled in. form: as a form
    instead of JSON. bearer: file with a token for the Authorization header. code_field: where the answer's own code
    stands (a.b.0.c goes deeper); ok, retry: its values for success and for "later"; without code_field the HTTP status
    alone counts.
    """

    url_file: str
    fields: dict[str, str]
    form: bool = False
    bearer: str | None = None
    code_field: str | None = None
    ok: tuple[str, ...] = ("0",)
    retry: tuple[str, ...] = ()


class WeCom(_Channel, frozen=True, tag="wecom"):
    """A robot in a WeCom group. url_file: file with the robot's address."""

    url_file: str


class DingTalk(_Channel, frozen=True, tag="dingtalk"):
    """A robot in a DingTalk group. url_file, secret: files with its address and its signing secret (SEC…)."""

    url_file: str
    secret: str


class Feishu(_Channel, frozen=True, tag="feishu"):
    """A robot in a Feishu group. url_file, secret: files with its address and its signing secret."""

    url_file: str
    secret: str


class Mail(_Channel, frozen=True, tag="mail"):
    """Mail by SMTP to each person's `email`. security: tls, starttls or none. password: file. ca: file with the
    authority of the server's certificate, where it is not a public one."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    password: str | None = None
    ca: str | None = None


class WebPush(_Channel, frozen=True, tag="web_push"):
    """Push messages to the browsers in which people switched them on (console, On duty).

    private_key: file with the VAPID key; `anxin analytics push-key FILE` makes one and prints its public_key. contact:
    mailto: or https: address by which the push services can reach you. services: hosts (and all below them) that may
    be posted to; browsers name them, so that the list is a wall.
    """

    private_key: str
    public_key: str
    contact: str
    services: tuple[str, ...] = (
        "fcm.googleapis.com",
        "push.services.mozilla.com",
        "push.apple.com",
        "notify.windows.com",
    )


class Light(_Channel, frozen=True, tag="light"):
    """Corridor lights and buzzers over MQTT, on our broker: the state of each ward, retained. user: name at the
    broker; its password stands in the broker's secrets."""

    user: str = "lights"


Channel = AliyunSms | AliyunVoice | TencentSms | HttpProvider | WeCom | DingTalk | Feishu | Mail | WebPush | Light


class Notify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people are told. personal_data: what texts may say: none, room or name. console_url: address of the console
    as phones see it; it is put below texts. confirm_min: a test at the start of a shift must be confirmed within.
    shift_tests: whether phones are tested then. channels: one table each, with its `kind`."""

    personal_data: str = "room"
    console_url: str | None = None
    shift_tests: bool = True
    confirm_min: float = 10.0
    channels: tuple[Channel, ...] = ()


def pushes_to(one: WebPush, endpoint: str) -> bool:
    """Whether a browser's endpoint is one of the push services that may be posted to: https only, loopback excepted."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError:
        return False
    known = any(host == service or host.endswith("." + service) for service in one.services)
    return known and (parts.scheme == "https" or (parts.scheme == "http" and host == "127.0.0.1"))


def kinds() -> tuple[Any, ...]:
    """Return the structures of all kinds of channels, for the documentation."""
    members: tuple[Any, ...] = Channel.__args__
    return members
