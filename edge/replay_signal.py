"""Sends a fall recording through a gateway of its own, as a device would: samples over the feed, in real time."""

from __future__ import annotations

import argparse
import itertools
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import numpy as np

from anxin.clock import Clock, SystemClock
from anxin.config import ConfigError, Edge, Source, load
from anxin.log import Log
from anxin.service import EXIT_BUG, EXIT_OK
from edge.gateway import Gateway
from edge.recordings import Recording, RecordingError, read

LEAD_S = 5.0  # the impact comes so long after the start
CHUNK_S = 0.5
QUIET_S = 25.0  # after the last sample the processor is told that no more will come; see edge.samples.SILENT_S
_log = Log("edge.replay")


@dataclass(frozen=True)
class Chunk:
    """Samples first..last-1 of a recording, to be sent at `due`; `t0`: the time of its first sample."""

    due: datetime
    t0: datetime
    first: int
    last: int


def replay_signal(arguments: argparse.Namespace) -> int:
    """Send a recording to the feed of a running agent, or through one of our own. Return the exit code."""
    if arguments.device is None or (arguments.config is None and arguments.feed is None):
        raise ConfigError("replay --signal needs --device, and --config (an agent of our own) or --feed host:port")
    try:
        recording = held(read(arguments.signal, arguments.trial), arguments.hold)
    except RecordingError as error:
        raise ConfigError(str(error)) from error
    _log.info("replay begins", recording=recording.name, device=arguments.device, impact_s=recording.impact_s)
    if arguments.feed is None:
        return _through_own_agent(recording, arguments)
    host, _, port = arguments.feed.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError(f"--feed {arguments.feed!r}: give host:port")
    clock = load(arguments.config).clock.clock() if arguments.config is not None else SystemClock()
    _send(recording, arguments, (host, int(port)), clock)
    return EXIT_OK


def _through_own_agent(recording: Recording, arguments: argparse.Namespace) -> int:
    """Samples → feed → fall processor → spool → our broker; then wait until the store has everything."""
    settings = load(arguments.config)
    facility = arguments.facility or (settings.edge[0].facility if settings.edge else "home")
    feed = Source("feed", "replay", port=0)
    spool = f"replay-{arguments.gateway}.db"
    edge = Edge(facility, arguments.gateway, spool, batch_ms=200, sources=(feed,))
    gateway = Gateway(settings, edge, beside="replay")
    stop = threading.Event()
    thread = threading.Thread(target=gateway.run, args=(stop,), name="replay")
    thread.start()
    clock = settings.clock.clock()
    try:
        _send(recording, arguments, ("127.0.0.1", gateway.feed_port), clock)
        stored = _wait(gateway, thread, clock, arguments.wait)
    finally:
        stop.set()
        thread.join()
    _log.info("replay ended", recording=recording.name, stored=stored)
    return EXIT_OK if stored else EXIT_BUG


def held(recording: Recording, seconds: float) -> Recording:
    """Return the recording with its last second repeated for `seconds`: a person who stays where they are."""
    if seconds <= 0:
        return recording
    tail = recording.times > recording.times[-1] - 1.0
    count = max(1, round(seconds))
    step = float(np.median(np.diff(recording.times)))
    span = recording.times[tail] - recording.times[tail][0] + step
    times = [recording.times, *(recording.times[-1] + i * (span[-1]) + span for i in range(count))]
    values = [recording.values, *([recording.values[tail]] * count)]
    return Recording(recording.name, np.concatenate(times), np.concatenate(values), recording.unit)


def plan(recording: Recording, now: datetime, speed: float) -> Iterator[Chunk]:
    """Yield chunks of half a second so that the impact is sent LEAD_S from now and nothing is sent before its time.

    What lies before is sent at once. speed: the end keeps true time and the past is moved closer together before it.
    """
    times = recording.times
    skip = max(0.0, recording.impact_s - LEAD_S * speed)
    end = now + timedelta(seconds=(times[-1] - skip) / speed)
    starts = np.searchsorted(times, np.arange(times[0], times[-1] + CHUNK_S, CHUNK_S)).tolist()
    for first, last in itertools.pairwise([*starts, len(times)]):
        if last > first:
            due = now + timedelta(seconds=max(0.0, times[last - 1] - skip) / speed)
            yield Chunk(due, end - timedelta(seconds=times[-1] - times[first]), first, last)


def line(recording: Recording, chunk: Chunk, device: str, placement: str) -> bytes:
    """Return the feed's JSON line of a chunk."""
    part = slice(chunk.first, chunk.last)
    body = {
        "device": device, "placement": placement, "unit": recording.unit, "t0": chunk.t0.timestamp(),
        "times": (recording.times[part] - recording.times[chunk.first]).tolist(),
        "samples": recording.values[part].tolist(),
    }  # fmt: skip
    return msgspec.json.encode(body) + b"\n"


def _send(recording: Recording, arguments: argparse.Namespace, feed: tuple[str, int], clock: Clock) -> None:
    pause = threading.Event()
    try:
        connection = socket.create_connection(feed, timeout=10)
    except OSError as error:
        raise ConfigError(f"feed {feed[0]}:{feed[1]} does not answer: {error.strerror or error}") from error
    with connection:
        for chunk in plan(recording, clock.now(), arguments.speed):
            wait = (chunk.due - clock.now()).total_seconds() / max(1.0, clock.speed)
            if wait > 0:
                pause.wait(wait)
            connection.sendall(line(recording, chunk, arguments.device, arguments.placement))


def _wait(gateway: Gateway, thread: threading.Thread, clock: Clock, longest_s: float) -> bool:
    """Wait until the processor has decided and the store has it all; False when it does not answer in time."""
    pause, speed = threading.Event(), max(1.0, clock.speed)
    decided = clock.now() + timedelta(seconds=QUIET_S)
    until = decided + timedelta(seconds=longest_s * speed)
    while clock.now() < until and thread.is_alive():
        if clock.now() >= decided and gateway.agent.drained:
            return True
        pause.wait(0.1)
    return False
