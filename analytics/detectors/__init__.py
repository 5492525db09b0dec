"""The detectors, in the order in which their findings of one moment are told. A new one is added here."""

from __future__ import annotations

from analytics.detector import Detector
from analytics.detectors.bathroom import BathroomDetector
from analytics.detectors.bed_absence import BedAbsenceDetector
from analytics.detectors.breathing import BreathingDetector
from analytics.detectors.call import CallDetector
from analytics.detectors.clock_wrong import ClockDetector
from analytics.detectors.data_gap import DataGapDetector
from analytics.detectors.due import DueDetector
from analytics.detectors.entries import EntryDetector
from analytics.detectors.exit_door import ExitDoorDetector
from analytics.detectors.fall import FallDetector
from analytics.detectors.levels import LevelDetector
from analytics.detectors.life_signs import LifeSignsDetector
from analytics.detectors.night_moves import NightMovesDetector
from analytics.detectors.pacing import PacingDetector
from analytics.detectors.reported import ReportedDetector
from analytics.detectors.silence import SilenceDetector
from analytics.detectors.spot import SpotDetector
from analytics.detectors.steadiness import SteadinessDetector
from analytics.detectors.stillness import StillnessDetector
from analytics.detectors.time_in_bed import TimeInBedDetector
from analytics.detectors.trend import TrendDetector
from analytics.detectors.vital_absence import VitalAbsenceDetector
from analytics.detectors.vitals import VitalsDetector
from anxin.vocabulary import AlertKind

DETECTORS: tuple[type[Detector], ...] = (
    CallDetector,
    FallDetector,
    ExitDoorDetector,
    BedAbsenceDetector,
    BathroomDetector,
    SpotDetector,
    VitalsDetector,
    VitalAbsenceDetector,
    LevelDetector,
    SteadinessDetector,
    ReportedDetector,
    BreathingDetector,
    NightMovesDetector,
    LifeSignsDetector,
    EntryDetector,
    DueDetector,
    PacingDetector,
    StillnessDetector,
    TrendDetector,
    TimeInBedDetector,
    SilenceDetector,
    DataGapDetector,
    ClockDetector,
)

# Which part raises a kind; one that is not here is raised by nothing yet. What no detector tells stands first.
RAISED_BY: dict[AlertKind, str] = {
    AlertKind.NOTIFY_FAILED: "notify",
    AlertKind.ALERT_FLOOD: "alerts",
    **{kind: detector.name for detector in DETECTORS for kind in detector.raises},
}
