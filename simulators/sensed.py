"""The home's sensors as events of the wire contract, without raw payloads: for evaluations over months. Pure.

The same devices, with the same faults, as `simulators.stream`; levels are told when they change and once in a period,
vital signs once in a period: a pad's newest ones of it, because who turns over has none for some seconds only.
What the edge's mappings make of the raw payloads is the same but for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import NamedTuple

import msgspec
import numpy as np

from anxin.event import Call, Detection, Event, Observations
from anxin.facility import Facility, Gateway
from anxin.vocabulary import DetectionKind, DeviceKind, Phase
from simulators.bodies import BoolArray, FloatArray
from simulators.devices.bands import BandGateway
from simulators.devices.base import Site, ticks
from simulators.devices.pads import PadLine
from simulators.devices.sensors import Fields, Sensor
from simulators.devices.zigbee import sensors_of
from simulators.faults import FLICKER_S, Faults
from simulators.home_devices import Family, family_of
from simulators.people import Person
from simulators.stream import NO_FAULTS
from simulators.truth import moment_of
from simulators.world import World

CHUNK_S = 3_600.0
REPORT_S = 1_200.0
PERIOD_S = 60.0
LOOK_BACK_S = 15.0
_LEVELS = {"presence": "presence", "occupancy": "presence", "smoke": "smoke", "gas": "gas"}


class Sensed(NamedTuple):
    """An event when it reaches the edge (seconds since 1970), and its gateway."""

    time: float
    gateway: str
    event: Event


def supervised(facility: Facility, period_s: float) -> Facility:
    """Return the home with supervision intervals that fit a stream of this period: two and a half of it."""
    longest = max(period_s, REPORT_S)
    needs = {
        DeviceKind.BED_SENSOR: 2.5 * period_s,
        DeviceKind.VITALS: 2.5 * period_s,
        DeviceKind.WEARABLE: None,
        DeviceKind.OTHER: None,
    }
    gateways = tuple(
        msgspec.structs.replace(
            gateway,
            devices=tuple(
                msgspec.structs.replace(device, supervision_s=needs.get(device.kind, 2.5 * longest))
                for device in gateway.devices
            ),
        )
        for gateway in facility.gateways
    )
    return msgspec.structs.replace(facility, gateways=gateways)


def sensed(
    world: World, start: float, end: float, faults: Faults = NO_FAULTS, period_s: float = PERIOD_S
) -> Iterator[Sensed]:
    """Yield the events that reach the edge in [start, end), in order of time. period_s: of the vital signs."""
    site = Site(world, faults)
    held: list[tuple[float, int, Sensed]] = []
    number = 0
    while start < end:
        until = min(end, start + CHUNK_S)
        for gateway in world.facility.gateways:
            for found in told_by(gateway, site, start, until, period_s):
                for delivered in faults.deliveries(gateway.code, found.time):
                    heappush(held, (delivered, number, found._replace(time=delivered)))
                    number += 1
        while held and held[0][0] < until:
            yield heappop(held)[2]
        start = until


def told_by(gateway: Gateway, site: Site, start: float, end: float, period_s: float) -> Iterator[Sensed]:
    """Yield what one gateway's devices say in [start, end), in no order, before its network delays it."""
    match family_of(gateway.code):
        case Family.ZIGBEE:
            yield from _bridge(gateway, site, start, end)
        case Family.BEDS:
            yield from _pads(gateway, site, start, end, period_s)
        case Family.BANDS:
            yield from _bands(gateway, site, start, end, period_s)


