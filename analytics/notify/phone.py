"""Text messages and voice calls: Alibaba Cloud, Tencent Cloud, and any provider that takes an HTTP POST.

Template variables are short and may hold no brackets (the providers' rules for a template's variables), so the text is
cut and its brackets are taken out. A person without a telephone number has no address here.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit

from analytics.notify.caller import Caller, Reply, judge_code
from analytics.notify.channel import Answer, Message, Result
from analytics.notify.judge import of_http
from analytics.notify.signing import acs3, encoded, tc3
from anxin import channel_settings as settings
from anxin.config import ConfigError, secret_file

VARIABLE_LENGTH = 35  # of a template's variable, as Alibaba Cloud bounds ordinary ones
_NO_NUMBER = Result(Answer.NO_ADDRESS, "no telephone number")
_ALIYUN_RETRY = (
    "isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "isp.UNKNOWN", "Throttling", "ServiceUnavailable",
    "InternalError",
)  # fmt: skip
_TENCENT_RETRY = ("RequestLimitExceeded", "InternalError", "LimitExceeded")


def variable(text: str) -> str:
    """Return a text as a template's variable can hold it."""
    plain = text.translate(str.maketrans("【】[]", "    "))
    return " ".join(plain.split())[:VARIABLE_LENGTH]


class _Phone:
    personal = True
    reaches_people = True

    def __init__(self, name: str, personal_data: str) -> None:
        self.name, self.personal_data = name, personal_data
        self._caller = Caller()

    def close(self) -> None:
        self._caller.close()


class AliyunPhone(_Phone):
    """SendSms and SingleCallByTts, both of version 2017-05-25, signed by ACS3-HMAC-SHA256. Success is Code `OK`."""

    def __init__(
        self, one: settings.AliyunSms | settings.AliyunVoice, secret: str, name: str, personal_data: str
    ) -> None:
        super().__init__(name, personal_data)
        self._settings, self._secret = one, secret

    def send(self, message: Message) -> Result:
        if message.to.phone is None:
            return _NO_NUMBER
        action, query = self._request(message.to.phone, variable(message.text), message.key)
        one = self._settings
        host = urlsplit(one.endpoint).netloc
        # The nonce differs from try to try: the service refuses one that it has seen.
        nonce = f"{message.key}-{int(message.sent_at.timestamp() * 1000)}"
        headers = acs3(one.access_key_id, self._secret, host, action, "2017-05-25", query, message.sent_at, nonce)
        reply = self._caller.post(f"{one.endpoint}/?{encoded(query)}", b"", headers)
        return judge_code(reply, ["Code"], ["OK"], _ALIYUN_RETRY)

    def _request(self, phone: str, text: str, key: str) -> tuple[str, dict[str, str]]:
        one = self._settings
        values = json.dumps({one.variable: text}, ensure_ascii=False, separators=(",", ":"))
        if isinstance(one, settings.AliyunSms):
            sms = {"PhoneNumbers": phone, "SignName": one.sign_name, "TemplateCode": one.template}
            return "SendSms", {**sms, "TemplateParam": values, "OutId": key}
        call = {"CalledNumber": phone, "TtsCode": one.template, "TtsParam": values, "PlayTimes": str(one.plays)}
        if one.shown_number is not None:
            call["CalledShowNumber"] = one.shown_number
        return "SingleCallByTts", {**call, "OutId": key[:15]}


class TencentPhone(_Phone):
    """SendSms of version 2021-01-11, signed by TC3-HMAC-SHA256. Success is Code `Ok` of the one number."""

    def __init__(self, one: settings.TencentSms, secret: str, name: str, personal_data: str) -> None:
        super().__init__(name, personal_data)
        self._settings, self._secret = one, secret

    def send(self, message: Message) -> Result:
        if message.to.phone is None:
            return _NO_NUMBER
        one = self._settings
        phone = message.to.phone if message.to.phone.startswith("+") else one.country + message.to.phone
        request = {
            "PhoneNumberSet": [phone],
            "SmsSdkAppId": one.app_id,
            "SignName": one.sign_name,
            "TemplateId": one.template,
            "TemplateParamSet": [variable(message.text)],
            "SessionContext": message.key,
        }
        body = json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()
        host = urlsplit(one.endpoint).netloc
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": host,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": one.region,
            "X-TC-Timestamp": str(int(message.sent_at.timestamp())),
            "Authorization": tc3(one.secret_id, self._secret, host, "sms", body, message.sent_at),
        }
        reply = self._caller.post(one.endpoint, body, headers)
        paths = ["Response.Error.Code", "Response.SendStatusSet.0.Code"]
        return judge_code(reply, paths, ["Ok"], _TENCENT_RETRY)


class HttpPhone(_Phone):
    """Posts the configured fields; the answer's own code counts where the settings say where it stands."""

    def __init__(self, one: settings.HttpProvider, url: str, bearer: str | None, name: str, personal_data: str) -> None:
        super().__init__(name, personal_data)
        self._settings, self._url = one, url
        self._headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}

    def send(self, message: Message) -> Result:
        if message.to.phone is None:
            return _NO_NUMBER
        values = {"{phone}": message.to.phone, "{text}": message.text, "{key}": message.key}
        fields = {name: _filled(template, values) for name, template in self._settings.fields.items()}
        headers = {**self._headers, "Idempotency-Key": message.key}
        if self._settings.form:
            form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
            reply = self._caller.post(self._url, urlencode(fields).encode(), form)
        else:
            reply = self._caller.post_json(self._url, fields, headers)
        if self._settings.code_field is None and isinstance(reply, Reply):
            return of_http(reply.status, reply.retry_after)
        return judge_code(reply, [self._settings.code_field or ""], self._settings.ok, self._settings.retry)


def _filled(template: str, values: dict[str, str]) -> str:
    for place, value in values.items():
        template = template.replace(place, value)
    return template


def phone(
    one: settings.AliyunSms | settings.AliyunVoice | settings.TencentSms | settings.HttpProvider,
    name: str,
    where: str,
    personal_data: str,
) -> AliyunPhone | TencentPhone | HttpPhone:
    """Return the channel of a settings' table. where: of the table, for errors. Raises ConfigError."""
    if isinstance(one, settings.HttpProvider):
        url = secret_file(one.url_file, f"{where}.url_file")
        if not url.startswith(("https://", "http://127.0.0.1")):
            raise ConfigError(f"{where}.url_file: {one.url_file} does not hold an address that begins with https://")
        if not any("{phone}" in template for template in one.fields.values()):
            raise ConfigError(f"{where}.fields: none of them holds {{phone}}, so nobody would be called")
        bearer = None if one.bearer is None else secret_file(one.bearer, f"{where}.bearer")
        return HttpPhone(one, url, bearer, name, personal_data)
    if not one.endpoint.startswith(("https://", "http://127.0.0.1")):
        raise ConfigError(f"{where}.endpoint: {one.endpoint} does not begin with https://")
    if isinstance(one, settings.TencentSms):
        return TencentPhone(one, secret_file(one.secret_key, f"{where}.secret_key"), name, personal_data)
    return AliyunPhone(one, secret_file(one.access_key_secret, f"{where}.access_key_secret"), name, personal_data)
