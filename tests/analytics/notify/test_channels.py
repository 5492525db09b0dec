"""One contract for all channels, played by real servers: success, error codes, 200 with an error, silence, bad TLS."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.notify import caller
from analytics.notify.channel import Address, Answer, Channel, Message, PushAddress
from analytics.notify.push_crypto import new_key, pem_of, public_point, to_base64url
from analytics.notify.registry import CHANNELS, configured
from anxin import channel_settings as kinds
from anxin.channel_settings import Notify
from anxin.config import Analytics, ConfigError
from tests.support import certificate
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver
from tests.support.watch import Ear

NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)
PHONE, MAIL, KEY = "13800138000", "carer@home.example", "the-key-in-the-address"
BROWSER = to_base64url(public_point(new_key()))
BODY: dict[str, Any] = {
    "alert": {"id": 7, "kind": "sos_call"},
    "text": {"zh": "【高】紧急呼叫 东区 12室 02:10", "en": "[HIGH] SOS call, East 12, 02:10"},
    "link": "https://home.example/alerts/7",
}
DELIVERED, NOT_NOW, REFUSED, NO_ADDRESS = Answer.DELIVERED, Answer.NOT_NOW, Answer.REFUSED, Answer.NO_ADDRESS


@dataclass
class Provider:
    """What plays the provider of a channel. told: how many messages it has; good: its answer to a success."""

    receiver: Receiver
    mail: MailServer

    def told(self, name: str) -> int:
        return len(self.mail.mails) if name == "mail" else len(self.receiver.requests)


@dataclass(frozen=True)
class Case:
    """Settings of a channel, its provider's word for success, and answers → what they must be judged as."""

    settings: Callable[[Provider, Path], kinds.Channel]
    good: dict[str, Any] | None
    bad: tuple[tuple[int, Any, Answer], ...] = ()


def _secret(folder: Path, text: str) -> str:
    path = folder / f"secret-{abs(hash(text))}"
    path.write_text(text + "\n")
    return str(path)


def _web_push(provider: Provider, folder: Path) -> kinds.Channel:
    key = new_key()
    path = folder / "vapid.pem"
    path.write_bytes(pem_of(key))
    public = to_base64url(public_point(key))
    return kinds.WebPush(private_key=str(path), public_key=public, contact="mailto:a@b.c", services=("127.0.0.1",))


def _tencent(code: str) -> dict[str, Any]:
    return {"Response": {"SendStatusSet": [{"Code": code, "PhoneNumber": "+86" + PHONE}], "RequestId": "1"}}