def _bridge(gateway: Gateway, site: Site, start: float, end: float) -> Iterator[Sensed]:
    sensors = sensors_of(gateway, site)
    faults = site.faults
    touched = {name for name, _ in sensors if faults.touched(gateway.code, name, start, end)}
    for name, sensor in sensors:
        for t, fields in sensor.changes(start, end):
            whole = name not in touched
            if whole or (not faults.silent(gateway.code, name, t) and faults.seen(gateway.code, name, t) == t):
                at = moment_of(t if whole else faults.stamp(gateway.code, name, t))
                for event in _said(name, sensor, t, fields, at):
                    yield Sensed(t, gateway.code, event)
    for t in ticks(start, end, REPORT_S):
        rows: dict[str, list[tuple[str, float]]] = {}
        for name, sensor in sensors:
            if name not in touched or not faults.silent(gateway.code, name, t):
                seen = faults.seen(gateway.code, name, t) if name in touched else t
                for kind, value in _levels(sensor.state(seen)).items():
                    rows.setdefault(kind, []).append((name, value))
        for kind, told in rows.items():
            values: list[float | None] = [value for _, value in told]
            table = Observations(moment_of(t), [name for name, _ in told], {kind: values})
            yield Sensed(t, gateway.code, table)


def _said(name: str, sensor: Sensor, t: float, fields: Fields, at: datetime) -> Iterator[Event]:
    """Yield what a change means: a call, a level, a phase of a fall."""
    if fields.get("action") == "emergency":
        yield Call(name, at)
    levels = _levels(fields)
    if levels:
        yield Observations(at, [name], {kind: [value] for kind, value in levels.items()})
    if "fall_status" in fields:
        now, before = fields["fall_status"], sensor.state(t - 1e-3)["fall_status"]
        phase = {
            "fall_warning": Phase.SUSPECTED,
            "fall_alarm": Phase.CONFIRMED,
            "normal": Phase.ENDED if before == "fall_alarm" else Phase.WITHDRAWN,
        }[now]
        if now != before:
            yield Detection(name, at, DetectionKind.FALL, phase)


def _levels(fields: Fields) -> dict[str, float]:
    found = {kind: float(fields[field]) for field, kind in _LEVELS.items() if field in fields}
    if "contact" in fields:
        found["door_open"] = float(not fields["contact"])
    if "action" in fields and fields["action"] is None:
        found["battery"] = 90.0  # a check-in: the button can be heard
    return found


def _pads(gateway: Gateway, site: Site, start: float, end: float, period_s: float) -> Iterator[Sensed]:
    line, faults = PadLine(gateway, site), site.faults
    for pad, person in line.pads:
        other = line.next_to(pad) if faults.touched(gateway.code, pad, start, end) else person
        for felt in (person, other) if other is not person else (person,):
            for t, occupied in _turns(line, pad, person, felt, site, start, end):
                at = moment_of(faults.stamp(gateway.code, pad, t))
                yield Sensed(t, gateway.code, Observations(at, [pad], {"bed_occupied": [float(occupied)]}))
    moments = np.array(ticks(start, end, period_s))
    used = [(pad, person) for pad, person in line.pads if person is not None]
    if not len(moments) or not line.pads:
        return
    shape = len(line.pads), len(moments)
    said = np.ones(shape, bool)
    values = {"bed_occupied": np.zeros(shape), "heart_rate": np.full(shape, np.nan)}
    values["respiratory_rate"] = np.full(shape, np.nan)
    rows = [row for row, (_, person) in enumerate(line.pads) if person is not None]
    if used:
        for column, told in zip(values.values(), line.rates(used, moments), strict=True):
            column[rows] = told
    for row, (pad, person) in enumerate(line.pads):
        touched = faults.touched(gateway.code, pad, start, end)
        for place, t in enumerate(moments.tolist()):
            if touched:
                said[row, place] = not faults.silent(gateway.code, pad, t)
                if said[row, place] and faults.flicker(gateway.code, pad, t):
                    yield from _flickers(line, pad, person, t, site)
            if touched or (values["bed_occupied"][row, place] and np.isnan(values["heart_rate"][row, place])):
                for column, value in zip(values.values(), _newest(line, pad, person, t, period_s), strict=True):
                    column[row, place] = value
    yield from _tables(gateway.code, [pad for pad, _ in line.pads], moments, said, values)


