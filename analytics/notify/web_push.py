"""Push messages to people's browsers: encrypted for the browser, signed for its push service.

A browser that is gone (404, 410) is forgotten. A person counts as told when one of her browsers' services took it.
"""

from __future__ import annotations

import json
import secrets

from cryptography.hazmat.primitives.asymmetric import ec

from analytics.notify.caller import Caller, Reply
from analytics.notify.channel import Answer, Message, PushAddress, Result
from analytics.notify.judge import of_http
from analytics.notify.push_crypto import MAX_TEXT, encrypt, from_base64url, new_key, read_key, to_base64url, vapid
from analytics.notify.push_crypto import public_point as point_of
from anxin.channel_settings import WebPush, pushes_to
from anxin.config import ConfigError, secret_file

_TTL_S = 900  # as long as a ring is worth telling (judge.TOO_OLD)
_MOST_BROWSERS = 3  # the newest: each may take 5 s


class WebPushChannel:
    """One push message to each browser of a person."""

    personal = True
    reaches_people = True

    def __init__(self, one: WebPush, key: ec.EllipticCurvePrivateKey, name: str, personal_data: str) -> None:
        self.name, self.personal_data = name, personal_data
        self._settings, self._key = one, key
        self._caller = Caller()

    @classmethod
    def of(cls, one: WebPush, name: str, where: str, personal_data: str) -> WebPushChannel:
        """Return the channel of a settings' table. where: of the table, for errors. Raises ConfigError."""
        if not one.contact.startswith(("mailto:", "https:")):
            raise ConfigError(f"{where}.contact: {one.contact!r} does not begin with mailto: or https:")
        try:
            key = read_key(secret_file(one.private_key, f"{where}.private_key"))
        except ValueError as error:
            raise ConfigError(f"{where}.private_key: {one.private_key}: {error}") from error
        if to_base64url(point_of(key)) != one.public_key:
            raise ConfigError(f"{where}.public_key: does not belong to the key in {one.private_key}")
        return cls(one, key, name, personal_data)

    def send(self, message: Message) -> Result:
        known = [address for address in message.to.push if pushes_to(self._settings, address.endpoint)]
        if not known:
            return Result(Answer.NO_ADDRESS, "no browser switched on")
        text = json.dumps({"key": message.key, "text": message.text, **_link(message)}, ensure_ascii=False)
        tries = {address: self._push(address, text.encode()[:MAX_TEXT], message) for address in known[:_MOST_BROWSERS]}
        gone = tuple(address.endpoint for address, result in tries.items() if result.detail in ("HTTP 404", "HTTP 410"))
        best = min(tries.values(), key=lambda result: list(Answer).index(result.answer))
        if len(gone) == len(tries):
            return Result(Answer.NO_ADDRESS, "all browsers are gone", gone=gone)
        return Result(best.answer, best.detail, best.retry_after_s, gone)

    def _push(self, address: PushAddress, text: bytes, message: Message) -> Result:
        try:
            p256dh, auth = from_base64url(address.p256dh), from_base64url(address.auth)
            body = encrypt(text, p256dh, auth, new_key(), secrets.token_bytes(16))
        except ValueError:
            return Result(Answer.REFUSED, "the browser's key is none")
        headers = {
            "Authorization": vapid(address.endpoint, self._settings.contact, self._key, message.sent_at),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_TTL_S),
            "Urgency": "high",
        }
        reply = self._caller.post(address.endpoint, body, headers)
        return of_http(reply.status, reply.retry_after) if isinstance(reply, Reply) else reply

    def close(self) -> None:
        self._caller.close()


def _link(message: Message) -> dict[str, str]:
    alert = message.body.get("alert")
    return {"path": "/duty" if alert is None else f"/alerts/{alert['id']}"}