CASES: dict[str, Case] = {
    "aliyun_sms": Case(
        lambda p, f: kinds.AliyunSms(
            access_key_id="id", access_key_secret=_secret(f, "secret"), sign_name="安心", template="SMS_1",
            endpoint=p.receiver.origin,
        ),
        {"Code": "OK", "Message": "OK", "BizId": "9"},
        (
            (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": f"{PHONE} too often"}, NOT_NOW),
            (200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}, REFUSED),
            (400, {"Code": "Throttling.User"}, NOT_NOW),
            (403, {"Code": "SignatureDoesNotMatch"}, REFUSED),
        ),
    ),
    "aliyun_voice": Case(
        lambda p, f: kinds.AliyunVoice(
            access_key_id="id", access_key_secret=_secret(f, "secret"), template="TTS_1", shown_number="05711234",
            endpoint=p.receiver.origin,
        ),
        {"Code": "OK", "CallId": "1^2"},
        ((200, {"Code": "isp.SYSTEM_ERROR"}, NOT_NOW), (200, {"Code": "isv.VOICE_FILE_NOT_EXIST"}, REFUSED)),
    ),
    "tencent_sms": Case(
        lambda p, f: kinds.TencentSms(
            secret_id="id", secret_key=_secret(f, "secret"), app_id="1400", sign_name="安心", template="1",
            endpoint=p.receiver.origin,
        ),
        _tencent("Ok"),
        (
            (200, _tencent("LimitExceeded.DeliveryFrequencyLimit"), NOT_NOW),
            (200, _tencent("FailedOperation.InsufficientBalanceInSmsPackage"), REFUSED),
            (200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}, REFUSED),
            (200, {"Response": {"Error": {"Code": "RequestLimitExceeded"}}}, NOT_NOW),
        ),
    ),
    "http": Case(
        lambda p, f: kinds.HttpProvider(
            url_file=_secret(f, f"{p.receiver.origin}/send?key={KEY}"), fields={"to": "{phone}", "say": "{text}"},
            bearer=_secret(f, "token"), code_field="result.code", ok=("0",), retry=("busy",),
        ),
        {"result": {"code": 0}},
        ((200, {"result": {"code": "busy"}}, NOT_NOW), (200, {"result": {"code": 17}}, REFUSED)),
    ),
    "wecom": Case(
        lambda p, f: kinds.WeCom(url_file=_secret(f, f"{p.receiver.origin}/cgi-bin/webhook/send?key={KEY}")),
        {"errcode": 0, "errmsg": "ok"},
        ((200, {"errcode": 93000}, REFUSED), (200, {"errcode": 45009}, NOT_NOW), (200, {"errcode": -1}, NOT_NOW)),
    ),
    "dingtalk": Case(
        lambda p, f: kinds.DingTalk(
            url_file=_secret(f, f"{p.receiver.origin}/robot/send?access_token={KEY}"), secret=_secret(f, "SECabc")
        ),
        {"errcode": 0, "errmsg": "ok"},
        ((200, {"errcode": 310000}, REFUSED), (200, {"errcode": 130101}, NOT_NOW)),
    ),
    "feishu": Case(
        lambda p, f: kinds.Feishu(
            url_file=_secret(f, f"{p.receiver.origin}/open-apis/bot/v2/hook/{KEY}"), secret=_secret(f, "abc")
        ),
        {"code": 0, "msg": "success", "data": {}},
        ((200, {"code": 19021}, REFUSED), (200, {"code": 9499}, REFUSED), (200, {"code": 11232}, NOT_NOW)),
    ),
    "mail": Case(
        lambda p, f: kinds.Mail(host="127.0.0.1", port=p.mail.port, sender="anxin@home.example", ca=str(f / "cert.pem"),
                                user="anxin", password=_secret(f, "word")),
        None,
    ),
    "web_push": Case(
        _web_push,
        None,
        ((404, None, NO_ADDRESS), (410, None, NO_ADDRESS), (403, None, REFUSED), (413, None, REFUSED)),
    ),
}  # fmt: skip


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    with Receiver() as receiver, MailServer(certificate.write(tmp_path / "cert.pem")) as mail:
        yield Provider(receiver, mail)


@pytest.fixture
def message(provider: Provider) -> Message:
    push = PushAddress(f"{provider.receiver.origin}/push/{KEY}", BROWSER, to_base64url(bytes(16)))
    return Message("42", "account:3", NOW, BODY, Address(PHONE, MAIL, "zh", (push,)))


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def channel(name: str, provider: Provider, tmp_path: Path) -> Iterator[Channel]:
    one = CASES[name].settings(provider, tmp_path)
    _, made = configured(Analytics(), Notify(channels=(one,)))
    provider.receiver.answer = json.dumps(CASES[name].good or {}).encode()
    yield made
    made.close()  # type: ignore[attr-defined]


def test_every_kind_of_channel_stands_in_the_suite() -> None:
    assert {kind.__struct_config__.tag for kind in kinds.kinds()} == {*CASES, "light"}
    assert {*CHANNELS, kinds.Light} == set(kinds.kinds())


def test_it_delivers_and_leaves_the_message_alone(
    name: str, channel: Channel, provider: Provider, message: Message
) -> None:
    before = json.dumps(BODY)
    assert channel.send(message).answer is DELIVERED
    assert channel.send(message).answer is DELIVERED
    assert provider.told(name) == 2
    assert json.dumps(message.body) == before
    assert channel.reaches_people
    assert channel.personal_data == "room"


