"""What every answer and every changing request must have: strict headers, and proof that our own page asked."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = ("GET", "HEAD", "OPTIONS")


def is_foreign(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something was sent by another site's page.

    Browsers say so in Sec-Fetch-Site, but only on https and localhost; on a plain-http address in the home's network
    the Origin has to do. A request with neither does not come from a browser's page (and SameSite=Strict keeps the
    cookie out of cross-site requests as well).
    """
    if method in _SAFE:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


class Security:
    """ASGI middleware; plain, so that live streams pass through it unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own_cache = scope["path"].startswith("/static/")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["cache-control"] = "no-cache" if own_cache else "no-store"
            await send(message)

        if is_foreign(scope["method"], Headers(scope=scope)):
            answer = PlainTextResponse(
                "this request was sent by the page of another site; open ours and try again", 403
            )
            await answer(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)
