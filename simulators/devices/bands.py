"""Wristbands behind a UWB gateway: one topic `GWxxxx_Health`, one JSON object a band and minute, keys with blanks.

The payload has no time; `skin temp` is not a body temperature; a band that is not worn measures nothing (gateways.md,
section 17).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from anxin.facility import Gateway
from simulators.bodies import BoolArray, FloatArray, bodies
from simulators.calendar import DAY_S
from simulators.chance import smooth, smooth_columns, unit
from simulators.devices.base import Raw, Site, ticks
from simulators.people import Person
from simulators.truth import OUTSIDE

PERIOD_S = 60.0
FIRST_GATEWAY = 0x17F5
CHARGE_DAYS = 5  # how long a charge lasts; on the last day it lies on the charger from 9 to 10 h
_encode = msgspec.json.Encoder().encode
Columns = tuple[FloatArray, ...]


def topic_of(number: int) -> str:
    """Return the topic of the home's band gateway number 0, 1 …"""
    return f"GW{FIRST_GATEWAY + number:X}_Health"


class BandGateway:
    """The bands of one gateway."""

    has_time = False

    def __init__(self, gateway: Gateway, site: Site) -> None:
        self.code, self._site = gateway.code, site
        number = site.number(gateway, "bands")
        self.topic, self._number = topic_of(number), 137_205 + number
        people = site.world.people
        self.bands = [(d.id, people[d.resident]) for d in gateway.devices if d.resident in people]

    def messages(self, start: float, end: float) -> list[Raw]:
        found = []
        for band, person in self.bands:
            for t in ticks(start, end, PERIOD_S, person.seed % 60_000 / 1_000.0):
                if (reading := self.reading(band, person, t)) is not None:
                    number = {"serial no": int(t // PERIOD_S) % 65_536}
                    found.append(Raw(t, self.code, self.topic, _encode(reading | number)))
        return sorted(found)

    def birth(self, t: float) -> list[Raw]:
        return []

    def will(self, t: float) -> list[Raw]:
        return []

    def reading(self, band: str, person: Person, t: float) -> dict[str, Any] | None:
        """Return what a band says at t, in the vendor's fields; None where the gateway hears nothing of it."""
        shown = self._site.faults.seen(self.code, band, t)
        if self._site.faults.misplaced(self.code, band, shown):
            names = [name for name, _ in self.bands]
            person = self.bands[(names.index(band) + 1) % len(names)][1]
        now, _ = self._site.world.at(person.code, shown)
        if now.room == OUTSIDE or self._site.faults.silent(self.code, band, t):
            return None
        hour = self._site.world.calendar.hour(shown)
        day = (int((t + person.seed % 432_000) // DAY_S)) % CHARGE_DAYS
        worn = not (day == CHARGE_DAYS - 1 and 9.0 <= hour < 10.0)
        return {
            "content": "300B",
            "gateway id": self._number,
            "MAC": band,
            "SOS": 0,
            **self._values(person, band, shown, worn),
            **({"hr": 0, "SpO2": 0} if worn and now.doing == "lifeless" else {}),
            "wear": int(worn),
            "battery level": max(5, 100 - int(18 * (day + hour / 24))),
        }

    def columns(self, bands: Sequence[tuple[str, Person]], moments: FloatArray) -> tuple[BoolArray, BoolArray, Columns]:
        """Return who is heard, who wears the band, and the values (heart rate, saturation, skin) of bands without
        faults, as `reading` gives them; each of shape (bands, moments)."""
        people = [person for _, person in bands]
        seen = bodies(self._site.world, people, moments)
        seed = np.array([[person.seed] for person in people], np.uint64)
        hour = np.array([self._site.world.calendar.hour(t) for t in moments.tolist()])
        phase = np.array([[person.seed % 432_000] for person in people], np.float64)
        charging = (moments + phase) // DAY_S % CHARGE_DAYS == CHARGE_DAYS - 1
        worn = ~(charging & (hour >= 9.0) & (hour < 10.0))
        pulse = worn & ~seen.lifeless
        body = seen.vitals
        slip = (1.0 + body.movement / 12.0) * smooth_columns(seed + np.uint64(602), moments, 100)
        oxygen = np.minimum(100.0, body.saturation + 0.6 * smooth_columns(seed + np.uint64(603), moments, 150))
        values = (np.rint(body.heart + slip), np.rint(oxygen), np.round(body.skin, 1))
        return (
            ~seen.outside,
            worn,
            tuple(np.where(shown, column, np.nan) for column, shown in zip(values, (pulse, pulse, worn), strict=True)),
        )

    def _values(self, person: Person, band: str, t: float, worn: bool) -> dict[str, Any]:
        room = round(24.0 + smooth(person.seed + 601, t, 7_200), 1)
        if not worn:
            return {"hr": 0, "SpO2": 0, "bp syst": 0, "bp diast": 0, "skin temp": room, "room temp": room, "move": 0}
        body = self._site.world.vitals(person.code, t)
        slip = 1.0 + body.movement / 12.0  # optical pulse errs more the more the arm moves
        error = slip * smooth(person.seed + 602, t, 100) + self._site.faults.drift(self.code, band, t)
        return {
            "hr": round(body.heart + error),
            "SpO2": round(min(100.0, body.saturation + 0.6 * smooth(person.seed + 603, t, 150))),
            "bp syst": round(body.systolic + 3 * smooth(person.seed + 604, t, 300)),
            "bp diast": round(body.diastolic + 2 * smooth(person.seed + 605, t, 300)),
            "skin temp": round(body.skin, 1),
            "room temp": room,
            "steps": int(1_500 * unit(person.seed, 606)),
            "move": round(body.movement),
        }
