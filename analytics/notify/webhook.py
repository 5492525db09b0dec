"""The channel to an integrator's server: a signed JSON POST, once for the home at each ring.

The receiver checks `Anxin-Signature: sha256=HEX`, the HMAC-SHA256 of the `Anxin-Timestamp` header (Unix seconds), a
full stop and the body, with the shared secret; it refuses timestamps older than some minutes and drops an
`Idempotency-Key` that it has seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

from analytics.notify.caller import Caller, Reply
from analytics.notify.channel import Message, Result
from analytics.notify.judge import of_http
from anxin.config import Analytics, ConfigError


class WebhookChannel:
    """Posts to one URL. A secret is required: an unsigned alert could be anybody's."""

    name = "webhook"
    personal = False
    reaches_people = True
    personal_data = "room"

    def __init__(self, url: str, secret: bytes) -> None:
        self._url, self._secret = url, secret
        self._caller = Caller()

    @classmethod
    def configured(cls, settings: Analytics) -> WebhookChannel | None:
        """Return the channel of `[analytics] webhook_url`, None without one. Raises ConfigError."""
        if settings.webhook_url is None:
            return None
        if not settings.webhook_url.startswith(("http://", "https://")):
            raise ConfigError(
                f"analytics.webhook_url: {settings.webhook_url!r} does not begin with http:// or https://"
            )
        if settings.webhook_secret is None:
            raise ConfigError("analytics.webhook_secret is missing: name a file that holds the shared secret")
        try:
            secret = Path(settings.webhook_secret).read_bytes().strip()
        except OSError as error:
            raise ConfigError(f"analytics.webhook_secret: {settings.webhook_secret}: {error.strerror}") from error
        if len(secret) < 16:
            raise ConfigError(f"analytics.webhook_secret: {settings.webhook_secret} holds fewer than 16 bytes")
        return cls(settings.webhook_url, secret)

    def send(self, message: Message) -> Result:
        body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(int(message.sent_at.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.key,
            "Anxin-Timestamp": timestamp,
            "Anxin-Signature": signature(self._secret, timestamp, body),
        }
        reply = self._caller.post(self._url, body, headers)
        return of_http(reply.status, reply.retry_after) if isinstance(reply, Reply) else reply

    def close(self) -> None:
        self._caller.close()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the value of `Anxin-Signature`."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
