"""Raw samples → events, by the processors of `edge.signals.registry`.

One line is one chunk of one sensor, as JSON:
{"device": …, "placement": "wrist", "rate_hz": 50, "t0": epoch seconds or ISO, "unit": "g", "samples": [[x, y, z], …]}
`signal` names the processor (absent: fall), `settings` are its own (docs/signals.md). `times` (seconds after t0, one
per sample) may stand in for an even rate. One device may send several signals.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from anxin.event import Detection as DetectionEvent
from anxin.event import DeviceInfo, DeviceStatus, Event, Observations
from anxin.log import Log
from anxin.vocabulary import DeviceKind
from edge.signals.model import Chunk, Fault, Finding, Output, Processor, Reading, SignalError
from edge.signals.registry import PROCESSORS
from edge.translator import Raw

MAX_SENSORS = 256  # processors of one source; each holds some seconds of samples
SILENT_S = 20.0  # without samples for so long, what is pending is decided with what is at hand
WORN = ("fall", "activity", "bed_wearable")
IN_BED = ("pressure_strip", "pressure_mat", "bcg")
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
    settings: dict[str, float | str] = {}

    def key(self) -> tuple[str, str, str]:
        """What a processor of its own is kept for: device, signal, settings as JSON."""
        given = {**self.settings, "placement": self.placement} if self.placement else self.settings
        return self.device, self.signal, msgspec.json.encode(given, order="sorted").decode()

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
        return self._events(sensor, outputs)

    def idle(self, now: datetime) -> list[Event]:
        events: list[Event] = []
        for sensor in self._sensors.values():
            if sensor.heard and now.timestamp() - sensor.heard >= SILENT_S:
                events += self._events(sensor, sensor.processor.finish(now.timestamp()))
                sensor.heard = 0.0
        return events

    def devices(self) -> list[DeviceInfo]:
        signals = {device: signal for device, signal, _ in sorted(self._sensors)}
        return [DeviceInfo(device, _kind(signal)) for device, signal in signals.items()]

    def state(self) -> bytes:
        rows = [(*key, s.heard, s.faults, s.processor.state()) for key, s in self._sensors.items()]
        return msgspec.json.encode(rows)

    def restore(self, state: bytes) -> None:
        try:
            for device, signal, settings, heard, faults, inner in msgspec.json.decode(state):
                sensor = _make(device, signal, settings)
                sensor.processor.restore(inner)
                sensor.heard, sensor.faults = heard, faults
                self._sensors[(device, signal, settings)] = sensor
        except (msgspec.DecodeError, SignalError, ValueError) as error:
            _log.warning("state of another version left out", reason=error)

    def _sensor(self, line: SampleLine) -> _Sensor:
        key = line.key()
        if key not in self._sensors:
            if len(self._sensors) >= MAX_SENSORS:
                raise SignalError(f"{line.device}: more than {MAX_SENSORS} sensors at one source: give it another one")
            self._sensors[key] = _make(*key)
        return self._sensors[key]

    def _complain(self, reason: str) -> None:
        """Say each thing once: a wrong unit comes with every chunk."""
        if reason not in self._complained and len(self._complained) < 1_000:
            self._complained.add(reason)
            _log.error("samples not understood", reason=reason)

    def _events(self, sensor: _Sensor, outputs: list[Output]) -> list[Event]:
        return [self._event(sensor, output) for output in outputs]

    def _event(self, sensor: _Sensor, output: Output) -> Event:
        device, time = sensor.device, datetime.fromtimestamp(output.time, UTC)
        if isinstance(output, Reading):
            return Observations(time, [device], {output.kind: [output.value]}, quality=[output.quality])
        if isinstance(output, Finding):
            return DetectionEvent(
                device, time, output.detection, output.phase, f"{device}:{output.episode}", dict(output.evidence),
                output.quality,
            )  # fmt: skip
        assert isinstance(output, Fault)
        sensor.faults = [code for code in sensor.faults if code != output.code]
        if output.present:
            sensor.faults.insert(0, output.code)
            return DeviceStatus(device, time, True, output.code)
        # A device's status has room for one fault: where one ends, another that is still there takes its place.
        left = [code for other in self._sensors.values() if other.device == device for code in other.faults]
        return DeviceStatus(device, time, True, left[0] if left else None)


class _Sensor:
    def __init__(self, device: str, processor: Processor) -> None:
        self.device, self.processor, self.heard = device, processor, 0.0
        self.faults: list[str] = []  # present, the newest first


def _make(device: str, signal: str, settings: str) -> _Sensor:
    if signal not in PROCESSORS:
        raise SignalError(f"{device}: no processor {signal!r}; there are {', '.join(PROCESSORS)}")
    return _Sensor(device, PROCESSORS[signal](msgspec.json.decode(settings)))


def _kind(signal: str) -> DeviceKind:
    if signal in IN_BED:
        return DeviceKind.BED_SENSOR
    return DeviceKind.WEARABLE if signal in WORN else DeviceKind.VITALS
