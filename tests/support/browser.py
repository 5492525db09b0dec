"""The application on a real port, and Debian's headless Chromium to look at it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from anxin.embedded.postgres import free_port
from tests.support.servers import missing

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)


class Served:
    """An application served by uvicorn in a thread; `stop` ends it as a signal would."""

    def __init__(self, app: FastAPI, port: int | None = None) -> None:
        self.port = port or free_port()
        self.app = app
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_config=None, timeout_graceful_shutdown=3)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < until, "uvicorn did not start in 10 s"
            assert self._thread.is_alive(), "uvicorn ended at its start"
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self.app.state.web.hub.stop()
        self._thread.join(10)
        assert not self._thread.is_alive(), "uvicorn did not stop in 10 s"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; skips (or fails where CI requires it) if it is not installed."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        missing("chromium", "not installed (Debian packages chromium and fonts-noto-cjk)")
    assert binary is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=list(FLAGS))
        try:
            yield browser
        finally:
            with suppress(Exception):
                browser.close()
