"""Fixtures of the dashboard tests: a busy night in the made-up home, on each engine, its clock told to the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from anxin.clock import ManualClock
from tests.api.house import House, build
from tests.api.scene import busy_night
from tests.dashboards.support import tell
from tests.support.databases import Server


@pytest.fixture(scope="module", params=["native", "timescale"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue("embedded_server" if request.param == "native" else "timescale_server")
    return found


@pytest.fixture(scope="module")
def busy(server: Server) -> Iterator[House]:
    """A night at 02:00 in Shanghai with every state that a screen must show. Tests that read share it."""
    database = server.fresh()
    house = build(database, ManualClock(datetime(2026, 3, 1, 18, 0, tzinfo=UTC)), residents=40)
    busy_night(house)
    house.connection.execute("update anxin.resident set name = '老人' || id")  # unlike any carer's
    tell(house)
    yield house
    house.connection.close()
    server.drop(database)


@pytest.fixture
def quiet(server: Server) -> Iterator[House]:
    """The same home of twelve before anything was measured; each test its own."""
    database = server.fresh()
    house = build(database, ManualClock(datetime(2026, 3, 1, 18, 0, tzinfo=UTC)))
    tell(house)
    yield house
    house.connection.close()
    server.drop(database)
