"""rtl_433 itself decodes radio frames made here; the packaged mapping reads what it prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from edge.gateways.catalogue import packaged
from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory, RawMessage, Result
from tests.support.servers import missing
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.system
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
HONEYWELL = "70"  # its number for 345 MHz security sensors
OPEN, TAMPER, BATTERY_LOW = 0x80, 0x40, 0x08


def crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x8005 from 0, as these sensors send it."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def frame(device: int, event: int) -> str:
    """One demodulated frame: preamble, channel 8, 20 bits of device, state, checksum; the line codes 1 as 0."""
    body = bytes([0x80 | device >> 16, device >> 8 & 0xFF, device & 0xFF, event])
    bits = 0xFFFE << 48 | int.from_bytes(body + crc16(body).to_bytes(2, "big"), "big")
    return f"{{64}}{bits ^ (1 << 64) - 1:016x}"


def received(device: int, event: int) -> list[Result]:
    """What the mapping says of one frame after rtl_433 had it."""
    program = os.environ.get("ANXIN_TEST_RTL_433") or shutil.which("rtl_433")
    if program is None:
        missing("rtl_433", "not installed (Debian package rtl-433, or set ANXIN_TEST_RTL_433)")
    assert program is not None
    command = [program, "-c", "/dev/null", "-R", HONEYWELL, "-F", "json", "-y", frame(device, event)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert told["id"] == device
    decoder = Decoder(packaged())
    return decoder.decode(RawMessage("rtl_433/home/events", line.encode(), False, NOW), Memory())


@pytest.mark.parametrize(
    ("event", "door", "tamper", "low"),
    [(OPEN, "open", False, False), (0, "closed", False, False), (OPEN | TAMPER | BATTERY_LOW, "open", True, True)],
)
def test_a_door_contact_on_the_air(event: int, door: str, tamper: bool, low: bool) -> None:
    results = received(0x12345, event)
    signals = {name: value for result in results for name, value in result.signals.items()}
    assert signals["door"] == door
    assert bool(signals.get("tamper", False)) is tamper and bool(signals.get("battery_low", False)) is low
    assert not any(result.alert or result.unknown for result in results)
    assert any("74565" in (result.device or "") for result in results)
