"""One HTTP POST to a provider, and what its answer means: the provider's own code counts, never HTTP 200 alone.

Addresses and answers may hold keys and telephone numbers, so neither gets into a detail: only a status, a code made of
harmless characters, or the name of an error.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import certifi
import httpx

from analytics.notify.channel import Answer, Result
from analytics.notify.judge import of_http
from anxin.clock import monotonic_s

TIMEOUT_S = 5.0
_LONGEST_S = 8.0  # for the whole answer, also of a server that sends a byte a second
_LONGEST_BODY = 64 * 1024
_HARMLESS = re.compile(r"[^A-Za-z0-9._-]")
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, which may hold keys
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. answer: its JSON, None where it is none."""

    status: int
    retry_after: str | None
    answer: Any


class Caller:
    """A client of one provider. Redirects are not followed: they would carry the alert somewhere unknown."""

    def __init__(self) -> None:
        headers = {"User-Agent": "anxin"}
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, headers=headers, verify=_trusted())

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply | Result:
        """Post; a Result where there was no answer."""
        started = monotonic_s()
        body = bytearray()
        try:
            with self._client.stream("POST", url, content=content, headers=dict(headers)) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _LONGEST_BODY or monotonic_s() - started > _LONGEST_S:
                        break
                return Reply(response.status_code, response.headers.get("Retry-After"), _json(bytes(body)))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Result(Answer.REFUSED, type(error).__name__)
        except httpx.HTTPError as error:
            return Result(Answer.NOT_NOW, type(error).__name__)

    def post_json(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply | Result:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self.post(url, content, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    def close(self) -> None:
        self._client.close()


def field_of(answer: Any, path: str) -> str | None:
    """Return the value at a path such as `Response.SendStatusSet.0.Code` as text, None where there is none."""
    for part in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdecimal() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return None if answer is None or isinstance(answer, (dict, list)) else str(answer)


def judge_code(reply: Reply | Result, paths: Sequence[str], ok: Sequence[str], retry: Sequence[str]) -> Result:
    """Judge an answer by the first of the paths at which it has a code. ok: exact values; retry: beginnings of those
    after which a later try makes sense. A good code with a bad HTTP status is not good."""
    if isinstance(reply, Result):
        return reply
    by_status = of_http(reply.status, reply.retry_after)
    code = next((found for path in paths if (found := field_of(reply.answer, path)) is not None), None)
    if code is None:
        return (
            by_status if by_status.answer is not Answer.DELIVERED else Result(Answer.NOT_NOW, "no code in the answer")
        )
    if code in ok:
        return by_status
    detail = f"code {_HARMLESS.sub('', code)[:60]}"
    if by_status.answer is Answer.NOT_NOW or any(code == start or code.startswith(start + ".") for start in retry):
        return Result(Answer.NOT_NOW, detail, by_status.retry_after_s)
    return Result(Answer.REFUSED, detail)


@cache
def _trusted() -> ssl.SSLContext:
    """The public authorities; read once, which takes a moment."""
    return ssl.create_default_context(cafile=certifi.where())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
