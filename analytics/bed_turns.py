"""When somebody lay down or left the bed: the changes of level of each bed's first sensor (or of others that say yes or
no), column-wise. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.directory import IntArray, View
from analytics.rows import BoolArray, Rows
from anxin.vocabulary import DeviceKind, ObservationKind

OUT, IN, UNSEEN = 0, 1, -1
Turn = tuple[int, int, int, int, int]


def first_sensors(view: View) -> BoolArray:
    """Return which devices are the first bed sensor of a bed, shape (devices,): a second would count trips twice."""
    beds: set[int] = set()
    chosen = np.zeros(len(view.directory.devices), bool)
    for index, device in enumerate(view.directory.devices):
        if device.kind is DeviceKind.BED_SENSOR and device.bed_id is not None and device.bed_id not in beds:
            beds.add(device.bed_id)
            chosen[index] = True
    return chosen


def turns(
    rows: Rows, sensors: BoolArray, level: IntArray, kind: ObservationKind = ObservationKind.BED_OCCUPIED
) -> Iterator[Turn]:
    """Yield (arrival, device, OUT or IN, time, received) where a sensor's level changes, and write it into `level`.
    Null is unknown and changes nothing."""
    column = rows.columns.get(kind)
    if column is None:
        return
    said = np.where(column.value >= 0.5, IN, np.where(column.value < 0.5, OUT, UNSEEN))
    known = sensors[column.device] & (said != UNSEEN)
    news = known & (said != level[column.device])
    if not np.count_nonzero(news):
        return
    moved = np.zeros(len(level), bool)
    moved[column.device[news]] = True
    part = np.nonzero(moved[column.device] & known)[0]
    arrays = (column.arrival, column.device, said, column.time, column.received)
    for arrival, device, now, time, received in zip(*(array[part].tolist() for array in arrays), strict=True):
        if now != level[device]:
            level[device] = now
            yield arrival, device, now, time, received
