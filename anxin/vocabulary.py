"""The words of the house, written down once: observation kinds, calls, detections, alert kinds, priorities, roles.

Code, database (`anxin db migrate` copies these tables), screens and documentation all read them from here. Codes are
stored in packed rows and never change; names stand on the wire and never change; labels may.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Lane(StrEnum):
    """How a message travels: `urgent` alone and at once, never behind a backlog; `data` in batches."""

    URGENT = "urgent"
    DATA = "data"


class ObservationKind(StrEnum):
    """A measured quantity or a level state. Values on the wire are numbers; states are 0 or 1 (or a listed code)."""

    HEART_RATE = "heart_rate"
    RESPIRATORY_RATE = "respiratory_rate"
    SPO2 = "spo2"
    PULSE_RATE = "pulse_rate"
    BP_SYSTOLIC = "bp_systolic"
    BP_DIASTOLIC = "bp_diastolic"
    BODY_TEMPERATURE = "body_temperature"
    SKIN_TEMPERATURE = "skin_temperature"
    BED_OCCUPIED = "bed_occupied"
    BED_EDGE = "bed_edge"
    MOVEMENT = "movement"
    POSTURE = "posture"
    TURN_AGE = "turn_age"
    PRESENCE = "presence"
    MOTION = "motion"
    DOOR_OPEN = "door_open"
    WINDOW_OPEN = "window_open"
    WET = "wet"
    WORN = "worn"
    IN_RANGE = "in_range"
    SMOKE = "smoke"
    GAS = "gas"
    WATER_LEAK = "water_leak"
    STEPS = "steps"
    ACTIVITY = "activity"
    DISTANCE = "distance"
    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    ILLUMINANCE = "illuminance"
    WATER_TEMPERATURE = "water_temperature"
    BATTERY = "battery"
    BATTERY_VOLTAGE = "battery_voltage"
    BATTERY_LOW = "battery_low"
    EXTERNAL_POWER = "external_power"
    TAMPER = "tamper"
    RSSI = "rssi"
    LINK_QUALITY = "link_quality"
    DEVICE_TEMPERATURE = "device_temperature"
    BLOOD_GLUCOSE = "blood_glucose"
    WEIGHT = "weight"
    HEART_RATE_ACTIVITY = "heart_rate_activity"
    STRESS = "stress"


@dataclass(frozen=True, slots=True)
class ObservationSpec:
    """What a kind means.

    code: number in packed rows. unit: UCUM, "1" for states. scale: value = stored integer x scale; finer values are
    kept as floats. low, high: outside of these a value cannot be true and is refused (clinical.md 1.6, "hard reject").
    """

    code: int
    unit: str
    scale: float
    low: float
    high: float
    en: str
    zh: str

    @property
    def is_state(self) -> bool:
        return self.unit == "1"


def _state(code: int, en: str, zh: str, high: float = 1) -> ObservationSpec:
    return ObservationSpec(code, "1", 1, 0, high, en, zh)


_K = ObservationKind
OBSERVATIONS: dict[ObservationKind, ObservationSpec] = {
    _K.HEART_RATE: ObservationSpec(1, "/min", 0.1, 20, 250, "heart rate", "心率"),
    _K.RESPIRATORY_RATE: ObservationSpec(2, "/min", 0.1, 3, 60, "respiratory rate", "呼吸率"),
    _K.SPO2: ObservationSpec(3, "%", 0.1, 50, 100, "oxygen saturation", "血氧饱和度"),
    _K.PULSE_RATE: ObservationSpec(4, "/min", 0.1, 20, 250, "pulse rate", "脉率"),
    _K.BP_SYSTOLIC: ObservationSpec(5, "mm[Hg]", 0.1, 50, 260, "systolic blood pressure", "收缩压"),
    _K.BP_DIASTOLIC: ObservationSpec(6, "mm[Hg]", 0.1, 20, 160, "diastolic blood pressure", "舒张压"),
    _K.BODY_TEMPERATURE: ObservationSpec(7, "Cel", 0.01, 30, 43, "body temperature", "体温"),
    _K.SKIN_TEMPERATURE: ObservationSpec(8, "Cel", 0.01, 10, 45, "skin temperature", "皮肤温度"),
    _K.BED_OCCUPIED: _state(9, "in bed", "在床"),
    _K.BED_EDGE: _state(10, "on the edge of the bed", "床边坐起"),
    _K.MOVEMENT: ObservationSpec(11, "%", 0.1, 0, 100, "movement in bed", "体动"),
    _K.POSTURE: _state(12, "posture code", "体位", high=15),
    _K.TURN_AGE: ObservationSpec(13, "s", 1, 0, 604_800, "time since last turn", "距上次翻身"),
    _K.PRESENCE: _state(14, "present in room", "室内有人"),
    _K.MOTION: _state(15, "motion", "有活动"),
    _K.DOOR_OPEN: _state(16, "door open", "门开"),
    _K.WINDOW_OPEN: _state(17, "window open", "窗开"),
    _K.WET: _state(18, "bed wet", "尿湿"),
    _K.WORN: _state(19, "worn", "已佩戴"),
    _K.IN_RANGE: _state(20, "in range", "在范围内"),
    _K.SMOKE: _state(21, "smoke", "烟雾"),
    _K.GAS: _state(22, "gas", "燃气"),
    _K.WATER_LEAK: _state(23, "water leak", "漏水"),
    _K.STEPS: ObservationSpec(24, "{count}", 1, 0, 200_000, "steps", "步数"),
    _K.ACTIVITY: ObservationSpec(25, "%", 0.1, 0, 100, "activity level", "活动量"),
    _K.DISTANCE: ObservationSpec(26, "m", 0.01, 0, 1_000, "distance", "距离"),
    _K.TEMPERATURE: ObservationSpec(27, "Cel", 0.01, -40, 85, "room temperature", "室温"),
    _K.HUMIDITY: ObservationSpec(28, "%", 0.1, 0, 100, "humidity", "湿度"),
    _K.ILLUMINANCE: ObservationSpec(29, "lx", 1, 0, 200_000, "illuminance", "照度"),
    _K.WATER_TEMPERATURE: ObservationSpec(30, "Cel", 0.01, -5, 110, "water temperature", "水温"),
    _K.BATTERY: ObservationSpec(31, "%", 0.1, 0, 100, "battery", "电量"),
    _K.BATTERY_VOLTAGE: ObservationSpec(32, "V", 0.001, 0, 60, "battery voltage", "电池电压"),
    _K.BATTERY_LOW: _state(33, "battery low", "电量低"),
    _K.EXTERNAL_POWER: _state(34, "on mains power", "外部供电"),
    _K.TAMPER: _state(35, "tampered with", "被拆动"),
    _K.RSSI: ObservationSpec(36, "dB[mW]", 1, -200, 50, "signal strength", "信号强度"),
    _K.LINK_QUALITY: ObservationSpec(37, "{index}", 1, 0, 255, "link quality", "链路质量"),
    _K.DEVICE_TEMPERATURE: ObservationSpec(38, "Cel", 0.01, -60, 150, "device temperature", "设备温度"),
    _K.BLOOD_GLUCOSE: ObservationSpec(39, "mg/dL", 0.1, 10, 800, "blood glucose", "血糖"),
    _K.WEIGHT: ObservationSpec(40, "kg", 0.01, 1, 400, "weight", "体重"),
    _K.HEART_RATE_ACTIVITY: ObservationSpec(41, "/min", 0.1, 20, 250, "heart rate while moving", "活动心率"),
    _K.STRESS: ObservationSpec(42, "{index}", 1, 0, 100, "stress index", "压力指数"),
}
OBSERVATION_BY_CODE: dict[int, ObservationKind] = {spec.code: kind for kind, spec in OBSERVATIONS.items()}


class Posture(IntEnum):
    """Values of the posture observation."""

    UNKNOWN = 0
    SUPINE = 1
    PRONE = 2
    LEFT = 3
    RIGHT = 4
    SITTING = 5
    STANDING = 6
    LYING_OUT_OF_BED = 7


class CallKind(StrEnum):
    """A person asked for help: pressed, pulled or spoke."""

    SOS = "sos"
    ROUTINE = "routine"
    TOILET = "toilet"
    BATH = "bath"
    STAFF_ASSIST = "staff_assist"
    DURESS = "duress"


class DetectionKind(StrEnum):
    """A condition that a sensor or a signal detector at the edge recognises by itself."""

    FALL = "fall"
    BED_FALL = "bed_fall"
    BED_EXIT = "bed_exit"
    NO_VITAL_SIGNS = "no_vital_signs"
    BREATHING_STOPPED = "breathing_stopped"
    ZONE_EXIT = "zone_exit"
    CHOKING = "choking"
    DWELL = "dwell"
    MOTION = "motion"
    VIBRATION = "vibration"
    TILT = "tilt"
    DROP = "drop"
    BUTTON = "button"
    PRESENCE_CHANGE = "presence_change"
    CARER_PRESENT = "carer_present"


class Phase(StrEnum):
    """Where a detection stands: suspected → confirmed → long_lie, or withdrawn; other conditions begin and end."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    LONG_LIE = "long_lie"
    WITHDRAWN = "withdrawn"
    BEGAN = "began"
    ENDED = "ended"
    ONCE = "once"


