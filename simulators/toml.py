"""Writes a Facility as the TOML text that `anxin.facility.parse` reads. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import tomli_w

from anxin.facility import Facility


def facility_text(facility: Facility) -> str:
    """Return the text; parsing it gives an equal Facility."""
    return tomli_w.dumps(_without_none(msgspec.to_builtins(facility, builtin_types=(datetime,))))


def _without_none(node: Any) -> Any:
    """TOML knows no null: what is None is left out."""
    if isinstance(node, dict):
        return {key: _without_none(value) for key, value in node.items() if value is not None}
    return [_without_none(value) for value in node] if isinstance(node, (list, tuple)) else node
