"""A mail server for tests: keeps what it was given and answers each command with the code it is told to."""

from __future__ import annotations

import socketserver
import ssl
import threading
from pathlib import Path
from types import TracebackType


class MailServer:
    """Listens on a free port of loopback. codes: answers other than success, by the command's first word (`RCPT`).
    starttls: whether it offers it (needs a certificate: PEM with key)."""

    def __init__(self, certificate: Path | None = None, starttls: bool = True) -> None:
        self.codes: dict[str, int] = {}
        self.mails: list[str] = []
        self.commands: list[str] = []
        self.starttls = starttls and certificate is not None
        server = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate is not None:
            context.load_cert_chain(certificate)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 test")
                while line := self.rfile.readline():
                    command = line.decode().strip()
                    word = command.split(" ")[0].split(":")[0].upper()
                    server.commands.append(word)
                    if code := server.codes.get(word):
                        self._say(f"{code} as told")
                    elif word == "EHLO":
                        offers = ["250-test", *(["250-STARTTLS"] if server.starttls else []), "250 AUTH PLAIN"]
                        self._say("\r\n".join(offers))
                    elif word == "STARTTLS":
                        self._say("220 go")
                        self.request = context.wrap_socket(self.request, server_side=True)
                        self.rfile = self.request.makefile("rb")
                        self.wfile = self.request.makefile("wb", buffering=0)
                    elif word == "DATA":
                        self._say("354 go")
                        self._take()
                    elif word == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        self._say("235 ok" if word == "AUTH" else "250 ok")

            def finish(self) -> None:
                super().finish()
                self.request.close()  # the socket that STARTTLS wrapped, which the server does not know

            def _take(self) -> None:
                lines = []
                while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
                    lines.append(line)
                server.mails.append("".join(lines))
                self._say("250 taken")

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""
