"""Numbers that tell a fall from a stumble, a jump or a dropped arm, out of the acceleration around one impact.

All features are free of how the sensor is turned: they use magnitudes, and directions only relative to the wearer's own
posture before the impact. That is what lets one model serve a belt buckle, a pendant and a watch. The stages (loss of
support, impact, change of posture, what follows) are those of clinical.md 3.4; the cut points of the windows are ours.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from edge.signals.model import Floats

RATE = 50  # Hz, grid of the fall detector
BEFORE = 125  # cells before the impact
FIRST = 100  # cells after the impact when the first judgement is made (2.0 s: with one hop well below 3 s)
LATER = 225  # cells after the impact at the second judgement (4.5 s)

IMPACT_NAMES = (
    "peak_g", "smooth_peak_g", "min_before_g", "low_time_s", "lost_support_gs", "drop_gs", "jerk_g", "impact_energy",
    "peak_width_s", "fall_time_s", "pre_peak_g", "post_peak_g", "peaks_before", "peaks_after", "sd_before", "sd_impact",
    "sd_after", "sd_settled", "turn_deg", "early_turn_deg", "pre_tilt_drift_deg", "side_sd", "side_peak_g", "up_sd",
    "up_min_g", "still_share", "vector_change_g", "after_swing_deg", "peak_ratio_before", "peak_ratio_after",
)  # fmt: skip
PROFILE_EDGES = (-100, -75, -50, -30, -15, -5, 6, 15, 30, 50, 75, 100)  # cells from the impact
PROFILE_NAMES = (
    *(f"motion_{a}_{b}" for a, b in pairwise(PROFILE_EDGES)),
    *(f"change_{a}_{b}" for a, b in pairwise(PROFILE_EDGES)),
    *(f"turn_path_{i}" for i in range(7)),
    "turns_before_deg", "turns_after_deg", "impact_change_g", "top_five_g", "high_after_s", "high_before_s",
    "rough_after_s", "rough_before_s",
)  # fmt: skip
FIRST_NAMES = (*IMPACT_NAMES, *PROFILE_NAMES)
LATER_NAMES = (
    "late_turn_deg", "end_turn_deg", "late_sd", "late_peak_g", "late_peaks", "late_swing_deg", "late_still_share",
    "late_return_deg", "late_axis_sd", "end_axis_sd",
)  # fmt: skip


def _angle(a: Floats, b: Floats) -> float:
    """Degrees between two vectors; 0 where one has no length."""
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return 0.0 if size < 1e-6 else float(np.degrees(np.arccos(min(1.0, max(-1.0, float(a @ b) / size)))))


def _smooth(x: Floats, n: int) -> Floats:
    """Running mean of n cells, same length, the ends held."""
    padded = np.concatenate((np.full(n // 2, x[0]), x, np.full(n - 1 - n // 2, x[-1])))
    total = np.concatenate(([0.0], np.cumsum(padded)))
    return (total[n:] - total[:-n]) / n


def _peaks(m: Floats, height: float) -> int:
    """Number of separate rises above `height`."""
    above = m > height
    return int(np.count_nonzero(above[1:] & ~above[:-1]) + int(above[0]))


def _swing(v: Floats) -> float:
    """Largest turn of the half-second mean direction inside a stretch, degrees."""
    parts = [v[i : i + RATE // 2].mean(axis=0) for i in range(0, len(v) - RATE // 2 + 1, RATE // 4)]
    return max((_angle(parts[0], part) for part in parts[1:]), default=0.0)


def _axis_sd(v: Floats) -> float:
    """Spread of the vector around its mean, g."""
    return float(np.sqrt(v.var(axis=0).sum()))


def impact_features(window: Floats) -> Floats:
    """Features at the first judgement. window: (BEFORE + FIRST, 3) in g, impact at row BEFORE; shape (30,)."""
    m = np.sqrt((window * window).sum(axis=1))
    c = BEFORE
    before, after, near = m[: c - 60], m[c + 40 :], m[c - 25 : c + 26]
    soft = _smooth(m, 5)
    up = window[: c - 60].mean(axis=0)
    length = float(np.sqrt(up @ up))
    up = up / length if length > 1e-6 else np.array([0.0, 0.0, 1.0])
    fall = soft[c - 60 : c + 1]
    low = int(fall.argmin())
    core = window[c - 60 : c + 40]
    vertical = core @ up
    side = np.sqrt(np.maximum(0.0, (core * core).sum(axis=1) - vertical * vertical))
    rest = window[c + 50 :]
    settled = rest.mean(axis=0)
    peak = float(m[c - 5 : c + 6].max())
    pre_peak, post_peak = float(m[c - 100 : c - 20].max()), float(m[c + 20 :].max())
    half = 1.0 + (peak - 1.0) / 2
    quiet = np.abs(m[c + 25 :] - 1.0) < 0.1
    values = (
        peak, float(soft[c - 5 : c + 6].max()), float(fall.min()), float((fall < 0.75).sum()) / RATE,
        float(np.maximum(0.0, 1.0 - fall).sum()) / RATE, float(np.cumsum(vertical[:61] - 1.0).min()) / RATE,
        float(np.abs(np.diff(m[c - 15 : c + 16])).max()), float(np.square(near - 1.0).sum()) / RATE,
        float((near > half).sum()) / RATE, float(60 - low) / RATE, pre_peak, post_peak, float(_peaks(m[: c - 25], 1.3)),
        float(_peaks(m[c + 25 :], 1.3)), float(before.std()), float(near.std()), float(after.std()),
        float(m[c + 65 :].std()), _angle(up, settled), _angle(up, window[c + 15 : c + 40].mean(axis=0)),
        _angle(up, window[c - 60 : c - 25].mean(axis=0)), float(side.std()), float(side.max()), float(vertical.std()),
        float(vertical.min()), float(quiet.mean()), float(np.sqrt(np.square(settled - up).sum())),
        _swing(window[c + 25 :]),
        (pre_peak - 1.0) / (peak - 0.9), (post_peak - 1.0) / (peak - 0.9),
    )  # fmt: skip
    return np.array(values)


def profile_features(window: Floats) -> Floats:
    """The course of motion in short stretches around the impact; same window as `impact_features`, shape (37,)."""
    c = BEFORE
    m = np.sqrt((window * window).sum(axis=1))
    step = np.diff(window, axis=0, prepend=window[:1])
    change = np.sqrt((step * step).sum(axis=1))
    edges = np.array(PROFILE_EDGES) + c
    widths = np.diff(edges)
    motion = np.diff(np.concatenate(([0.0], np.cumsum(np.abs(m - 1.0))))[edges]) / widths
    jitter = np.diff(np.concatenate(([0.0], np.cumsum(change)))[edges]) / widths
    ways = window[c - 100 : c + 100].reshape(8, 25, 3).mean(axis=1)
    ways = ways / np.maximum(1e-6, np.sqrt((ways * ways).sum(axis=1)))[:, None]
    path = np.degrees(np.arccos(np.clip((ways[1:] * ways[:-1]).sum(axis=1), -1.0, 1.0)))
    rest = (
        path[:4].sum(), path[4:].sum(), change[c - 10 : c + 11].sum(), np.sort(m[c - 25 : c + 25])[-5:].mean(),
        (m[c - 50 :] > 1.5).sum() / RATE, (m[: c - 25] > 1.5).sum() / RATE, (change[c + 5 :] > 0.3).sum() / RATE,
        (change[: c - 15] > 0.3).sum() / RATE,
    )  # fmt: skip
    return np.concatenate((motion, jitter, path, np.array(rest)))


def first_features(window: Floats) -> Floats:
    """All features of the first judgement, in the order of FIRST_NAMES. window: (BEFORE + FIRST, 3) in g."""
    return np.concatenate((impact_features(window), profile_features(window)))


def later_features(window: Floats) -> Floats:
    """What the second judgement knows besides the first features; window (BEFORE + LATER, 3) in g; shape (10,)."""
    c = BEFORE
    late = window[c + FIRST :]
    m = np.sqrt((late * late).sum(axis=1))
    up, settled = window[: c - 60].mean(axis=0), window[c + 50 : c + FIRST].mean(axis=0)
    middle, end = late.mean(axis=0), late[-50:].mean(axis=0)
    values = (
        _angle(up, middle), _angle(up, end), float(m.std()), float(m.max()), float(_peaks(m, 1.25)), _swing(late),
        float((np.abs(m - 1.0) < 0.1).mean()), _angle(settled, end), _axis_sd(late), _axis_sd(late[-50:]),
    )  # fmt: skip
    return np.array(values)
