"""A provider's HTTP server for tests: keeps what it was sent and answers what it is told to."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class Request:
    """One POST as it came."""

    headers: Mapping[str, str]
    body: bytes
    path: str = "/"


class Receiver:
    """Answers on a free port of loopback. status 0: close the connection without an answer. answer: its body.
    hang_s: wait so long before an answer. certificate: PEM with key, to speak TLS."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.status, self.headers, self.answer, self.hang_s = 200, dict[str, str](), b"", 0.0
        self.requests: list[Request] = []
        self._more = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                with receiver._more:
                    receiver.requests.append(Request(dict(self.headers), self.rfile.read(length), self.path))
                    receiver._more.notify_all()
                if receiver.status == 0:
                    self.close_connection = True
                    return
                time.sleep(receiver.hang_s)
                self.send_response(receiver.status)
                for name, value in {**receiver.headers, "Content-Length": str(len(receiver.answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/alerts"

    def had(self, count: int, within_s: float) -> bool:
        """Wait until there were so many requests; False when that took too long."""
        with self._more:
            return self._more.wait_for(lambda: len(self.requests) >= count, within_s)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""
