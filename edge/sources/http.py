"""Takes what others push by HTTP: vendor clouds, nurse-call hosts, fire panels, access control, FHIR Observations.

    POST /api/v1/push/<gateway>   Authorization: Bearer <the gateway's token>   X-Anxin-Topic: <optional>

The answer is 202 only when what was pushed lies in the spool; 503 asks the sender to push again, and what it repeats is
known by the mapping's own keys. TLS belongs to the reverse proxy before it; it binds to loopback by default.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from anxin.config import ConfigError, Source
from anxin.log import Log
from edge.translator import MAX_RAW_BYTES, Raw

PATH = "/api/v1/push/"
TOPIC_HEADER = "X-Anxin-Topic"
MAX_PUSHING = 32
SPOOLED_S = 10.0  # longer than a batch takes; a sender's own patience is mostly 30 s
SLOW_S = 10.0
_log = Log("edge.http")


class HttpSource:
    """port 0: any free one; `port` says which. password_file of the source holds the bearer token."""

    def __init__(self, source: Source, gateway: str, offer: Callable[[Raw], bool]) -> None:
        self._name, self._path, self._offer = source.name, PATH + gateway, offer
        self._token = _token(source)
        self._room = threading.BoundedSemaphore(MAX_PUSHING)
        outer = self

        class Handler(_Handler):
            source = outer

        try:
            self._server = _Server((source.host, source.port), Handler)
        except OSError as error:
            raise ConfigError(
                f"source {source.name}: cannot listen on {source.host}:{source.port}: {error.strerror}"
            ) from error
        self.port = int(self._server.server_address[1])

    def poll(self, timeout_s: float) -> None:
        """Accept one connection, waiting at most timeout_s for it; a thread of its own answers."""
        self._server.timeout = timeout_s
        self._server.handle_request()

    def close(self) -> None:
        self._server.server_close()

    def authorised(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)

    def is_mine(self, path: str) -> bool:
        return path.partition("?")[0] == self._path

    def take(self, topic: str | None, body: bytes) -> HTTPStatus:
        """Return what became of a body: accepted, or not yet (the sender has to push again)."""
        if not self._room.acquire(blocking=False):
            _log.warning("too many pushes at once", source=self._name, at_most=MAX_PUSHING)
            return HTTPStatus.SERVICE_UNAVAILABLE
        try:
            spooled = threading.Event()
            taken = self._offer(Raw(topic, body, done=spooled.set)) and spooled.wait(SPOOLED_S)
            return HTTPStatus.ACCEPTED if taken else HTTPStatus.SERVICE_UNAVAILABLE
        finally:
            self._room.release()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away in the middle is its own affair."""
        _log.info("push broken off", address=client_address)


class _Handler(BaseHTTPRequestHandler):
    source: HttpSource
    timeout = SLOW_S
    server_version, sys_version = "anxin", ""

    def do_POST(self) -> None:
        """Judge the head first: nobody without the token makes us read a body."""
        if not self.source.is_mine(self.path):
            return self._answer(HTTPStatus.NOT_FOUND, "no such gateway here")
        if not self.source.authorised(self.headers.get("Authorization", "")):
            return self._answer(HTTPStatus.UNAUTHORIZED, "give this gateway's token: Authorization: Bearer …")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self._answer(HTTPStatus.LENGTH_REQUIRED, "say Content-Length")
        if len(length) > 9 or int(length) > MAX_RAW_BYTES:
            return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_RAW_BYTES} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return self._answer(HTTPStatus.BAD_REQUEST, "the body is shorter than Content-Length says")
        status = self.source.take(self.headers.get(TOPIC_HEADER), body)
        return self._answer(status, "taken" if status == HTTPStatus.ACCEPTED else "not taken yet: push it again")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or none that we know, as the rest: in plain words."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            return self._answer(HTTPStatus.METHOD_NOT_ALLOWED, "only POST is understood here")
        return self._answer(HTTPStatus(code), message or "this is no request")

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = (text + "\n").encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "5")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Only the house's own log, which holds no addresses with secrets."""


def _token(source: Source) -> bytes:
    if source.password_file is None:
        raise ConfigError(f"source {source.name}: an http source needs password_file, with the token of who may push")
    try:
        token = Path(source.password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"source {source.name}: password_file {source.password_file}: {error.strerror}") from error
    if len(token) < 16:
        raise ConfigError(f"source {source.name}: the token in {source.password_file} is shorter than 16 characters")
    return token.encode()
