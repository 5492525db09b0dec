"""Fixtures of the page tests: the home, the application on a port, a client for each account."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from anxin.clock import ManualClock
from api.app import create
from tests.api.house import PASSWORD, House, build
from tests.support.browser import Served
from tests.support.databases import TestDatabase
from tests.support.waiting import PATIENCE_S

SignIn = Callable[[str], httpx.Client]


@pytest.fixture
def house(embedded_database: TestDatabase, clock: ManualClock) -> Iterator[House]:
    built = build(embedded_database, clock)
    yield built
    built.connection.close()


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    server = Served(create(house.settings, house.clock))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sign_in(served: Served) -> Iterator[SignIn]:
    """Return a function that signs an account in and gives its client."""
    clients: list[httpx.Client] = []

    def open_client(account: str) -> httpx.Client:
        client = httpx.Client(base_url=served.url, timeout=PATIENCE_S)
        clients.append(client)
        if account:
            answer = client.post("/login", data={"account": account, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    yield open_client
    for client in clients:
        client.close()
