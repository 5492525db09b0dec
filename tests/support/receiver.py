"""An integrator's HTTP server for tests: keeps what it was sent and answers what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Request:
    """One POST as it came."""

    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Answers on a free port of loopback. status 0: close the connection without an answer."""

    def __init__(self) -> None:
        self.status, self.headers = 200, dict[str, str]()
        self.requests: list[Request] = []
        self._more = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                with receiver._more:
                    receiver.requests.append(Request(dict(self.headers), self.rfile.read(length)))
                    receiver._more.notify_all()
                if receiver.status == 0:
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                for name, value in {**receiver.headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/alerts"

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
