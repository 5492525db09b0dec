"""The application on a real port, and Debian's headless Chromium to look at it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, expect, sync_playwright

from anxin.embedded.postgres import free_port
from tests.support.servers import missing
from tests.support.waiting import PATIENCE_S, wait_for

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
        wait_for(lambda: self._server.started or not self._thread.is_alive(), "uvicorn has started")
        assert self._server.started, "uvicorn ended at its start"

    def stop(self) -> None:
        self._server.should_exit = True
        self.app.state.web.hub.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "uvicorn did not stop"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; skips (or fails where CI requires it) if it is not installed."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        missing("chromium", "not installed (Debian packages chromium and fonts-noto-cjk)")
    assert binary is not None
    expect.set_options(timeout=PATIENCE_S * 1_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=list(FLAGS))
        try:
            yield browser
        finally:
            with suppress(Exception):
                browser.close()
