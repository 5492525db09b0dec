"""The signed webhook to an integrator's server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.notify.channel import Answer, Message
from analytics.notify.registry import configured
from analytics.notify.webhook import WebhookChannel
from anxin.config import Analytics, ConfigError
from tests.support.receiver import Receiver

SECRET = b"a shared secret of the two"
NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)
BODY: dict[str, Any] = {
    "alert": {"id": 7, "kind": "sos_call"},
    "text": {"zh": "【高】紧急呼叫", "en": "[HIGH] SOS call"},
}
MESSAGE = Message("42", "account:3", NOW, BODY)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_a_webhook_is_signed_and_repeats_carry_the_same_key(receiver: Receiver) -> None:
    webhook = WebhookChannel(receiver.url, SECRET)
    for _ in range(2):
        webhook.send(MESSAGE)
    webhook.close()
    for request in receiver.requests:
        signed = request.headers["Anxin-Timestamp"].encode() + b"." + request.body
        assert request.headers["Anxin-Signature"] == "sha256=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
        assert request.headers["Anxin-Timestamp"] == str(int(NOW.timestamp()))
        assert json.loads(request.body) == BODY
    assert [request.headers["Idempotency-Key"] for request in receiver.requests] == ["42", "42"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.DELIVERED),
        (204, Answer.DELIVERED),
        (302, Answer.REFUSED),
        (400, Answer.REFUSED),
        (401, Answer.REFUSED),
        (410, Answer.REFUSED),
        (408, Answer.NOT_NOW),
        (429, Answer.NOT_NOW),
        (500, Answer.NOT_NOW),
        (503, Answer.NOT_NOW),
        (0, Answer.NOT_NOW),
    ],
)
def test_a_webhook_judges_the_answer(receiver: Receiver, status: int, answer: Answer) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": "7", "Location": receiver.url + "/elsewhere"}
    webhook = WebhookChannel(receiver.url, SECRET)
    result = webhook.send(MESSAGE)
    webhook.close()
    assert result.answer is answer
    assert result.retry_after_s == (7.0 if answer is Answer.NOT_NOW and status else None)
    assert len(receiver.requests) == 1


def test_a_webhook_without_a_server_is_not_now(receiver: Receiver) -> None:
    webhook = WebhookChannel(receiver.url.replace("http", "https"), SECRET)
    assert webhook.send(MESSAGE).answer is Answer.NOT_NOW
    webhook.close()


@pytest.mark.parametrize(
    ("url", "secret", "says"),
    [
        ("ftp://x", "long enough a secret", "webhook_url"),
        ("http://x", None, "webhook_secret is missing"),
        ("http://x", "short", "fewer than 16"),
    ],
)
def test_a_webhook_set_up_wrongly_says_so(tmp_path: Path, url: str, secret: str | None, says: str) -> None:
    if secret is not None:
        (tmp_path / "secret").write_text(secret)
    path = str(tmp_path / "secret") if secret else None
    with pytest.raises(ConfigError, match=says):
        configured(Analytics(webhook_url=url, webhook_secret=path))


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        configured(Analytics(webhook_url="http://x", webhook_secret=str(tmp_path / "nowhere")))