@pytest.mark.parametrize("name", sorted(set(CASES) - {"web_push"}), indirect=True)  # which encrypts: see test_signing
def test_the_text_arrives_in_the_recipients_language(
    name: str, channel: Channel, provider: Provider, message: Message
) -> None:
    english = replace(message, to=replace(message.to, language="en"))
    channel.send(english)
    if name == "mail":
        seen = provider.mail.mails[0]
    else:
        request = provider.receiver.requests[0]
        seen = request.body.decode() + request.path
    assert "SOS" in seen
    assert "%E7%B4%A7" not in seen and "紧急" not in seen


def test_a_person_without_an_address_is_nobodys_failure(channel: Channel, message: Message, provider: Provider) -> None:
    result = channel.send(replace(message, to=Address()))
    assert result.answer is (NO_ADDRESS if channel.personal else DELIVERED)


def test_the_providers_own_code_counts(name: str, channel: Channel, provider: Provider, message: Message) -> None:
    for status, answer, expected in CASES[name].bad:
        provider.receiver.status, provider.receiver.answer = status, json.dumps(answer).encode()
        result = channel.send(message)
        assert result.answer is expected, (status, answer, result)
        assert PHONE not in result.detail


@pytest.mark.parametrize("status", [500, 503, 429, 0])
def test_a_provider_in_trouble_is_not_now(
    name: str, channel: Channel, provider: Provider, message: Message, status: int
) -> None:
    provider.receiver.status, provider.receiver.headers = status, {"Retry-After": "7"}
    provider.mail.codes = {"RCPT": 451, "MAIL": 421}
    result = channel.send(message)
    assert result.answer is NOT_NOW
    assert result.retry_after_s == (7.0 if status and name != "mail" else None)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"mail", "web_push"}), indirect=True)  # their status is their word
@pytest.mark.parametrize("answer", [b"", b"<html>all is well</html>", b'{"x": 1}', b"[", b"x" * 200_000])
def test_http_200_alone_proves_nothing(
    name: str, channel: Channel, provider: Provider, message: Message, answer: bytes
) -> None:
    provider.receiver.answer = answer
    assert channel.send(message).answer is NOT_NOW


