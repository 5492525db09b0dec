"""A pressure frame brought into a common shape: where the body lies and how big it is drops out, its outline stays."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from edge.signals.model import Floats

ROWS, COLUMNS = 16, 10
CLIP = 1000.0  # counts; nominal full scale of the mats trained on
FLOOR = 20.0  # counts below which a cell is noise
REACH = 2.0  # cells of a 32-column mat between columns of the picture


def load_of(frame: Floats) -> tuple[float, float, float]:
    """frame (rows, columns) in counts -> share of loaded cells, share of the length they span, sideways place 0 to
    1.
    """
    loaded = frame > FLOOR
    rows = np.flatnonzero(loaded.sum(axis=1) >= 2)
    span = float(rows[-1] - rows[0] + 1) / frame.shape[0] if len(rows) else 0.0
    weight = np.clip(frame, 0, CLIP).sum(axis=0)
    total = float(weight.sum())
    side = float(np.arange(frame.shape[1]) @ weight) / total / max(1, frame.shape[1] - 1) if total > 0 else 0.5
    return float(loaded.mean()), span, side


def picture(frame: Floats) -> Floats:
    """frame (rows, columns) in counts, head at row 0 -> (ROWS * COLUMNS,) centred, stretched, of unit power."""
    m = np.clip(frame, 0.0, CLIP)
    m = np.where(m < FLOOR, 0.0, m)
    # A single hot cell is a sensor, not a hip.
    m = np.minimum(m, 3 * gaussian_filter(m, 0.8) + 10)
    s = np.sqrt(m)
    width = s.shape[1]
    total = float(s.sum()) + 1e-6
    centre = float(np.arange(width) @ s.sum(axis=0)) / total
    s = gaussian_filter(s, (1.2, 0.7))
    across = centre + (np.arange(COLUMNS) - (COLUMNS - 1) / 2) * REACH * (width / 32)
    climb = np.cumsum(s.sum(axis=1)) / (s.sum() + 1e-6)
    top, bottom = int(np.searchsorted(climb, 0.01)), int(np.searchsorted(climb, 0.99))
    along = np.linspace(top, bottom, ROWS)
    small = map_coordinates(s, np.meshgrid(along, across, indexing="ij"), order=1)
    shaped: Floats = (small / (np.sqrt((small * small).mean()) + 1e-6)).ravel()
    return shaped
