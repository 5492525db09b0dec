"""How many samples a second one core judges, all detectors on, at many beds.

Each bed's sensor reports occupancy, heart rate, respiratory rate and movement once a second in gateway batches of 50,
as the log holds them. Reading the log and writing alerts, states and cursor to the database are not in the figure.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from analytics.directory import Bed, Device, Directory, Gateway, Home, Stay
from analytics.engine import Engine
from analytics.moment import to_ms
from analytics.rows import from_batch
from anxin.columns import decode
from anxin.event import Heartbeat, Message, Observations, encode
from anxin.log_row import LogRow
from anxin.vocabulary import DeviceKind

PER_GATEWAY = 50
MESSAGES_A_BATCH = 20  # what ingest commits together at 50 batches a second
BEGIN = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # 02:00 at night in Shanghai


def home(beds: int) -> Directory:
    """Return a home of single rooms; each gateway speaks for 50 beds."""
    gateways = -(-beds // PER_GATEWAY)
    numbers = range(1, beds + 1)
    return Directory(
        (Home(1, "home", "Asia/Shanghai"),),
        tuple(Bed(number, number, 1, 1) for number in numbers),
        tuple(Gateway(number, 1, f"gw-{number}", 15.0) for number in range(1, gateways + 1)),
        tuple(
            Device(
                n, 1, (n - 1) // PER_GATEWAY + 1, f"pad-{n}", DeviceKind.BED_SENSOR, 1, n, n, supervision_s=10.0
            )
            for n in numbers
        ),
        tuple(Stay(number, number) for number in numbers),
    )  # fmt: skip


def second(directory: Directory, number: int, chance: random.Random) -> list[LogRow]:
    """Return the messages of one second: 1 bed in 100 empty, 1 in 1,000 out of limits."""
    now = BEGIN + timedelta(seconds=number)
    log: list[LogRow] = []
    devices = directory.devices
    for first in range(0, len(devices), PER_GATEWAY):
        part = devices[first : first + PER_GATEWAY]
        occupied = [float(device.id % 100 != number // 60 % 100) for device in part]
        table = Observations(now, [device.code for device in part], {
            "bed_occupied": [*occupied],
            "heart_rate": [
                round(chance.gauss(130 if device.id % 1_000 == 0 else 68, 4), 1) if there else None
                for device, there in zip(part, occupied, strict=True)
            ],
            "respiratory_rate": [round(chance.gauss(16, 1.0), 1) if there else None for there in occupied],
            "movement": [round(chance.random() * 10, 1) for _ in part],
        })  # fmt: skip
        gateway = part[0].gateway_id
        beat = [Heartbeat(now)] if (number + gateway) % 15 == 0 else []
        received = now + timedelta(milliseconds=20 * (len(log) // MESSAGES_A_BATCH))
        payload = encode(Message("m", "s", now, [table, *beat]))
        arrival = number * len(directory.gateways) + len(log) + 1
        log.append(LogRow(arrival, received, "home", f"gw-{gateway}", "data", "e", arrival, payload))
    return log


def batches(log: list[LogRow]) -> Iterator[list[LogRow]]:
    for first in range(0, len(log), MESSAGES_A_BATCH):
        yield log[first : first + MESSAGES_A_BATCH]


def run(beds: int, seconds: int) -> dict[str, object]:
    """Judge so many seconds of the log; return processor time by step and by detector."""
    directory, chance = home(beds), random.Random(1)
    engine = Engine()
    engine.begin(directory, to_ms(BEGIN))
    by_detector = _watched(engine)
    decoding = judging = storing = 0.0
    findings = states = 0
    for number in range(seconds):
        for log in batches(second(directory, number, chance)):
            start = time.process_time()
            batch = decode(log, directory.names)
            decoded = time.process_time()
            findings += len(engine.step(from_batch(batch, directory), engine.now_ms))
            judged = time.process_time()
            states += len(engine.changes()) + len(engine.snapshot())
            decoding, judging = decoding + decoded - start, judging + judged - decoded
            storing += time.process_time() - judged
    samples = beds * seconds
    return {
        "beds": beds, "samples": samples, "findings": findings, "state_changes": states,
        "samples_per_core_second": round(samples / (decoding + judging + storing)),
        "core_percent_at_1_hz": round(100 * (decoding + judging + storing) / seconds, 1),
        "decode_percent": round(100 * decoding / seconds, 1), "judge_percent": round(100 * judging / seconds, 1),
        "states_percent": round(100 * storing / seconds, 1),
        "detectors_percent": {name: round(100 * spent / seconds, 2) for name, spent in by_detector.items()},
    }  # fmt: skip


def _watched(engine: Engine) -> dict[str, float]:
    """Count the processor seconds of each detector, so that one which falls back to single samples is seen by name."""
    spent = dict.fromkeys(engine.detectors, 0.0)
    for name, detector in engine.detectors.items():
        for method in ("consume", "pass_time"):
            setattr(detector, method, _timed(getattr(detector, method), name, spent))
    return spent


def _timed(call: Callable[..., None], name: str, spent: dict[str, float]) -> Callable[..., None]:
    def timed(*arguments: object) -> None:
        start = time.process_time()
        call(*arguments)
        spent[name] += time.process_time() - start

    return timed