@pytest.mark.parametrize("name", sorted(set(CASES) - {"mail"}), indirect=True)
def test_a_provider_that_hangs_is_given_up(
    name: str, channel: Channel, provider: Provider, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_timeout(channel, 0.1)
    provider.receiver.hang_s = 0.5
    assert channel.send(message).answer is NOT_NOW


def _set_timeout(channel: Channel, seconds: float) -> None:
    own = channel._caller  # type: ignore[attr-defined]
    assert isinstance(own, caller.Caller)
    own._client.timeout = seconds


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(name: str, tmp_path: Path, message: Message) -> None:
    pem = certificate.write(tmp_path / "cert.pem")
    other = certificate.write(tmp_path / "other.pem")
    with Receiver(pem) as receiver, MailServer(pem) as mail:
        provider = Provider(receiver, mail)
        one = CASES[name].settings(provider, tmp_path)
        if isinstance(one, kinds.Mail):
            one = kinds.Mail(host="127.0.0.1", port=mail.port, sender="a@b.c", ca=str(other))
        push = tuple(replace(address, endpoint=f"{receiver.origin}/push") for address in message.to.push)
        _, made = configured(Analytics(), Notify(channels=(one,)))
        result = made.send(replace(message, to=replace(message.to, push=push)))
        made.close()  # type: ignore[attr-defined]
        assert result.answer is NOT_NOW
        assert (receiver.requests, mail.mails) == ([], [])


def test_no_key_and_no_number_gets_into_a_log_or_a_detail(
    name: str, channel: Channel, provider: Provider, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name_ in ("httpx", "httpcore"):  # as they are set by the caller, not by the test
        assert logging.getLogger(name_).level == logging.WARNING
    details = [channel.send(message).detail]
    provider.receiver.status, provider.receiver.answer = 400, f"{PHONE} {KEY}".encode()
    provider.mail.codes = {"RCPT": 550}
    details.append(channel.send(message).detail)
    provider.receiver.status = 0
    details.append(channel.send(message).detail)
    said = caplog.text + " ".join(details)
    assert not re.search(f"{KEY}|{PHONE}|{MAIL}|secret", said), said


def test_a_refused_mail(tmp_path: Path, provider: Provider, message: Message) -> None:
    _, mail = configured(Analytics(), Notify(channels=(CASES["mail"].settings(provider, tmp_path),)))
    for word, code, expected in (
        ("RCPT", 550, REFUSED), ("AUTH", 535, REFUSED), ("AUTH", 454, NOT_NOW), ("MAIL", 452, NOT_NOW),
    ):  # fmt: skip
        provider.mail.codes = {word: code}
        result = mail.send(message)
        assert (result.answer, result.detail) == (expected, f"SMTP {code}")
    provider.mail.codes, provider.mail.starttls = {}, False
    assert mail.send(message).answer is REFUSED


def test_a_mail_never_sends_its_password_in_the_open(tmp_path: Path) -> None:
    one = kinds.Mail(host="h", sender="a@b.c", security="none", user="u", password=_secret(tmp_path, "p"))
    with pytest.raises(ConfigError, match=r"notify.channels\[0\].security"):
        configured(Analytics(), Notify(channels=(one,)))


def test_a_browser_that_is_gone_is_named_and_another_still_hears(
    tmp_path: Path, provider: Provider, message: Message
) -> None:
    provider.receiver.status = 201
    (address,) = message.to.push
    with Receiver() as gone:
        gone.status = 410
        dead = replace(address, endpoint=f"{gone.origin}/dead")
        _, push = configured(Analytics(), Notify(channels=(_web_push(provider, tmp_path),)))
        result = push.send(replace(message, to=replace(message.to, push=(dead, address))))
    assert (result.answer, result.gone) == (DELIVERED, (dead.endpoint,))


def test_a_push_goes_only_to_the_services_of_the_settings(tmp_path: Path, provider: Provider, message: Message) -> None:
    (address,) = message.to.push
    elsewhere = replace(address, endpoint=address.endpoint.replace("127.0.0.1", "localhost"))
    _, push = configured(Analytics(), Notify(channels=(_web_push(provider, tmp_path),)))
    assert push.send(replace(message, to=replace(message.to, push=(elsewhere,)))).answer is NO_ADDRESS
    assert provider.receiver.requests == []


@pytest.mark.parametrize(
    ("notify", "says"),
    [
        (Notify(personal_data="all"), "notify.personal_data: 'all' is none of none, room, name"),
        (Notify(channels=(kinds.WeCom(url_file="/nowhere"),)), r"notify.channels\[0\].url_file: /nowhere"),
        (Notify(channels=(kinds.HttpProvider(url_file=__file__, fields={}),)), "does not hold an address"),
        (Notify(channels=(kinds.Mail(host="h", sender="s", security="ssl"),)), "'ssl' is none of tls, starttls"),
        (Notify(channels=(kinds.Mail(host="h", sender="s"), kinds.Mail(host="i", sender="s"))), "two are named 'mail'"),
    ],
)
def test_what_is_set_up_wrongly_is_named(notify: Notify, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        configured(Analytics(), notify)


def test_without_settings_only_the_log_is_there() -> None:
    (log,) = configured(Analytics())
    assert (log.name, log.reaches_people) == ("log", False)
    assert log.send(Message("1", "facility", NOW, BODY)).answer is DELIVERED


def test_the_ear_of_the_tests_keeps_the_contract(message: Message) -> None:
    ear = Ear()
    assert ear.send(message).answer is DELIVERED
    assert ear.heard == [message]
