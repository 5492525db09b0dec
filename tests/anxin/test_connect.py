"""A server that takes everything and answers nothing."""

from __future__ import annotations

from contextlib import closing

import msgspec
import psycopg
import pytest

from anxin.db.connect import GRACE_S, SERVICE_DOWN, connect
from tests.support.databases import TestDatabase
from tests.support.proxy import Proxy

pytestmark = pytest.mark.database


def test_nobody_waits_for_ever_for_an_answer(embedded_database: TestDatabase) -> None:
    with Proxy(embedded_database.settings.port) as proxy:
        settings = msgspec.structs.replace(embedded_database.settings, port=proxy.port, statement_timeout_ms=1_000)
        with closing(connect(settings, "anxin_ingest", autocommit=True)) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute("select pg_sleep(60)")  # the server itself ends what takes too long
            assert list(connection.notifies(timeout=0.01)) == []
            assert connection.answer_s == 1.0 + GRACE_S
            connection.answer_s = 0.5
            proxy.deaf()
            with pytest.raises(SERVICE_DOWN, match="does not answer"):
                connection.execute("select 1")
            assert connection.closed
