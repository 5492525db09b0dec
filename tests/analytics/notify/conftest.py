"""A night with a second channel, which tells the home once and may be deaf."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anxin.clock import ManualClock
from tests.support.databases import TestDatabase
from tests.support.watch import HomeEar, Watch


@pytest.fixture
def second() -> HomeEar:
    return HomeEar("second")


@pytest.fixture
def watch(database: TestDatabase, clock: ManualClock, second: HomeEar) -> Iterator[Watch]:
    night = Watch(database, clock, second)
    night.at("02:10")
    yield night
    night.close()
