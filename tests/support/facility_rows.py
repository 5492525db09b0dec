"""A small facility straight in the database, for tests that need gateways and devices and nothing else."""

from __future__ import annotations

from anxin.db.connect import Connection


def add_facility(
    connection: Connection, code: str, gateways: int = 1, devices: int = 3, partition: int = 0
) -> dict[tuple[str, str], int]:
    """Make a facility with gateways gw-1… that each speak for devices dev-1…; return (gateway, device) → device id."""
    facility = _one(
        connection,
        "insert into anxin.facility (code, name, time_zone, partition) values (%s, %s, 'Asia/Shanghai', %s)"
        " returning id",
        (code, code, partition),
    )
    ids: dict[tuple[str, str], int] = {}
    for number in range(1, gateways + 1):
        gateway = _one(
            connection,
            "insert into anxin.gateway (facility_id, code, name, heartbeat_s) values (%s, %s, %s, 15) returning id",
            (facility, f"gw-{number}", f"gw-{number}"),
        )
        for place in range(1, devices + 1):
            ids[f"gw-{number}", f"dev-{place}"] = _one(
                connection,
                "insert into anxin.device (facility_id, gateway_id, code, kind) values (%s, %s, %s, 'bed_sensor')"
                " returning id",
                (facility, gateway, f"dev-{place}"),
            )
    return ids


def _one(connection: Connection, statement: str, values: tuple[object, ...]) -> int:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])
