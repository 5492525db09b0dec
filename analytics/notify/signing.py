"""The signatures that providers ask for. Pure: time and nonce are arguments, so the published examples are tests.

ACS3-HMAC-SHA256 (Alibaba Cloud OpenAPI, signature version 3), TC3-HMAC-SHA256 (Tencent Cloud API 3.0), and the signed
robots of DingTalk and Feishu.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def encoded(parameters: Mapping[str, str]) -> str:
    """Return parameters as a query, sorted and encoded as RFC 3986 wants it."""
    pairs = sorted(parameters.items())
    return "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in pairs)


def acs3(
    access_key_id: str, secret: str, host: str, action: str, version: str, query: Mapping[str, str],
    now: datetime, nonce: str,
) -> dict[str, str]:  # fmt: skip
    """Return the headers of a signed POST to `/` without a body, its parameters in the query."""
    body_hash = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": body_hash,
        "x-acs-date": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", encoded(query), lines, signed, body_hash))
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    signature = _hmac(secret.encode(), to_sign).hex()
    word = f"ACS3-HMAC-SHA256 Credential={access_key_id},SignedHeaders={signed},Signature={signature}"
    return {**headers, "Authorization": word}


def tc3(secret_id: str, secret_key: str, host: str, service: str, body: bytes, now: datetime) -> str:
    """Return the Authorization header of a POST to `/` with a JSON body; content-type and host are signed."""
    content_type = "application/json; charset=utf-8"
    signed = "content-type;host"
    headers = f"content-type:{content_type}\nhost:{host}\n"
    canonical = "\n".join(("POST", "/", "", headers, signed, hashlib.sha256(body).hexdigest()))
    day = f"{now.astimezone(UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{int(now.timestamp())}\n{scope}\n{hashed}"
    key = ("TC3" + secret_key).encode()
    for part in (day, service, "tc3_request"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


def dingtalk(secret: str, now: datetime) -> dict[str, str]:
    """Return the parameters that sign a message of a DingTalk robot: milliseconds, and the secret signs them."""
    timestamp = str(int(now.timestamp() * 1000))
    return {"timestamp": timestamp, "sign": _base64(_hmac(secret.encode(), f"{timestamp}\n{secret}"))}


def feishu(secret: str, now: datetime) -> dict[str, str]:
    """Return the fields that sign a message of a Feishu robot: seconds and secret are the key, and nothing is signed
    with it (so it is documented)."""
    timestamp = str(int(now.timestamp()))
    return {"timestamp": timestamp, "sign": _base64(_hmac(f"{timestamp}\n{secret}".encode(), ""))}


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