class Origin(StrEnum):
    """Why a message is delivered now. Only `live` may ring, also when it is late; all others set state in silence."""

    LIVE = "live"
    RETAINED = "retained"
    BACKFILL = "backfill"
    REPLAY = "replay"
    TEST = "test"


class DeviceKind(StrEnum):
    """What a device is for; several signals may come from one."""

    BED_SENSOR = "bed_sensor"
    VITALS = "vitals"
    CALL_BUTTON = "call_button"
    FALL_SENSOR = "fall_sensor"
    WEARABLE = "wearable"
    PRESENCE = "presence"
    DOOR = "door"
    ENVIRONMENT = "environment"
    OTHER = "other"


class RoomKind(StrEnum):
    """What a room is."""

    BEDROOM = "bedroom"
    BATHROOM = "bathroom"
    CORRIDOR = "corridor"
    COMMON = "common"
    EXIT = "exit"
    RESTRICTED = "restricted"


class Role(StrEnum):
    """What an account may do; a carer or nurse on duty is a `nurse`."""

    NURSE = "nurse"
    MANAGER = "manager"
    RELATIVE = "relative"
    WALL = "wall"
    INTEGRATOR = "integrator"


class Priority(IntEnum):
    """Urgency after IEC 60601-1-8. Smaller is more urgent, so that sorting puts it first."""

    HIGH = 1
    MEDIUM = 2
    LOW = 3