def _turns(
    line: PadLine, pad: str, person: Person | None, felt: Person | None, site: Site, start: float, end: float
) -> Iterator[tuple[float, bool]]:
    """Yield when somebody lies down or gets up over a pad, while it lies under her bed and can be heard."""
    if felt is None:
        return
    world, faults = site.world, site.faults
    for stretch in world.stretches(felt.code, start, end):
        t = stretch.start
        heard = not faults.silent(line.code, pad, t) and faults.seen(line.code, pad, t) == t
        turned = start <= t < end and stretch.in_bed != world.at(felt.code, t - 0.01)[0].in_bed
        if heard and turned and line.felt(pad, person, t) is felt:
            yield t, stretch.in_bed


def _flickers(line: PadLine, pad: str, person: Person | None, t: float, site: Site) -> Iterator[Sensed]:
    """A pad that reads empty for a moment says so, and the next moment, long before the next period, that it is not."""
    back = (t // FLICKER_S + 1) * FLICKER_S
    while site.faults.flicker(line.code, pad, back):
        back += FLICKER_S
    if line.reading(pad, person, back)["bedStatus"] == 0:
        yield Sensed(back, line.code, Observations(moment_of(back), [pad], {"bed_occupied": [1.0]}))


def _newest(line: PadLine, pad: str, person: Person | None, t: float, period_s: float) -> tuple[float, float, float]:
    """Return occupancy at t, and the newest heart and breath of the period up to t; NaN where none was valid."""
    reading = line.reading(pad, person, t)
    occupied, back = reading["bedStatus"] == 0, 0.0
    while occupied and _valid(reading["heart"]) is None and back + LOOK_BACK_S < period_s:
        back += LOOK_BACK_S
        reading = line.reading(pad, person, t - back)
    heart, breath = (_valid(reading[name]) if occupied else None for name in ("heart", "breath"))
    return float(occupied), np.nan if heart is None else heart, np.nan if breath is None else breath


def _tables(
    gateway: str, names: list[str], moments: FloatArray, said: BoolArray, values: dict[str, FloatArray]
) -> Iterator[Sensed]:
    """Yield one table for each moment at which a device spoke; NaN is null."""
    columns = {
        kind: [[None if v != v else v for v in row] for row in array.T.tolist()] for kind, array in values.items()
    }
    whole: list[bool] = np.all(said, axis=0).tolist()
    for place, t in enumerate(moments.tolist()):
        told = {kind: rows[place] for kind, rows in columns.items()}
        devices = names
        if not whole[place]:
            which = np.nonzero(said[:, place])[0].tolist()
            devices = [names[row] for row in which]
            told = {kind: [column[row] for row in which] for kind, column in told.items()}
        if devices:
            yield Sensed(t, gateway, Observations(moment_of(t), devices, told))


def _valid(rate: int) -> float | None:
    return float(rate) if rate not in (0, 255) else None


def _bands(gateway: Gateway, site: Site, start: float, end: float, period_s: float) -> Iterator[Sensed]:
    bands, faults = BandGateway(gateway, site), site.faults
    moments = np.array(ticks(start, end, max(period_s, 60.0)))
    if not len(moments) or not bands.bands:
        return
    said, worn, told = bands.columns(bands.bands, moments)
    kinds = ("worn", "heart_rate", "spo2", "skin_temperature")
    values = dict(zip(kinds, (worn.astype(np.float64), *told), strict=True))
    for row, (band, person) in enumerate(bands.bands):
        if faults.touched(gateway.code, band, start, end):
            for place, t in enumerate(moments.tolist()):
                reading = bands.reading(band, person, t)
                said[row, place] = reading is not None
                on = reading is not None and bool(reading["wear"])
                values["worn"][row, place] = float(on)
                for kind, key in (("heart_rate", "hr"), ("spo2", "SpO2"), ("skin_temperature", "skin temp")):
                    values[kind][row, place] = reading[key] if reading is not None and on else np.nan
    yield from _tables(gateway.code, [band for band, _ in bands.bands], moments, said, values)
