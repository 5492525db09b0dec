"""Real device models: Zigbee2MQTT's own converters make the messages, the packaged mapping reads them.

The npm package is looked for in ANXIN_TEST_NODE_MODULES (make it with `npm install zigbee-herdsman-converters`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.gateways.catalogue import packaged
from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory, RawMessage
from tests.support.servers import missing
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.system
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def messages() -> list[dict[str, Any]]:
    modules = os.environ.get("ANXIN_TEST_NODE_MODULES", "")
    if not (Path(modules) / "zigbee-herdsman-converters").is_dir() or shutil.which("node") is None:
        missing("zigbee-herdsman-converters", "no node, or ANXIN_TEST_NODE_MODULES does not hold this npm package")
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("zigbee_messages.js"))],
        env={**os.environ, "NODE_PATH": modules}, capture_output=True, text=True, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(kind: str, payload: dict[str, Any]) -> tuple[set[str], object]:
    """Return how the signal may be called and what it must be, from what Zigbee2MQTT documents of the property."""
    value = payload[kind] or payload.get(f"active_{kind}", False)  # CTM Lyng: wet now, and the latched alarm beside it
    if kind == "contact":  # true: closed
        return {"door", "window"}, "closed" if value else "open"
    return ({"motion", "presence"} if kind == "occupancy" else {kind}), value


def test_thirty_models_and_more_are_read_by_their_fields(messages: list[dict[str, Any]]) -> None:
    decoder = Decoder(packaged())
    wrong = []
    for told in messages:
        body = json.dumps(told["payload"] | {"linkquality": 100}).encode()
        results = decoder.decode(RawMessage("zigbee2mqtt/dev-1", body, False, NOW), Memory())
        names, value = expected(told["kind"], told["payload"])
        found = [result.signals[name] for result in results for name in names if name in result.signals]
        rings = any(result.alert for result in results)
        should_ring = told["kind"] == "smoke" and told["payload"]["smoke"] is True
        if found != [value] or rings != should_ring or any(result.unknown for result in results):
            wrong.append((told["model"], told["payload"], found, rings))
    assert wrong == []
    assert len({told["model"] for told in messages}) >= 30