class AlertState(StrEnum):
    """The derived word for an alert; the facts are condition_present, acknowledged and resolved."""

    ON = "on"
    ACK = "ack"
    LATCHED = "latched"
    OFF = "off"


class Outcome(StrEnum):
    """How a person (or, for self_cleared, the rule) closed an alert."""

    REAL = "real"
    FALSE = "false"
    TEST = "test"
    ASSISTED = "assisted"
    SELF_RESOLVED = "self_resolved"
    NOT_FOUND = "not_found"
    SELF_CLEARED = "self_cleared"


class AlertKind(StrEnum):
    """One name for each condition the watch can raise; what each is stands in `anxin.catalogue`."""

    SOS_CALL = "sos_call"
    TOILET_CALL = "toilet_call"
    BATH_CALL = "bath_call"
    STAFF_ASSIST = "staff_assist"
    DURESS = "duress"
    ROUTINE_CALL = "routine_call"
    FALL_SUSPECTED = "fall_suspected"
    FALL_CONFIRMED = "fall_confirmed"
    LONG_LIE = "long_lie"
    BED_FALL = "bed_fall"
    WENT_DOWN_GOT_UP = "went_down_got_up"
    BED_EDGE_PREEXIT = "bed_edge_preexit"
    BED_EXIT = "bed_exit"
    OUT_OF_BED_LONG = "out_of_bed_long"
    BATHROOM_OVERSTAY = "bathroom_overstay"
    NO_VITAL_SIGNS_IN_BED = "no_vital_signs_in_bed"
    BREATHING_STOPPED = "breathing_stopped"
    HEART_RATE_ABNORMAL = "heart_rate_abnormal"
    RESPIRATORY_RATE_ABNORMAL = "respiratory_rate_abnormal"
    SPO2_ABNORMAL = "spo2_abnormal"
    TEMPERATURE_ABNORMAL = "temperature_abnormal"
    BLOOD_PRESSURE_ABNORMAL = "blood_pressure_abnormal"
    NEWS2_HIGH = "news2_high"
    NEWS2_MEDIUM = "news2_medium"
    NEWS2_SINGLE_3 = "news2_single_3"
    TREND_DETERIORATION = "trend_deterioration"
    APNOEA_TREND = "apnoea_trend"
    NOCTURIA_RISE = "nocturia_rise"
    SLEEP_CHANGE = "sleep_change"
    TURN_DUE = "turn_due"
    TURN_OVERDUE = "turn_overdue"
    WET_BED = "wet_bed"
    RESTLESS = "restless"
    INACTIVITY_ROOM = "inactivity_room"
    NO_SIGN_OF_LIFE = "no_sign_of_life"
    NOT_UP_IN_MORNING = "not_up_in_morning"
    DOOR_EXIT_UNAUTHORISED = "door_exit_unauthorised"
    GEOFENCE_OUT = "geofence_out"
    LEAVE_OVERDUE = "leave_overdue"
    PRESENCE_CONTRADICTION = "presence_contradiction"
    HEADCOUNT_MISMATCH = "headcount_mismatch"
    NIGHT_WANDER = "night_wander"
    INTRUSION_OTHER_ROOM = "intrusion_other_room"
    RESTRICTED_AREA_OPEN = "restricted_area_open"
    AGGRESSION = "aggression"
    MEDICATION_LATE = "medication_late"
    MEDICATION_MISMATCH = "medication_mismatch"
    MEDICATION_DOUBLE = "medication_double"
    MEAL_UNSUPERVISED = "meal_unsupervised"
    CHOKING = "choking"
    HOT_WATER = "hot_water"
    ROOM_TEMPERATURE = "room_temperature"
    ACTIVITY_UNFIT = "activity_unfit"
    SMOKE = "smoke"
    GAS = "gas"
    WATER_LEAK = "water_leak"
    MISSED_ROUND = "missed_round"
    HANDOVER_UNSIGNED = "handover_unsigned"
    TASK_OVERDUE = "task_overdue"
    BUTTON_TEST_DUE = "button_test_due"
    DEVICE_SILENT = "device_silent"
    GATEWAY_SILENT = "gateway_silent"
    CALL_PATH_DOWN = "call_path_down"
    BATTERY_LOW = "battery_low"
    SIGNAL_POOR = "signal_poor"
    STUCK_VALUE = "stuck_value"
    DATA_GAP = "data_gap"
    CLOCK_WRONG = "clock_wrong"
    WATCH_STALLED = "watch_stalled"
    NOTIFY_FAILED = "notify_failed"
    ALERT_FLOOD = "alert_flood"


class AlertClass(StrEnum):
    """Whether the person or the equipment is in trouble (IEC 60601-1-8 keeps them apart)."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"
