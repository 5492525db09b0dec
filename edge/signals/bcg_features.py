"""How well each candidate heart rate explains a stretch of under-mattress motion. No template, no peak counting.

Every beat is a short rattle whose shape changes with posture, but its loudness comes and goes with the heart. So the
loudness (envelope) of two bands is compared with itself one and two beats later. clinical.md 2.1 gives the bands and
the warning: counting peaks failed there (16 per minute mean error in a public re-implementation).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import hilbert

from edge.signals.model import Floats
from edge.signals.rate_views import band, filtered

RATE = 50  # Hz
WINDOW = 24  # s
RATES = (36.0, 150.0, 0.5)  # per minute
FAINT = 1e-12
_BANDS = (band(3.5, 11.0, RATE), band(1.2, 8.0, RATE))
_LOUDNESS = band(0.6, 3.2, RATE)
SLACK = np.array([0.985, 1.0, 1.015])  # beats are not clockwork: the second echo may sit this much aside


def _echo(x: Floats) -> Floats:
    x = x - x.mean()
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    f = np.fft.rfft(x, size)
    ac = np.fft.irfft(f.real * f.real + f.imag * f.imag, size)[:n]
    corrected: Floats = ac / (ac[0] + FAINT) * n / (n - np.arange(n) + 1.0)
    return corrected


def loudness_echo(x: Floats) -> Floats:
    """Window (WINDOW * RATE,) in any unit -> (lags,) mean autocorrelation of the two loudness curves, 1 at lag 0."""
    total = np.zeros(len(x))
    for sections in _BANDS:
        y = filtered(sections, x)
        limit = 6.0 * float(np.median(np.abs(y))) + FAINT
        total += _echo(filtered(_LOUDNESS, np.abs(hilbert(np.clip(y, -limit, limit)))))
    return total / len(_BANDS)


def heart_features(echo: Floats) -> Floats:
    """Autocorrelation (lags,) -> (candidates, 3): echo after one beat, after two (best within SLACK), after half."""
    lags = 60 * RATE / np.arange(*RATES)
    at = np.arange(len(echo))
    one = np.interp(lags, at, echo)
    two = np.interp(2 * lags[:, None] * SLACK, at, echo).max(axis=1)
    half = np.interp(lags / 2, at, echo)
    return np.stack((one, two, half), axis=1)


def refine(echo: Floats, rate: float) -> float:
    """The rate per minute of the crest of the echo nearest to a candidate, by a parabola through its top."""
    lag = 60 * RATE / rate
    low, high = max(1, int(0.93 * lag)), min(len(echo) - 2, int(np.ceil(1.07 * lag)))
    k = low + int(echo[low : high + 1].argmax())
    bend = float(echo[k - 1] - 2 * echo[k] + echo[k + 1])
    aside = 0.5 * float(echo[k - 1] - echo[k + 1]) / bend if bend < 0 else 0.0
    return 60 * RATE / (k + float(np.clip(aside, -0.5, 0.5)))
