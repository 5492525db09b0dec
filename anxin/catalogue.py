"""The catalogue: what each alert kind is by default, which of the nine risks it guards against, what it needs to see.

Code, database, screens and documentation read it from here. Which detector raises a kind stands with the detectors
(`analytics.detectors`); a kind that nobody raises is shown so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from anxin.care import EntryKind, ScheduleKind
from anxin.vocabulary import (
    AlertClass,
    AlertKind,
    CallKind,
    DetectionKind,
    DeviceKind,
    ObservationKind,
    Priority,
    RoomKind,
)


class Risk(IntEnum):
    """The nine risks that GB 38600-2019, chapter 6, wants a home to guard against, by their number there."""

    CHOKING = 1
    INGESTION = 2
    PRESSURE_SORE = 3
    SCALD = 4
    FALL_FROM_BED = 5
    FALL = 6
    HARM = 7
    MISSING = 8
    ACTIVITY = 9


RISKS: dict[Risk, tuple[str, str]] = {
    Risk.CHOKING: ("choking", "噎食"),
    Risk.INGESTION: ("wrong food or medicine", "食品药品误食"),
    Risk.PRESSURE_SORE: ("pressure sore", "压疮"),
    Risk.SCALD: ("scald", "烫伤"),
    Risk.FALL_FROM_BED: ("fall from bed", "坠床"),
    Risk.FALL: ("fall", "跌倒"),
    Risk.HARM: ("harm to others or self", "他伤和自伤"),
    Risk.MISSING: ("going missing", "走失"),
    Risk.ACTIVITY: ("accident at an activity", "文娱活动意外"),
}


class Place(StrEnum):
    """For whom or what a kind is covered or not: each resident, each room, or the facility as a whole."""

    RESIDENT = "resident"
    ROOM = "room"
    FACILITY = "facility"


@dataclass(frozen=True, slots=True)
class Need:
    """One way to see a condition; all that it names must be there. devices: any one of them, at the place (and in a
    room of that kind). says: what such a device must be able to tell. entry, schedule: what carers tap and what must be
    planned. A need that names nothing is always met: the watch sees it by itself."""

    devices: tuple[DeviceKind, ...] = ()
    says: ObservationKind | DetectionKind | CallKind | None = None
    room: RoomKind | None = None
    entry: EntryKind | None = None
    schedule: ScheduleKind | None = None


@dataclass(frozen=True, slots=True)
class AlertSpec:
    """What an alert kind is by default.

    latching: stays until a person has acknowledged it, also when the condition is gone. life_safety: resolved only
    after somebody arrived at the place, never suppressed. needs: the ways to see it, one is enough.
    never_suppressed: as with life-safety kinds, though a tap may close it.
    """

    alert_class: AlertClass
    priority: Priority
    latching: bool
    life_safety: bool
    en: str
    zh: str
    risks: tuple[Risk, ...] = ()
    place: Place = Place.RESIDENT
    needs: tuple[Need, ...] = ()
    never_suppressed: bool = False

    @property
    def outcome_required(self) -> bool:
        return self.life_safety or self.latching

    @property
    def suppressible(self) -> bool:
        return not (self.life_safety or self.never_suppressed)


_A, _D, _O, _E, _S = AlertKind, DeviceKind, ObservationKind, EntryKind, ScheduleKind
_C, _N, _R = CallKind, DetectionKind, RoomKind
_HIGH, _MEDIUM, _LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW
_ALL = tuple(Risk)
_NIGHT_RISKS = (Risk.FALL_FROM_BED, Risk.FALL, Risk.MISSING)


def _life(en: str, zh: str, risks: tuple[Risk, ...], *needs: Need, place: Place = Place.RESIDENT) -> AlertSpec:
    """Life is at stake: high, latches, ends at the place."""
    return AlertSpec(AlertClass.PHYSIOLOGICAL, _HIGH, True, True, en, zh, risks, place, needs)


def _kept(
    priority: Priority, en: str, zh: str, risks: tuple[Risk, ...], *needs: Need, place: Place = Place.RESIDENT,
    never_suppressed: bool = False,
) -> AlertSpec:  # fmt: skip
    """Latches: a person closes it with an outcome."""
    return AlertSpec(AlertClass.PHYSIOLOGICAL, priority, True, False, en, zh, risks, place, needs, never_suppressed)


def _passing(
    priority: Priority, en: str, zh: str, risks: tuple[Risk, ...], *needs: Need, place: Place = Place.RESIDENT
) -> AlertSpec:
    """Ends by itself when the condition ends."""
    return AlertSpec(AlertClass.PHYSIOLOGICAL, priority, False, False, en, zh, risks, place, needs)


def _technical(
    priority: Priority, en: str, zh: str, *needs: Need, latching: bool = False, place: Place = Place.FACILITY
) -> AlertSpec:
    """The equipment or the watch itself is in trouble; that may touch every risk."""
    return AlertSpec(AlertClass.TECHNICAL, priority, latching, False, en, zh, _ALL, place, needs)


def _call(call: CallKind) -> Need:
    return Need((_D.CALL_BUTTON, _D.WEARABLE, _D.OTHER), call)


_ALWAYS = Need()
_ANY_DEVICE = Need(tuple(DeviceKind))
_BED = Need((_D.BED_SENSOR,), _O.BED_OCCUPIED)
_FALL = Need((_D.FALL_SENSOR, _D.WEARABLE), _N.FALL)
_VITALS_DEVICES = (_D.VITALS, _D.BED_SENSOR, _D.WEARABLE)
_MOVING = Need((_D.FALL_SENSOR, _D.PRESENCE), _O.MOTION)
_IN_ROOM = Need((_D.FALL_SENSOR, _D.PRESENCE), _O.PRESENCE)
_CHARTED = Need(entry=_E.VITALS)
CALLS: dict[CallKind, AlertKind] = {
    CallKind.SOS: AlertKind.SOS_CALL,
    CallKind.TOILET: AlertKind.TOILET_CALL,
    CallKind.BATH: AlertKind.BATH_CALL,
    CallKind.STAFF_ASSIST: AlertKind.STAFF_ASSIST,
    CallKind.DURESS: AlertKind.DURESS,
    CallKind.ROUTINE: AlertKind.ROUTINE_CALL,
}
ALERTS: dict[AlertKind, AlertSpec] = {
    _A.SOS_CALL: _life("SOS call", "紧急呼叫", _ALL, _call(_C.SOS)),
    _A.TOILET_CALL: _life("Call from the toilet", "卫生间呼叫", (Risk.FALL,), _call(_C.TOILET)),
    _A.BATH_CALL: _life("Call from the bath", "浴室呼叫", (Risk.SCALD, Risk.FALL), _call(_C.BATH)),
    _A.STAFF_ASSIST: _life("A carer needs help", "护理员求助", _ALL, _call(_C.STAFF_ASSIST)),
    _A.DURESS: _life("Duress", "胁迫报警", (Risk.HARM,), _call(_C.DURESS)),
    _A.ROUTINE_CALL: _kept(_MEDIUM, "Call", "呼叫", _ALL, _call(_C.ROUTINE)),
    _A.FALL_SUSPECTED: _kept(
        _MEDIUM, "Fall suspected", "疑似跌倒", (Risk.FALL_FROM_BED, Risk.FALL), _FALL, never_suppressed=True
    ),
    _A.FALL_CONFIRMED: _life("Fall", "跌倒", (Risk.FALL_FROM_BED, Risk.FALL), _FALL),
    _A.LONG_LIE: _life("Long lie after a fall", "跌倒后久卧不起", (Risk.FALL,), _FALL),
    _A.BED_FALL: _life(
        "Fall from bed", "坠床", (Risk.FALL_FROM_BED,), Need((_D.BED_SENSOR, _D.FALL_SENSOR), _N.BED_FALL)
    ),
    _A.WENT_DOWN_GOT_UP: _kept(
        _LOW, "Went down, got up: look at them today", "曾倒地已起身，当班须查看", (Risk.FALL,), _FALL
    ),
    _A.BED_EDGE_PREEXIT: _passing(
        _MEDIUM,
        "On the edge of the bed",
        "坐于床边",
        (Risk.FALL_FROM_BED, Risk.FALL),
        Need((_D.BED_SENSOR,), _O.BED_EDGE),
    ),
    _A.BED_EXIT: _passing(_MEDIUM, "Left the bed", "离床", _NIGHT_RISKS, _BED),
    _A.OUT_OF_BED_LONG: _passing(_MEDIUM, "Long out of bed at night", "夜间离床过久", _NIGHT_RISKS, _BED),
    _A.BATHROOM_OVERSTAY: _passing(
        _MEDIUM,
        "Long in the bathroom",
        "卫生间滞留过久",
        (Risk.SCALD, Risk.FALL),
        Need((_D.FALL_SENSOR, _D.PRESENCE), _O.PRESENCE, _R.BATHROOM),
        place=Place.ROOM,
    ),
    _A.NO_VITAL_SIGNS_IN_BED: _life(
        "No vital signs in bed",
        "在床无生命体征",
        (),
        Need((_D.BED_SENSOR,), _O.HEART_RATE),
        Need((_D.BED_SENSOR,), _O.RESPIRATORY_RATE),
        Need((_D.BED_SENSOR,), _N.NO_VITAL_SIGNS),
    ),
    _A.BREATHING_STOPPED: _life(
        "Breathing stopped", "呼吸停止", (), Need((_D.BED_SENSOR, _D.VITALS), _N.BREATHING_STOPPED)
    ),
    _A.HEART_RATE_ABNORMAL: _passing(
        _MEDIUM,
        "Heart rate out of limits",
        "心率异常",
        (Risk.ACTIVITY,),
        Need(_VITALS_DEVICES, _O.HEART_RATE),
        Need(_VITALS_DEVICES, _O.PULSE_RATE),
    ),
    _A.RESPIRATORY_RATE_ABNORMAL: _passing(
        _MEDIUM,
        "Respiratory rate out of limits",
        "呼吸率异常",
        (Risk.ACTIVITY,),
        Need(_VITALS_DEVICES, _O.RESPIRATORY_RATE),
    ),
    _A.SPO2_ABNORMAL: _passing(
        _MEDIUM, "Oxygen saturation low", "血氧偏低", (Risk.ACTIVITY,), Need(_VITALS_DEVICES, _O.SPO2)
    ),
    _A.TEMPERATURE_ABNORMAL: _passing(
        _MEDIUM,
        "Body temperature out of limits",
        "体温异常",
        (Risk.ACTIVITY,),
        Need(_VITALS_DEVICES, _O.BODY_TEMPERATURE),
    ),
    _A.BLOOD_PRESSURE_ABNORMAL: _passing(
        _MEDIUM, "Blood pressure out of limits", "血压异常", (Risk.ACTIVITY,), Need(_VITALS_DEVICES, _O.BP_SYSTOLIC)
    ),
    _A.NEWS2_HIGH: _kept(_HIGH, "NEWS2 of 7 or more", "NEWS2 高危", (Risk.ACTIVITY,), _CHARTED),
    _A.NEWS2_MEDIUM: _passing(_MEDIUM, "NEWS2 of 5 or 6", "NEWS2 中危", (Risk.ACTIVITY,), _CHARTED),
    _A.NEWS2_SINGLE_3: _passing(_MEDIUM, "NEWS2: one sign scores 3", "NEWS2 单项 3 分", (Risk.ACTIVITY,), _CHARTED),
    _A.TREND_DETERIORATION: _passing(
        _LOW,
        "Getting worse over nights",
        "体征趋势恶化",
        (Risk.PRESSURE_SORE, Risk.FALL),
        Need(_VITALS_DEVICES, _O.HEART_RATE),
        Need(_VITALS_DEVICES, _O.RESPIRATORY_RATE),
        Need(_VITALS_DEVICES, _O.BODY_TEMPERATURE),
        Need(_VITALS_DEVICES, _O.SPO2),
    ),
    _A.APNOEA_TREND: _passing(
        _LOW,
        "More breathing pauses in sleep",
        "睡眠呼吸暂停增多",
        (Risk.FALL,),
        Need((_D.BED_SENSOR,), _N.BREATHING_STOPPED),
    ),
    _A.NOCTURIA_RISE: _passing(_LOW, "Up more often at night", "起夜增多", (Risk.FALL,), _BED),
    _A.SLEEP_CHANGE: _passing(_LOW, "Time in bed changed", "卧床时间变化", (Risk.FALL,), _BED),
    _A.TURN_DUE: _passing(_LOW, "Turn due", "应翻身", (Risk.PRESSURE_SORE,), Need(schedule=_S.TURN)),
    _A.TURN_OVERDUE: _passing(_MEDIUM, "Turn overdue", "翻身超时", (Risk.PRESSURE_SORE,), Need(schedule=_S.TURN)),
    _A.WET_BED: _passing(
        _LOW, "Bed wet", "尿湿", (Risk.PRESSURE_SORE,), Need((_D.BED_SENSOR, _D.ENVIRONMENT, _D.OTHER), _O.WET)
    ),
    _A.RESTLESS: _passing(
        _LOW, "Restless in bed", "卧床躁动", (Risk.FALL_FROM_BED, Risk.HARM), Need((_D.BED_SENSOR,), _O.MOVEMENT)
    ),
    _A.INACTIVITY_ROOM: _passing(_MEDIUM, "In the room without moving", "室内久无活动", (Risk.FALL,), _MOVING),
    _A.NO_SIGN_OF_LIFE: _kept(_HIGH, "No sign of life", "长时间无活动迹象", _ALL, _BED, _IN_ROOM, Need((_D.WEARABLE,))),
    _A.NOT_UP_IN_MORNING: _passing(_MEDIUM, "Not up in the morning", "早晨未起床", (Risk.FALL,), _BED),
    _A.DOOR_EXIT_UNAUTHORISED: _life(
        "Outer door opened, nobody known",
        "外门开启未识别",
        (Risk.MISSING,),
        Need((_D.DOOR,), _O.DOOR_OPEN, _R.EXIT),
        place=Place.FACILITY,
    ),
    _A.GEOFENCE_OUT: _life(
        "Left the permitted area", "离开允许区域", (Risk.MISSING,), Need((_D.WEARABLE,), _N.ZONE_EXIT)
    ),
    _A.LEAVE_OVERDUE: _kept(_MEDIUM, "Not back from leave", "外出逾期未归", (Risk.MISSING,), Need(entry=_E.LEAVE_OUT)),
    # Leave itself must not hold it back.
    _A.PRESENCE_CONTRADICTION: _kept(
        _MEDIUM,
        "Seen here while on leave",
        "请假期间出现活动",
        (Risk.MISSING,),
        Need(entry=_E.LEAVE_OUT),
        never_suppressed=True,
    ),
    _A.HEADCOUNT_MISMATCH: _kept(
        _HIGH,
        "Headcount does not agree",
        "人数清点不符",
        (Risk.MISSING,),
        Need(entry=_E.HEADCOUNT, schedule=_S.HEADCOUNT),
        place=Place.FACILITY,
    ),
    _A.NIGHT_WANDER: _passing(
        _MEDIUM, "Wandering at night", "夜间徘徊", (Risk.HARM, Risk.MISSING), Need((_D.DOOR,), _O.DOOR_OPEN, _R.BEDROOM)
    ),
    _A.INTRUSION_OTHER_ROOM: _kept(
        _MEDIUM,
        "In somebody else's room",
        "误入他人房间",
        (Risk.HARM, Risk.MISSING),
        Need(entry=_E.STRANGER_IN_ROOM),
    ),
    _A.RESTRICTED_AREA_OPEN: _passing(
        _MEDIUM,
        "Restricted area open",
        "限制区域开启",
        (Risk.INGESTION, Risk.SCALD, Risk.HARM),
        Need((_D.DOOR,), _O.DOOR_OPEN, _R.RESTRICTED),
        place=Place.FACILITY,
    ),
    _A.AGGRESSION: _kept(_HIGH, "Aggression", "攻击行为", (Risk.HARM,), Need(entry=_E.AGGRESSION)),
    _A.MEDICATION_LATE: _passing(
        _MEDIUM, "Medication late", "给药延误", (Risk.INGESTION,), Need(entry=_E.MEDICATION, schedule=_S.MEDICATION)
    ),
    _A.MEDICATION_MISMATCH: _kept(
        _MEDIUM,
        "Medication of another",
        "给药不符",
        (Risk.INGESTION,),
        Need(entry=_E.MEDICATION, schedule=_S.MEDICATION),
    ),
    _A.MEDICATION_DOUBLE: _kept(
        _MEDIUM,
        "Medication given twice",
        "重复给药",
        (Risk.INGESTION,),
        Need(entry=_E.MEDICATION, schedule=_S.MEDICATION),
    ),
    _A.MEAL_UNSUPERVISED: _passing(
        _MEDIUM,
        "Meal without supervision",
        "进餐无人看护",
        (Risk.CHOKING,),
        Need(entry=_E.MEAL_SUPERVISED, schedule=_S.MEAL),
    ),
    _A.CHOKING: _life("Choking", "噎食", (Risk.CHOKING,), Need(entry=_E.CHOKING), Need(tuple(DeviceKind), _N.CHOKING)),
    _A.HOT_WATER: _passing(
        _MEDIUM,
        "Water too hot",
        "水温过高",
        (Risk.SCALD,),
        Need((_D.ENVIRONMENT, _D.OTHER), _O.WATER_TEMPERATURE),
        place=Place.FACILITY,
    ),
    _A.ROOM_TEMPERATURE: _passing(
        _MEDIUM,
        "Room too cold or too hot",
        "室温异常",
        (Risk.SCALD,),
        Need((_D.ENVIRONMENT, _D.OTHER), _O.TEMPERATURE),
        place=Place.ROOM,
    ),
    _A.ACTIVITY_UNFIT: _passing(
        _LOW, "Not fit for the activity", "不宜参加活动", (Risk.ACTIVITY,), Need(entry=_E.ACTIVITY)
    ),
    _A.SMOKE: _life("Smoke", "烟雾报警", (), Need((_D.ENVIRONMENT, _D.OTHER), _O.SMOKE), place=Place.ROOM),
    _A.GAS: _life("Gas", "燃气报警", (), Need((_D.ENVIRONMENT, _D.OTHER), _O.GAS), place=Place.FACILITY),
    _A.WATER_LEAK: _life(
        "Water leak", "漏水报警", (Risk.FALL,), Need((_D.ENVIRONMENT, _D.OTHER), _O.WATER_LEAK), place=Place.FACILITY
    ),
    _A.MISSED_ROUND: _passing(_MEDIUM, "Round missed", "漏巡视", _ALL, Need(entry=_E.ROUND, schedule=_S.ROUND)),
    _A.HANDOVER_UNSIGNED: _passing(
        _MEDIUM,
        "Handover not signed",
        "交接班未签",
        _ALL,
        Need(entry=_E.HANDOVER, schedule=_S.HANDOVER),
        place=Place.FACILITY,
    ),
    _A.TASK_OVERDUE: _passing(_MEDIUM, "Task overdue", "任务逾期", _ALL, Need(entry=_E.TASK_DONE, schedule=_S.TASK)),
    _A.BUTTON_TEST_DUE: _technical(
        _LOW, "Button test due", "按钮应测试", Need((_D.CALL_BUTTON,), schedule=_S.BUTTON_TEST), place=Place.ROOM
    ),
    _A.DEVICE_SILENT: _technical(_LOW, "Device silent", "设备失联", _ANY_DEVICE),
    _A.GATEWAY_SILENT: _technical(_HIGH, "Gateway silent", "网关失联", _ANY_DEVICE),
    _A.CALL_PATH_DOWN: _technical(_HIGH, "Call button cannot be heard", "呼叫按钮失联", Need((_D.CALL_BUTTON,))),
    _A.BATTERY_LOW: _technical(
        _LOW, "Battery low", "电池电量低", Need(tuple(DeviceKind), _O.BATTERY), Need(tuple(DeviceKind), _O.BATTERY_LOW)
    ),
    _A.SIGNAL_POOR: _technical(
        _LOW, "Signal poor", "信号弱", Need(tuple(DeviceKind), _O.RSSI), Need(tuple(DeviceKind), _O.LINK_QUALITY)
    ),
    _A.STUCK_VALUE: _technical(_LOW, "Value does not change", "数值停滞", Need((_D.BED_SENSOR,), _O.HEART_RATE)),
    _A.DATA_GAP: _technical(_LOW, "Data lost at the edge", "数据缺失", _ANY_DEVICE),
    _A.CLOCK_WRONG: _technical(_LOW, "Device clock wrong", "设备时钟错误", _ANY_DEVICE),
    _A.WATCH_STALLED: _technical(_HIGH, "The watch itself stalled", "值守系统停滞", _ALWAYS, latching=True),
    _A.NOTIFY_FAILED: _technical(_HIGH, "Notification failed", "通知失败", _ALWAYS),
    _A.ALERT_FLOOD: _technical(_HIGH, "Many alerts at once", "报警集中爆发", _ALWAYS),
}
