"""How the condition behind each alert kind begins, holds and ends: onset, persistence, hysteresis, clearing.

One table for code, database (`anxin.alert_kind`) and documentation (docs/rules.md). `rule.parameter` names a number of
the rules, where its default, unit and source stand; "" says that there is none. It is checked against catalogue and
numbers by `tests/analytics/rules/test_courses.py`; what the rules then do is tested rule by rule.
"""

from __future__ import annotations

from typing import NamedTuple

from anxin.vocabulary import AlertKind


class Course(NamedTuple):
    """onset: what begins it. persistence: for how long that must hold before it is told. hysteresis: how far it must be
    back, or what keeps one happening from being two. clearing: what ends the condition (who may close the alert is the
    catalogue's word)."""

    onset: str
    persistence: str
    hysteresis: str
    clearing: str


_A, _C = AlertKind, Course
_PRESSED = _C(
    "pressed, pulled or spoken", "", "a press within `call.same_s` is the same one", "the press is over at once"
)
_DONE = "done (entry, scan or sensor)"


def _vital(rule: str, onset: str) -> Course:
    return _C(
        f"{onset} `{rule}.low` / `{rule}.high`; high beyond `{rule}.very_low` / `{rule}.very_high`",
        f"`{rule}.persist_s`; high `{rule}.persist_high_s`; a hole of `{rule}.gap_s` begins it anew",
        f"`{rule}.hysteresis`", f"inside by the hysteresis for `{rule}.clear_s`",
    )  # fmt: skip


def _level(rule: str, onset: str, hysteresis: str = "") -> Course:
    return _C(onset, f"`{rule}.persist_s`", hysteresis, f"good for `{rule}.clear_s`")


def _due(rule: str, what: str) -> Course:
    return _C(f"{what} not done when due", f"`{rule}.grace_min`", f"done `{rule}.early_min` before counts", _DONE)


def _entered(onset: str, clearing: str = "by a person only") -> Course:
    return _C(onset, "", "", clearing)


