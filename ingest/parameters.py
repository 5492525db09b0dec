"""Query parameters that are numpy columns: given to the server as binary arrays, without a Python object per number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from anxin.db.connect import Connection
from ingest import pgbinary


@dataclass(frozen=True, slots=True)
class _Array:
    """A one-dimensional array without nulls."""

    values: NDArray[np.generic]


class Integers(_Array):
    """integer[]"""


class Bigints(_Array):
    """bigint[]"""


class Reals(_Array):
    """real[]; NaN stays NaN."""


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element: np.dtype[np.void]
    element_oid: int

    def dump(self, obj: _Array) -> bytes:
        return pgbinary.array(obj.values, None, self.element, self.element_oid)


class _IntegersDumper(_ArrayDumper):
    oid, element, element_oid = 1007, pgbinary.INT4, 23


class _BigintsDumper(_ArrayDumper):
    oid, element, element_oid = 1016, pgbinary.INT8, 20


class _RealsDumper(_ArrayDumper):
    oid, element, element_oid = 1021, pgbinary.FLOAT4, 700


def register(connection: Connection) -> None:
    """Let a connection take these parameters."""
    for kind, dumper in ((Integers, _IntegersDumper), (Bigints, _BigintsDumper), (Reals, _RealsDumper)):
        connection.adapters.register_dumper(kind, dumper)
