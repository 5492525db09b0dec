"""A busy night in the made-up home: every state that a screen must be able to show."""

from __future__ import annotations

import random
from datetime import timedelta

from analytics.alerts import store
from analytics.finding import Change
from anxin.vocabulary import AlertKind, ObservationKind, Outcome
from tests.api.house import House


def busy_night(house: House) -> dict[str, int]:
    """Fill the home and return the open alerts by name."""
    chance = random.Random(7)
    beds = house.beds()
    for number, bed in enumerate(beds[:-1]):
        if number % 17 == 5:
            house.hear(bed, 0, bed_occupied=0)
        elif number % 19 == 7:
            house.hear(bed, 9_000, bed_occupied=1, heart_rate=66, respiratory_rate=14)
        elif number % 23 == 9:
            house.hear(bed, 12, bed_occupied=1, bed_edge=1, heart_rate=None, respiratory_rate=None)
        else:
            house.hear(
                bed, chance.randint(1, 25), bed_occupied=1, heart_rate=chance.randint(54, 88),
                respiratory_rate=chance.randint(11, 19),
            )  # fmt: skip
    _nights(house, beds[0], chance)
    alerts = {
        "fall": house.alert(AlertKind.FALL_CONFIRMED, beds[1], 48, peak_g=4.2, lying_s=31.0, device_id=7),
        "sos": house.alert(AlertKind.SOS_CALL, beds[4], 125, presses=2),
        "out": house.alert(
            AlertKind.OUT_OF_BED_LONG, beds[5], 320, absent_min=24, out_since="2026-03-01T17:36:00+00:00"
        ),
        "heart": house.alert(AlertKind.HEART_RATE_ABNORMAL, beds[8], 700, value=124.0, worst=131.0),
        "silent": house.alert(AlertKind.DEVICE_SILENT, beds[7], 4_000, last_heard="2026-03-01T15:30:00+00:00"),
    }
    house.alert(AlertKind.SOS_CALL, beds[4], 60, Change.RECURRED, presses=3)
    now = house.clock.now()
    with house.database.connect("anxin_api", autocommit=False) as connection:
        store.acknowledge(connection, alerts["heart"], house.account("nurse2"), now - timedelta(seconds=600))
    old = house.alert(AlertKind.FALL_CONFIRMED, beds[0], 9_000, peak_g=3.1)
    with house.database.connect("anxin_api", autocommit=False) as connection:
        nurse = house.account("nurse1")
        store.acknowledge(connection, old, nurse, now - timedelta(seconds=8_970))
        store.arrive(connection, old, nurse, f"scan-{beds[0]}", now - timedelta(seconds=8_900))
        store.resolve(connection, old, nurse, Outcome.REAL, "坐在床边地上，无外伤", now - timedelta(seconds=8_400))
    _quarantine(house)
    return alerts


def _quarantine(house: House) -> None:
    now = house.clock.now()
    house.connection.execute(
        "insert into anxin.quarantine (facility, gateway, device, topic, reason, detail, payload, digest, first_at,"
        " last_at, count) values ('home', 'w1-zigbee', 'x-17', 'anxin/v1/home/w1-zigbee/data/e1/7', 'not_contract',"
        " 'Expected `float`, got `str` - at `$.data[0].values`', %s, 'd', %s, %s, 12)",
        (b'{"id":"data-e1-7","data":[{"type":"observations","values":{"heart_rate":["71"]}}]}', now, now),
    )


def _nights(house: House, bed: str, chance: random.Random) -> None:
    """Six finished nights and the running one of one bed."""
    evening = house.clock.now() - timedelta(hours=5)
    for back in range(7):
        minutes = 600 if back else 300
        start = evening - timedelta(days=back)
        occupied: list[float | None] = [0.0 if m < 25 else 1.0 for m in range(minutes)]
        for _ in range(chance.randint(0, 3)):
            at = chance.randint(60, minutes - 60)
            occupied[at : at + 12] = [0.0] * 12
        if back == 0:
            occupied[200:230] = [None] * 30
        if back == 3:
            occupied = occupied[:100]
        house.pack(bed, ObservationKind.BED_OCCUPIED, start, occupied)
        if back == 0:
            heart = [
                None if value != 1 else 60 + 6 * chance.random() + 4 * (m % 90 < 30) for m, value in enumerate(occupied)
            ]
            breath = [None if value is None else 13 + 2 * chance.random() for value in heart]
            house.pack(bed, ObservationKind.HEART_RATE, start, heart)
            house.pack(bed, ObservationKind.RESPIRATORY_RATE, start, breath)