COURSES: dict[AlertKind, Course] = {
    **dict.fromkeys((_A.SOS_CALL, _A.TOILET_CALL, _A.BATH_CALL, _A.STAFF_ASSIST, _A.DURESS, _A.ROUTINE_CALL), _PRESSED),
    _A.FALL_SUSPECTED: _C("a sensor suspects a fall", "`fall.hold_s`", "one episode is one fall; `fall.same_s`",
                          "withdrawn, ended or confirmed"),
    _A.FALL_CONFIRMED: _C("a sensor confirms a fall", "", "one episode is one fall; `fall.same_s`", "the sensor's end"),
    _A.LONG_LIE: _C("on the floor since a confirmed fall, or reported", "`fall.long_lie_min`", "", "the sensor's end"),
    _A.BED_FALL: _C("a fall reported as from bed", "", "one episode is one fall; `fall.same_s`", "the sensor's end"),
    _A.WENT_DOWN_GOT_UP: _entered("a reported fall is taken back"),
    _A.BED_EDGE_PREEXIT: _level("bed_edge", "sits on the edge, who does not get up alone"),
    _A.BED_EXIT: _C("bed empty, of who does not get up alone", "`bed_exit.supervised_s` / `bed_exit.never_alone_s`", "",
                    "in bed again"),
    _A.OUT_OF_BED_LONG: _C(
        "bed empty at night (`night.starts`, `night.ends`), not risen (`bed_absence.rise_min`)",
        "her 95th centile, `bed_absence.warn_min` to `bed_absence.cap_min`; high `bed_absence.alarm_min`",
        "a return shorter than `bed_absence.return_s` is none", "in bed for `bed_absence.return_s`"),
    _A.BATHROOM_OVERSTAY: _C(
        "somebody is seen there",
        "99th centile there, from `bathroom.warn_min`; high `bathroom.alarm_min`; two in turn to `bathroom.cap_min`",
        "not seen for less than `bathroom.gone_s` is no end", "nobody seen for `bathroom.gone_s`"),
    _A.NO_VITAL_SIGNS_IN_BED: _C(
        "in bed, had vital signs, now none and no movement above `vital_absence.still`",
        "`vital_absence.persist_s` with a second cue, else medium after `vital_absence.look_in_s`", "",
        "a sign, a movement or an empty bed"),
    _A.BREATHING_STOPPED: _C("the edge reports a stop", "`breathing.stopped_s`", "", "breathing, or an empty bed"),
    _A.HEART_RATE_ABNORMAL: _vital("heart_rate", "outside"),
    _A.RESPIRATORY_RATE_ABNORMAL: _vital("respiratory_rate", "outside"),
    _A.SPO2_ABNORMAL: _vital("spo2", "outside"),
    _A.TEMPERATURE_ABNORMAL: _vital("temperature", "outside"),
    _A.BLOOD_PRESSURE_ABNORMAL: _C("a reading outside `spot.*`", "", "told again after `spot.again_h`",
                                   "a reading inside"),
    **dict.fromkeys((_A.NEWS2_HIGH, _A.NEWS2_MEDIUM, _A.NEWS2_SINGLE_3),
                    _entered("a complete chart of that band", "the next complete chart")),
    _A.TREND_DETERIORATION: _C(
        "a night's signs far from her own nights",
        "`trend.at_once` spreads, `trend.together` of all signs, or `trend.repeated` twice or of two signs", "",
        "nights near her usual again"),
    _A.APNOEA_TREND: _C("`breathing.rise` times her usual pauses, at least `breathing.least`", "a night", "",
                        "a quiet night"),
    _A.NOCTURIA_RISE: _C("`nocturia.more` trips above her median, at least `nocturia.least`",
                         "two of three nights, or `nocturia.at_once` more", "", "a night as usual"),
    _A.SLEEP_CHANGE: _C("time in bed far from her own nights", "`trend.at_once` spreads, or `trend.repeated` twice",
                        "nights below `time_in_bed.least_min` do not count", "two nights near her usual"),
    _A.TURN_DUE: _C("the time for a turn has come", "", "`turn.early_min`", _DONE),
    _A.TURN_OVERDUE: _due("turn", "turn"),
    _A.WET_BED: _level("wet_bed", "wet; medium after `wet_bed.alarm_min`"),
    _A.RESTLESS: _C("movement above her 95th centile and `restless.least`", "`restless.slots` slots of 10 min", "",
                    "a calm slot"),
    _A.INACTIVITY_ROOM: _C("in her room, not in bed, nothing moves", "`stillness.minutes`", "`stillness.settle_s`",
                           "a movement, the door, the bed, or nobody seen"),
    _A.NO_SIGN_OF_LIFE: _C("no sign from any sensor or entry", "`life_signs.limit_h`", "", "a sign of life"),
    _A.NOT_UP_IN_MORNING: _C("in bed at `morning.by`, usually up (`morning.usual`), not bedbound", "", "",
                             "out of bed"),
    _A.DOOR_EXIT_UNAUTHORISED: _C("the outer door opens, `exit_door.starts` to `exit_door.ends`", "",
                                  "within `exit_door.same_s` the same opening", "the door is shut"),
    _A.GEOFENCE_OUT: _C("a sensor reports it", "", "`reported.same_s`", "the report of the end"),
    _A.LEAVE_OVERDUE: _C("not back when agreed", "`leave.grace_min`", "", "back (entry)"),
    _A.PRESENCE_CONTRADICTION: _C("a sign of life while on leave", "`leave.settle_min` after she left", "",
                                  "back (entry)"),
    _A.HEADCOUNT_MISMATCH: _entered("a headcount does not agree", "one that agrees"),
    _A.NIGHT_WANDER: _C(
        "a corridor not empty while a bed is, `pacing.starts` to `pacing.ends`; or doors open while a bed is empty",
        "`pacing.minutes`; or `night_wander.times` in `night_wander.within_min`",
        "a look away shorter than `pacing.gone_s`", "the corridor empty for `pacing.gone_s`; the night's end"),
    _A.INTRUSION_OTHER_ROOM: _entered("a carer's tap"),
    _A.RESTRICTED_AREA_OPEN: _level("restricted_area", "open"),
    _A.AGGRESSION: _entered("a carer's tap"),
    _A.MEDICATION_LATE: _due("medication", "medication"),
    _A.MEDICATION_MISMATCH: _entered("the scanned resident or the plan has not this medicine"),
    _A.MEDICATION_DOUBLE: _C("the same medicine again", "", "within `medicine.double_min`", "by a person only"),
    _A.MEAL_UNSUPERVISED: _due("meal", "supervision"),
    _A.CHOKING: _C("a carer's tap, or a sensor reports it", "", "`reported.same_s`", "the report of the end"),
    _A.HOT_WATER: _level("hot_water", "above `hot_water.high`", "`hot_water.hysteresis`"),
    _A.ROOM_TEMPERATURE: _level("room_temperature", "outside `room_temperature.low` / `room_temperature.high`",
                                "`room_temperature.hysteresis`"),
    _A.ACTIVITY_UNFIT: _entered("NEWS2 of `activity.news2_from`, or no chart in `activity.chart_h`", "the next chart"),
    _A.SMOKE: _level("smoke", "smoke"),
    _A.GAS: _level("gas", "gas"),
    _A.WATER_LEAK: _level("water_leak", "water"),
    _A.MISSED_ROUND: _due("round", "round"),
    _A.HANDOVER_UNSIGNED: _due("handover", "handover"),
    _A.TASK_OVERDUE: _C(
        "task or headcount not done when due", "`task.grace_min`; headcount `headcount.grace_min`",
        "done `task.early_min` / `headcount.early_min` before counts", _DONE),
    _A.BUTTON_TEST_DUE: _due("button_test", "test of the button"),
    **dict.fromkeys((_A.DEVICE_SILENT, _A.CALL_PATH_DOWN), _C(
        "not heard for its own interval, or said to be offline",
        "`device_silence.factor` times the interval, at most `device_silence.grace_s` past it", "", "heard again")),
    _A.GATEWAY_SILENT: _C(
        "not heard for a heartbeat, or its last will (`gateway_silence.grace_s`)",
        "`gateway_silence.factor` times the heartbeat, at most `gateway_silence.past_s` past it", "", "heard again"),
    _A.BATTERY_LOW: _level("battery", "below `battery.low`", "`battery.hysteresis`"),
    _A.SIGNAL_POOR: _level("signal", "below `signal.low` / `signal.link_low`",
                           "`signal.hysteresis` / `signal.link_hysteresis`"),
    _A.STUCK_VALUE: _C("a heart rate that does not change", "`stuck.slots` slots of 10 min", "", "another value"),
    _A.DATA_GAP: _C("an edge dropped messages, or its spool is full", "", "", "`data_gap.shown_h` later; room again"),
    _A.CLOCK_WRONG: _C("heartbeats off by `clock.wrong_s`", "two of the past that agree; one ahead", "",
                       "two good heartbeats"),
    _A.WATCH_STALLED: _C("no gateway of the home is heard", "`watch.stalled_s`", "", "any gateway heard"),
    _A.NOTIFY_FAILED: _C("a channel refuses or nobody is reached", "", "", "the next delivery"),
    _A.ALERT_FLOOD: _C("more than three alerts a minute in a ward, or ten unanswered a carer", "", "",
                       "the ward is quiet again"),
}  # fmt: skip
