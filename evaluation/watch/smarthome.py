"""Weeks in the homes of healthy people: nothing happened to them, so every alarm is a false one.

Only kinds that the home's sensors can support are shown. The people are young adults as far as known, and live by
other hours than residents: the figures say how the rules bear real sensors and real lives, not how a care home fares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from anxin.event import Observations
from anxin.facility import Device
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind
from evaluation.recordings import DataError
from evaluation.watch.recording import GATEWAY, begun, one_person_home, play
from evaluation.watch.score import Row
from simulators.sensed import Sensed
from simulators.truth import moment_of

# What a sensor's name in a set says: device kind, room or "bed", observation. Others are left out.
WORDS: tuple[tuple[str, DeviceKind, str, ObservationKind], ...] = (
    ("bed:pressure", DeviceKind.BED_SENSOR, "bed", ObservationKind.BED_OCCUPIED),
    ("press bed", DeviceKind.BED_SENSOR, "bed", ObservationKind.BED_OCCUPIED),
    ("pir badkamer", DeviceKind.PRESENCE, "bathroom", ObservationKind.PRESENCE),
    ("shower:pir:bathroom", DeviceKind.PRESENCE, "bathroom", ObservationKind.PRESENCE),
    ("maindoor", DeviceKind.DOOR, "exit", ObservationKind.DOOR_OPEN),
    ("frontdoor", DeviceKind.DOOR, "exit", ObservationKind.DOOR_OPEN),
    ("front door", DeviceKind.DOOR, "exit", ObservationKind.DOOR_OPEN),
    ("foyer,door", DeviceKind.DOOR, "exit", ObservationKind.DOOR_OPEN),
)
# Which alert kinds need which observation; a home without it says nothing about the kind.
NEEDS: tuple[tuple[str, ObservationKind], ...] = (
    (AlertKind.OUT_OF_BED_LONG.value, ObservationKind.BED_OCCUPIED),
    ("bathroom_overstay", ObservationKind.PRESENCE),
    ("door_exit_unauthorised", ObservationKind.DOOR_OPEN),
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A sensor was on from start to end (seconds since 1970)."""

    start: float
    end: float
    sensor: str


def ordonez(folder: Path) -> Iterator[tuple[str, str, list[Interval]]]:
    """Yield home, time zone and intervals of each `Ordonez?_Sensors.txt`. Lines that are none are left out."""
    files = sorted(folder.glob("Ordonez?_Sensors.txt"))
    if not files:
        raise DataError(f"{folder}: no Ordonez?_Sensors.txt here; give the folder of the set")
    zone = ZoneInfo("Europe/Madrid")
    for file in files:
        found = []
        for line in file.read_text(encoding="utf-8").splitlines()[2:]:
            words = line.split()
            if len(words) >= 7:
                start, end = (_seconds(f"{words[n]} {words[n + 1]}", zone) for n in (0, 2))
                if start is not None and end is not None and end > start:
                    found.append(Interval(start, end, ":".join(words[4:7])))
        yield file.name.partition("_")[0], str(zone), found


def kasteren(folder: Path) -> Iterator[tuple[str, str, list[Interval]]]:
    """Yield home, time zone and intervals of each `house?.sensors` (house D stands in Massachusetts)."""
    files = sorted(folder.glob("house?.sensors"))
    if not files:
        raise DataError(f"{folder}: no house?.sensors here; give the folder of the set")
    for file in files:
        lines = file.with_suffix(".sensor_names").read_text(encoding="utf-8").splitlines()
        names = dict(line.strip().split("\t", 1) for line in lines if "\t" in line)
        found = []
        for line in file.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) == 3 and float(words[1]) > 0:
                start = float(words[0])
                name = names.get(str(int(float(words[2]))), "")
                found.append(Interval(start, start + float(words[1]), name))
        yield file.stem, "America/New_York" if file.stem == "houseD" else "Europe/Amsterdam", found


READERS = {"smarthome_ordonez": ordonez, "smarthome_kasteren_mit": kasteren}


def evaluate(folder: Path, dataset: str) -> list[Row]:
    """Return one row for each home and kind, and their sum. DataError where the folder is not of that form."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    rows: list[Row] = []
    for home, zone, intervals in READERS[dataset](folder):
        rows += _home(home, zone, intervals)
    total: dict[str, list[float]] = {}
    for row in rows:
        sums = total.setdefault(str(row["kind"]), [0.0, 0.0])
        sums[0] += float(str(row["alerts"]))
        sums[1] += float(str(row["days"]))
    return rows + [_row("all homes", kind, round(alerts), days) for kind, (alerts, days) in total.items()]


def _home(home: str, zone: str, intervals: list[Interval]) -> list[Row]:
    devices: dict[str, tuple[Device, ObservationKind]] = {}
    for sensor in sorted({interval.sensor for interval in intervals}):
        for word, kind, place, observation in WORDS:
            if word in sensor.lower():
                in_bed = place == "bed"
                name = sensor.lower().replace(" ", "-")
                device = Device(name, kind, bed="bed") if in_bed else Device(name, kind, room=place)
                devices[sensor] = device, observation
    if not devices:
        return []
    events = [event for interval in intervals if interval.sensor in devices for event in _said(interval, devices)]
    events.sort(key=lambda event: event.time)
    found = begun(play(one_person_home([device for device, _ in devices.values()], zone), events))
    days = (max(i.end for i in intervals) - min(i.start for i in intervals)) / 86_400.0
    measured = {observation for _, observation in devices.values()}
    kinds = [kind for kind, needs in NEEDS if needs in measured and kind in {known.value for known in AlertKind}]
    kinds += sorted({finding.kind.value for finding in found} - set(kinds))
    return [_row(home, kind, sum(finding.kind == kind for finding in found), days) for kind in kinds]


def _said(interval: Interval, devices: dict[str, tuple[Device, ObservationKind]]) -> Iterator[Sensed]:
    device, observation = devices[interval.sensor]
    for t, value in ((interval.start, 1.0), (interval.end, 0.0)):
        yield Sensed(t, GATEWAY, Observations(moment_of(t), [device.id], {observation.value: [value]}))


def _row(home: str, kind: str, alerts: int, days: float) -> Row:
    return {"home": home, "kind": kind, "alerts": alerts, "days": round(days, 2),
            "false_per_day": round(alerts / days, 4) if days else None}  # fmt: skip


def _seconds(text: str, zone: ZoneInfo) -> float | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
    except ValueError:
        return None
