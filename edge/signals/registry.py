"""Every signal processor by the name it is configured with. A processor that is not here does not exist."""

from __future__ import annotations

from edge.signals.activity import activity
from edge.signals.bcg import bcg
from edge.signals.bed_wearable import bed_wearable
from edge.signals.fall import fall_detector
from edge.signals.mat import pressure_mat
from edge.signals.model import Factory
from edge.signals.rates import belt_respiration, ppg_pulse, ppg_respiration
from edge.signals.strip import pressure_strip

PROCESSORS: dict[str, Factory] = {
    "fall": fall_detector,
    "activity": activity,
    "bed_wearable": bed_wearable,
    "pressure_strip": pressure_strip,
    "pressure_mat": pressure_mat,
    "bcg": bcg,
    "ppg_pulse": ppg_pulse,
    "ppg_respiration": ppg_respiration,
    "belt_respiration": belt_respiration,
}
