"""Raw samples → events, by the processors of `edge.signals`.

One line is one chunk of one sensor, as JSON:
{"device": …, "placement": "wrist", "rate_hz": 50, "t0": epoch seconds or ISO, "unit": "g", "samples": [[x, y, z], …]}
`signal` names the processor (absent: fall). `times` (seconds after t0, one per sample) may stand in for an even rate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from anxin.event import Detection as DetectionEvent
from anxin.event import DeviceInfo, DeviceStatus, Event, Observations
from anxin.log import Log
from anxin.vocabulary import DeviceKind
from edge.signals.fall import fall_detector
from edge.signals.model import Chunk, Fault, Finding, Output, Processor, Reading, SignalError
from edge.translator import Raw

MAX_SENSORS = 256  # processors of one source; each holds some seconds of samples
SILENT_S = 20.0  # without samples for so long, what is pending is decided with what is at hand
PROCESSORS: dict[str, Callable[[dict[str, Any]], Processor]] = {"fall": fall_detector}
_log = Log("edge.samples")


class SampleLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chunk as a device sends it. rate_hz: of even samples. samples: one row of channels each, null: not measured."""

    device: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    samples: list[list[float | None]]
    unit: str
    t0: float | datetime
    rate_hz: Annotated[float, msgspec.Meta(gt=0)] | None = None
    times: list[float] | None = None
    placement: str = ""
    signal: str = "fall"

    def chunk(self) -> Chunk:
        """Raises SignalError where shapes disagree."""
        start = self.t0.timestamp() if isinstance(self.t0, datetime) else self.t0
        count = len(self.samples)
        if self.times is None and self.rate_hz is None:
            raise SignalError(f"{self.device}: neither rate_hz nor times: give one of them")
        times = self.times if self.times is not None else [i / (self.rate_hz or 1.0) for i in range(count)]
        if len(times) != count or len({len(row) for row in self.samples}) > 1:
            raise SignalError(f"{self.device}: {len(times)} times, {count} samples, or rows of different length")
        rows = [[float("nan") if value is None else value for value in row] for row in self.samples]
        return Chunk.of([start + at for at in times], rows, self.unit)


_decoder = msgspec.json.Decoder(SampleLine)


class Samples:
    """One processor for each sensor that was heard."""

    def __init__(self) -> None:
        self._sensors: dict[tuple[str, str, str], _Sensor] = {}
        self._complained: set[str] = set()

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        try:
            line = _decoder.decode(raw.payload)
            if not line.samples:
                return []
            sensor = self._sensor(line)
            outputs = sensor.processor.feed(line.chunk())
        except (msgspec.DecodeError, UnicodeDecodeError, SignalError) as error:
            self._complain(str(error))
            return []
        sensor.heard = now.timestamp()
        return sensor.events(outputs)

    def idle(self, now: datetime) -> list[Event]:
        events: list[Event] = []
        for sensor in self._sensors.values():
            if sensor.heard and now.timestamp() - sensor.heard >= SILENT_S:
                events += sensor.events(sensor.processor.finish(now.timestamp()))
                sensor.heard = 0.0
        return events

    def devices(self) -> list[DeviceInfo]:
        return [DeviceInfo(device, DeviceKind.WEARABLE) for device in sorted({key[0] for key in self._sensors})]

    def state(self) -> bytes:
        rows = [(*key, sensor.heard, sensor.processor.state()) for key, sensor in self._sensors.items()]
        return msgspec.json.encode(rows)

    def restore(self, state: bytes) -> None:
        try:
            for device, signal, placement, heard, inner in msgspec.json.decode(state):
                sensor = self._make(device, signal, placement)
                sensor.processor.restore(inner)
                sensor.heard = heard
                self._sensors[(device, signal, placement)] = sensor
        except (msgspec.DecodeError, SignalError, ValueError) as error:
            _log.warning("state of another version left out", reason=error)

    def _sensor(self, line: SampleLine) -> _Sensor:
        key = (line.device, line.signal, line.placement)
        if key not in self._sensors:
            if len(self._sensors) >= MAX_SENSORS:
                raise SignalError(f"{line.device}: more than {MAX_SENSORS} sensors at one source: give it another one")
            self._sensors[key] = self._make(*key)
        return self._sensors[key]

    def _make(self, device: str, signal: str, placement: str) -> _Sensor:
        if signal not in PROCESSORS:
            raise SignalError(f"{device}: no processor {signal!r}; there are {', '.join(PROCESSORS)}")
        return _Sensor(device, PROCESSORS[signal]({"placement": placement} if placement else {}))

    def _complain(self, reason: str) -> None:
        """Say each thing once: a wrong unit comes with every chunk."""
        if reason not in self._complained and len(self._complained) < 1_000:
            self._complained.add(reason)
            _log.error("samples not understood", reason=reason)


class _Sensor:
    def __init__(self, device: str, processor: Processor) -> None:
        self.device, self.processor, self.heard = device, processor, 0.0

    def events(self, outputs: list[Output]) -> list[Event]:
        return [self._event(output) for output in outputs]

    def _event(self, output: Output) -> Event:
        time = datetime.fromtimestamp(output.time, UTC)
        if isinstance(output, Reading):
            return Observations(time, [self.device], {output.kind: [output.value]}, quality=[output.quality])
        if isinstance(output, Finding):
            return DetectionEvent(
                self.device, time, output.detection, output.phase, f"{self.device}:{output.episode}",
                dict(output.evidence), output.quality,
            )  # fmt: skip
        assert isinstance(output, Fault)
        return DeviceStatus(self.device, time, True, output.code if output.present else None)
