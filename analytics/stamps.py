"""Which time of an observation is believed: that of its sensor, unless nothing explains how old it is (ADR 9).

An old stamp is right where the message waited: the gateway could not be heard between stamp and receipt, or is still
sending what it kept meanwhile. Where it was heard all the while the sensor's clock is behind, and what it says counts
from its receipt: a level that "began" an hour ago would else be taken for one that lasts. Several samples of a sensor
in one message keep their distances: one that tells its history late still tells the newest of it now. Pure.
"""

from __future__ import annotations

import msgspec
import numpy as np

from analytics.directory import IntArray
from analytics.rows import BoolArray, Column, Heard, Rows
from anxin.vocabulary import ObservationKind

OLD_MS = 120_000  # younger: networks are slow, and edges gather


def believed(rows: Rows, steady_ms: IntArray) -> Rows:
    """Return the rows with the times that are believed. steady_ms: since when each device's gateway is heard without a
    break and has sent what it kept, shape (devices,)."""
    if not np.count_nonzero(_unexplained(rows.devices, steady_ms)):
        return rows
    columns: dict[ObservationKind, Column] = {kind: _column(one, steady_ms) for kind, one in rows.columns.items()}
    heard = rows.devices
    time = np.where(_unexplained(heard, steady_ms), heard.received, heard.time)
    return msgspec.structs.replace(rows, columns=columns, devices=Heard(heard.index, heard.received, time))


def _unexplained(heard: Heard, steady_ms: IntArray) -> BoolArray:
    """Which of these are old, though their gateway was heard since."""
    found: BoolArray = (heard.received - heard.time > OLD_MS) & (heard.time >= steady_ms[heard.index])
    return found


def _column(column: Column, steady_ms: IntArray) -> Column:
    """Move a sensor's samples of a message so that the newest is of its receipt, where that one is not explained."""
    keys = np.stack([column.arrival, column.device])
    (_, device), first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    newest = np.full(len(device), np.iinfo(np.int64).min)
    np.maximum.at(newest, which.ravel(), column.time)
    behind = column.received[first] - newest
    behind[(behind <= OLD_MS) | (newest < steady_ms[device])] = 0
    return msgspec.structs.replace(column, time=column.time + behind[which.ravel()])
