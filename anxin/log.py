"""Logging: a fixed message plus values, one line each: `alert opened alert_id=7`. Ids, never names of people."""

from __future__ import annotations

import logging
import sys
from typing import Any


class Log:
    """A named logger that takes values as keywords."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"anxin.{name}")

    def debug(self, message: str, **values: Any) -> None:
        self._logger.debug(_line(message, values))

    def info(self, message: str, **values: Any) -> None:
        self._logger.info(_line(message, values))

    def warning(self, message: str, **values: Any) -> None:
        self._logger.warning(_line(message, values))

    def error(self, message: str, **values: Any) -> None:
        self._logger.error(_line(message, values))

    def exception(self, message: str, **values: Any) -> None:
        """For bugs: with the traceback."""
        self._logger.exception(_line(message, values))


def setup(level: str = "info") -> None:
    """Send all logs of this process to standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)s %(name)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def _line(message: str, values: dict[str, Any]) -> str:
    return " ".join([message, *(f"{key}={_value(value)}" for key, value in values.items())])


def _value(value: Any) -> str:
    text = str(value)
    return repr(text) if " " in text or "\n" in text or not text else text
