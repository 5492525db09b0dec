"""Which edge agent listens to which simulated gateway: one agent, source and mapping for each gateway. Pure."""

from __future__ import annotations

from pathlib import PurePath

from anxin.config import Broker, Edge, Source
from anxin.facility import Facility, Gateway
from simulators.devices import bands, pads, zigbee
from simulators.home_devices import Family, family_of

MAPPINGS = {Family.ZIGBEE: "zigbee2mqtt", Family.BEDS: "sleepace", Family.BANDS: "uwb_seniorcareplus"}


def edge_settings(
    facility: Facility, foreign: Broker, spools: str, feed_port: int, user: str = "edge", speed: float = 1.0
) -> tuple[Edge, ...]:
    """Return the [[edge]] sections for a home's simulated gateways.

    foreign: the broker that the gateways speak to. spools: folder of the agents' spool files. feed_port: where the
    first raw-sample feed listens; further ones take the next ports. speed: of the clock; batches wait for
    the same time of the machine's clock at any speed.
    """
    counts: dict[Family, int] = {}
    edges = []
    for gateway in facility.gateways:
        if (family := family_of(gateway.code)) is not None:
            number = counts.setdefault(family, 0)
            counts[family] += 1
            edges.append(
                Edge(
                    facility=facility.code,
                    gateway=gateway.code,
                    spool=str(PurePath(spools) / f"{gateway.code}.db"),
                    heartbeat_s=gateway.heartbeat_s,
                    batch_ms=round(1_000 * max(1.0, speed)),
                    time_zone=facility.time_zone,
                    sources=(_source(gateway, family, number, foreign, feed_port, user),),
                )
            )
    return tuple(edges)


def _source(gateway: Gateway, family: Family, number: int, foreign: Broker, feed_port: int, user: str) -> Source:
    if family == Family.MOTION:
        return Source("feed", gateway.code, port=feed_port + number)
    topics = {
        Family.ZIGBEE: f"{zigbee.base_of(gateway.code)}/#",
        Family.BEDS: pads.topic_of(number),
        Family.BANDS: bands.topic_of(number),
    }
    return Source(
        "mqtt",
        gateway.code,
        host=foreign.host,
        port=foreign.port,
        topics=(topics[family],),
        user=user,
        password_file=str(PurePath(foreign.secrets) / user) if foreign.secrets else None,
        tls_ca=foreign.tls_ca,
        mapping=MAPPINGS[family],
        parameters={"base": zigbee.base_of(gateway.code)} if family == Family.ZIGBEE else {},
    )
