"""How well each candidate rate explains a stretch of a periodic signal: spectrum and autocorrelation, seen at the rate,
its double, triple and half. Peak counting alone is known to fail on such signals (clinical.md 2.1); here every
candidate is asked the same questions and a trained table weighs the answers (`rate_tracker.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from scipy.signal import butter, find_peaks, sosfilt, sosfilt_zi

from edge.signals.model import Floats

FFT_SIZE = 8192
PARTS = (
    "power", "power_double", "power_triple", "power_half", "echo", "echo_double", "echo_half", "echo_to_best",
    "echo_crest", "power_crest",
)  # fmt: skip
FAR = 30.0  # per minute: a count further away than this says the same as none


def band(low: float, high: float, rate: float) -> Floats:
    """Second-order Butterworth band-pass, Hz at a sampling rate in Hz, as second-order sections."""
    sections: Floats = butter(2, [low, high], "band", fs=rate, output="sos")
    return sections


def filtered(sections: Floats, x: Floats) -> Floats:
    """The filter run forth and back over the window (n,), so that nothing is shifted: what scipy's sosfiltfilt gives,
    but for the steady start, which is reckoned once for each filter (there it costs more than the filter itself)."""
    steady, edge = _steady(sections.tobytes())
    if len(x) <= edge:
        raise ValueError(f"{len(x)} samples are too few for this filter: it needs more than {edge}")
    longer = np.concatenate((2 * x[0] - x[edge:0:-1], x, 2 * x[-1] - x[-2 : -edge - 2 : -1]))
    forth, _ = sosfilt(sections, longer, zi=steady * longer[0])
    back, _ = sosfilt(sections, forth[::-1], zi=steady * forth[-1])
    y: Floats = back[::-1][edge:-edge]
    return y


@cache
def _steady(sections: bytes) -> tuple[Floats, int]:
    """The state after a long constant of 1, and how far a window is mirrored at its ends, of a band-pass."""
    sos = np.frombuffer(sections).reshape(-1, 6)
    return sosfilt_zi(sos), 3 * (2 * len(sos) + 1 - int(min((sos[:, 2] == 0).sum(), (sos[:, 5] == 0).sum())))


def _spectrum(x: Floats, rate: float) -> Callable[[Floats], Floats]:
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(len(x)), FFT_SIZE))
    per_minute = np.fft.rfftfreq(FFT_SIZE, 1 / rate) * 60
    return lambda wanted: np.interp(wanted, per_minute, power, right=0.0)


def _echo(x: Floats, rate: float) -> Callable[[Floats], Floats]:
    """Autocorrelation at the lag of a rate, corrected for the overlap that shrinks with the lag."""
    x = x - x.mean()
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    f = np.fft.rfft(x, size)
    ac = np.fft.irfft(f.real * f.real + f.imag * f.imag, size)[:n]
    ac = ac / (ac[0] + 1e-12) * n / (n - np.arange(n) + 1.0)
    return lambda wanted: np.interp(60 * rate / wanted, np.arange(n), ac, right=0.0)


def view_parts(x: Floats, rate: float, rates: Floats) -> Floats:
    """One signal window (n,) at `rate` Hz, candidates (b,) per minute -> (10, b) in the order of PARTS."""
    spectrum, echo = _spectrum(x, rate), _echo(x, rate)
    power = spectrum(rates)
    top = float(power.max()) + 1e-12
    here = echo(rates)

    def crest(z: Floats) -> Floats:
        return z - np.maximum(np.interp(rates * 0.93, rates, z), np.interp(rates * 1.07, rates, z))

    return np.stack(
        (
            power / top, spectrum(rates * 2) / top, spectrum(rates * 3) / top, spectrum(rates / 2) / top, here,
            echo(rates / 2), echo(rates * 2), here - here.max(), crest(here), crest(power / top),
        )
    )  # fmt: skip


def count_rates(x: Floats, rate: float, prominences: Sequence[float], least_s: float) -> list[float]:
    """Rates per minute from counting crests, then troughs, at several prominences; NaN with fewer than three."""
    spread = float(np.percentile(x, 90) - np.percentile(x, 10)) + 1e-9
    found = []
    for prominence in prominences:
        for side in (x, -x):
            at, _ = find_peaks(side, prominence=prominence * spread, distance=max(1, int(least_s * rate)))
            found.append(60 * rate * (len(at) - 1) / (at[-1] - at[0]) if len(at) > 2 else float("nan"))
    return found


def distance_to(count: float, rates: Floats, far: float = FAR) -> Floats:
    """|candidate - count| per minute, at most `far`; `far` everywhere when there is no count."""
    return np.minimum(far, np.abs(rates - count)) if np.isfinite(count) else np.full(len(rates), far)
