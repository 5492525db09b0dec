"""The numbers of all rules: one visible table, in code, in the documentation and, as overrides, in the database.

Evidence grades are those of the clinical reference: V verified in source, V2 second-hand, M from memory, C computed,
E proposal.
"""

from __future__ import annotations

from dataclasses import dataclass

from anxin.facility import PROFILE

Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of one rule. grade, source: how sure the default is and where it comes from. choices: the words that
    are possible; a text without choices is a local time of day."""

    rule: str
    name: str
    default: Value
    unit: str
    grade: str
    source: str
    en: str
    zh: str
    choices: tuple[str, ...] = ()


_P = Parameter
_NEWS = "RCP NEWS2 2017, 3-point band"
_OLD = "Rodriguez-Molinero 2013, limits of people over 65"
_HANDLING = "proposal, reasons in Goerges 2009 and Drew 2014"
_TRIPS = "Hamza 2023, night trips of 14 to 15 min, SD 9 to 11"


def _held(rule: str, persist_s: float, clear_s: float, source: str, en: str, zh: str) -> tuple[Parameter, Parameter]:
    """How long a level must hold, and how long it must be good to be over."""
    return (
        Parameter(rule, "persist_s", float(persist_s), "s", "E", source, f"{en}: after", f"{zh}持续时间"),
        Parameter(rule, "clear_s", float(clear_s), "s", "E", source, f"{en}: over after", f"{zh}恢复时间"),
    )


def _due(rule: str, grace: float, early: float, source: str, en: str, zh: str) -> tuple[Parameter, Parameter]:
    """How long after it was due it is told, and how much earlier it may be done."""
    return (
        Parameter(rule, "grace_min", float(grace), "min", "E", source, f"{en}: told after", f"{zh}宽限"),
        Parameter(rule, "early_min", float(early), "min", "E", source, f"{en}: may be early by", f"{zh}可提前"),
    )


_FLAPS = "one episode, one alert: values swing around a limit"
_NIGHTLY = "clinical.md 1.5; trends instead of limits: Zimlichman 2012"
_GRADE_2 = "hypertension of the second grade, ESC/ESH 2018"
PARAMETERS: tuple[Parameter, ...] = (
    *(
        _P("resident", name, default, "word", "E", "as the nurse assesses", en, zh, PROFILE[name])
        for name, default, en, zh in (
            ("care_level", "partial", "care level", "护理等级"),
            ("fall_risk", "medium", "risk of falling", "跌倒风险"),
            ("wander_risk", "low", "risk of wandering off", "走失风险"),
            ("choking_risk", "low", "risk of choking", "噎食风险"),
            ("gets_up", "alone", "gets up", "起床方式"),
            ("mobility", "assisted", "moves about", "活动能力"),
            ("oxygen_scale_2", "no", "NEWS2 oxygen scale 2 is prescribed", "NEWS2 血氧量表 2"),
        )
    ),
    _P("night", "starts", "21:00", "local time", "E", _TRIPS, "night starts", "夜间开始"),
    _P("night", "ends", "06:00", "local time", "E", _TRIPS, "night ends", "夜间结束"),
    _P("bed_absence", "warn_min", 30.0, "min", "E", _TRIPS, "out of bed: medium, not before", "离床提醒时限"),
    _P("bed_absence", "cap_min", 45.0, "min", "E", _TRIPS, "out of bed: medium, at the latest", "离床提醒最长时限"),
    _P("bed_absence", "alarm_min", 45.0, "min", "E", _TRIPS, "out of bed: high, not before", "离床报警时限"),
    _P("bed_absence", "step_min", 10.0, "min", "E", "time to look", "out of bed: high, after medium", "离床升级间隔"),
    _P("bed_absence", "rise_from", "05:00", "local time", "E", "an hour before night ends", "gets up from", "起床时间"),
    _P("bed_absence", "rise_min", 60.0, "min", "E", "mornings differ", "gets up: before her own time", "起床提前量"),
    _P("bed_absence", "return_s", 10.0, "s", "E", "debounce of load", "back in bed after", "回床确认时间"),
    _P(
        "bathroom",
        "warn_min",
        20.0,
        "min",
        "E",
        "catalogue, clinical.md 8",
        "in the bathroom: warn after",
        "卫生间提醒时限",
    ),
    _P(
        "bathroom",
        "alarm_min",
        30.0,
        "min",
        "E",
        "catalogue, clinical.md 8",
        "in the bathroom: high after",
        "卫生间报警时限",
    ),
    _P(
        "bathroom",
        "cap_min",
        45.0,
        "min",
        "E",
        "clinical.md 2.4",
        "in the bathroom: high at the latest",
        "最长报警时限",
    ),
    _P(
        "bathroom",
        "gone_s",
        20.0,
        "s",
        "E",
        "sensors hold for 30 s themselves",
        "gone if not seen for",
        "离开确认时间",
    ),
    _P(
        "exit_door", "starts", "19:00", "local time", "E", "nobody at the entrance", "door watched from", "外门值守开始"
    ),
    _P("exit_door", "ends", "07:00", "local time", "E", "nobody at the entrance", "door watched until", "外门值守结束"),
    _P("exit_door", "same_s", 30.0, "s", "E", "a door swings", "one passage, if within", "同一次通过间隔"),
    _P("fall", "long_lie_min", 10.0, "min", "E", "Fleming 2008: 30 % lay an hour", "long lie after", "久卧时限"),
    _P("fall", "hold_s", 30.0, "s", "E", "clinical.md 3.3: 20 to 60 s", "suspicion rings after", "疑似跌倒确认时间"),
    _P("fall", "same_s", 60.0, "s", "E", "sensors repeat themselves", "one fall, if within", "同一跌倒间隔"),
    _P("call", "same_s", 3.0, "s", "E", "a long press repeats", "one press, if within", "同一呼叫间隔"),
    *_due("round", 15, 0, "catalogue, clinical.md 8", "round", "巡视"),
    *_due("turn", 15, 0, "catalogue, clinical.md 8; 2, 3 and 4 h alike in TEAM-UP 2022", "turn", "翻身"),
    *_due("medication", 60, 60, "an hour is usual", "medication", "给药"),
    *_due("meal", 15, 30, "eating begins soon", "supervised meal", "看护进餐"),
    *_due("headcount", 20, 30, "catalogue: at handover", "headcount", "清点人数"),
    *_due("handover", 20, 30, "GB 38600: handover on record", "handover", "交接班"),
    *_due("task", 30, 120, "proposal", "task", "任务"),
    *_due("button_test", 0, 0, "JGJ/T 484: weekly", "button test", "按钮测试"),
    _P(
        "leave",
        "grace_min",
        15.0,
        "min",
        "E",
        "clinical.md 4: due time and 15 min",
        "leave: told after",
        "外出逾期宽限",
    ),
    _P("leave", "settle_min", 30.0, "min", "E", "people walk out slowly", "a sign counts after", "外出后活动判定"),
    _P("medicine", "double_min", 120.0, "min", "E", "shortest interval", "given twice, if within", "重复给药间隔"),
    _P("activity", "chart_h", 24.0, "h", "E", "a chart of the day", "a chart counts for", "体征记录有效时长"),
    _P("activity", "news2_from", 5.0, "1", "V", "RCP NEWS2 2017, key threshold", "unfit from NEWS2", "不宜活动评分"),
    _P("vital_absence", "persist_s", 60.0, "s", "E", "clinical.md 8", "two cues: high after", "双重确认时限"),
    _P(
        "vital_absence",
        "look_in_s",
        300.0,
        "s",
        "E",
        "signals fail for minutes",
        "one cue: medium after",
        "单一确认时限",
    ),
    _P("vital_absence", "still", 1.0, "%", "E", "a breathing chest moves less", "movement above", "体动阈值"),
    _P(
        "bed_exit",
        "supervised_s",
        120.0,
        "s",
        "E",
        "clinical.md 2.4: 2 to 5 min",
        "supervised: after",
        "需看护离床时限",
    ),
    _P(
        "bed_exit",
        "never_alone_s",
        5.0,
        "s",
        "E",
        "0 to 10 s, clinical.md 2.4",
        "never alone: after",
        "不可独起离床时限",
    ),
    _P("nocturia", "trip_s", 60.0, "s", "E", "sitting up is no trip", "a trip lasts at least", "起夜最短时长"),
    _P("nocturia", "least", 3.0, "{count}", "E", "Stewart 1992: from two the odds double", "told from", "起夜次数下限"),
    _P(
        "nocturia",
        "more",
        4.0,
        "{count}",
        "E",
        "twice the SD, Hamza 2023",
        "and above the usual by",
        "较平时增加",
    ),
    _P("nocturia", "at_once", 6.0, "{count}", "E", "three SD, Hamza 2023", "in one night above by", "单夜增加"),
    _P("pacing", "starts", "22:00", "local time", "E", "all in bed by then", "pacing told from", "踱步值守开始"),
    _P("pacing", "ends", "05:00", "local time", "E", "clinical.md 4", "pacing told until", "踱步值守结束"),
    _P("pacing", "minutes", 20.0, "min", "E", "clinical.md 4", "pacing told after", "踱步时限"),
    _P("pacing", "gone_s", 240.0, "s", "E", "a look into a room", "gone if not seen for", "离开确认时间"),
    _P("night_wander", "starts", "00:00", "local time", "E", "clinical.md 4", "wandering from", "徘徊值守开始"),
    _P("night_wander", "ends", "05:00", "local time", "E", "clinical.md 4", "wandering until", "徘徊值守结束"),
    _P("night_wander", "times", 3.0, "{count}", "E", "clinical.md 4: 3 room exits", "exits, told from", "离房次数"),
    _P("night_wander", "within_min", 60.0, "min", "E", "3.3 trips a night are usual", "so often within", "离房时段"),
    _P("life_signs", "limit_h", 12.0, "h", "E", "never 24 h in a staffed home, clinical.md 4", "after", "无活动时限"),
    _P(
        "stillness",
        "minutes",
        75.0,
        "min",
        "E",
        "clinical.md 4: 60 to 90 min",
        "still in the room: after",
        "室内静止时限",
    ),
    _P(
        "stillness",
        "settle_s",
        120.0,
        "s",
        "E",
        "a sensor holds, a door swings",
        "in again, if moving after",
        "进出判定间隔",
    ),
    _P(
        "time_in_bed",
        "least_min",
        120.0,
        "min",
        "E",
        "an empty bed is no night",
        "a night has at least",
        "每夜最短卧床",
    ),
    _P("morning", "by", "10:00", "local time", "E", "after breakfast", "not up by", "起床时间上限"),
    _P(
        "morning",
        "usual",
        7.0,
        "{count}",
        "E",
        "a firm habit",
        "usually up, of 7 mornings",
        "七日内按时起床次数",
    ),
    _P("restless", "least", 15.0, "%", "E", "few move less awake", "at least", "躁动下限"),
    _P("restless", "slots", 3.0, "{count}", "E", "half an hour", "ten-minute readings in a row", "连续十分钟次数"),
    _P("stuck", "slots", 12.0, "{count}", "E", "two hours; life varies", "the same in a row", "相同读数次数"),
    _P("reported", "same_s", 60.0, "s", "E", "sensors repeat themselves", "one occurrence, if within", "同一事件间隔"),
    _P("breathing", "stopped_s", 60.0, "s", "E", "no breath for 60 s, clinical.md 8", "stopped for", "呼吸停止时限"),
    _P("breathing", "rise", 2.0, "1", "E", "a weekly trend, no alarm", "pauses, times the usual", "呼吸暂停增多倍数"),
    _P("breathing", "least", 20.0, "{count}", "E", "few pauses vary by chance", "least pauses a night", "每夜最少次数"),
    _P("heart_rate", "low", 41.0, "/min", "V", _NEWS, "medium below", "中级下限"),
    _P("heart_rate", "high", 110.0, "/min", "V", "NEWS2, 2-point band", "medium above", "中级上限"),
    _P("heart_rate", "very_low", 35.0, "/min", "E", "suspicious below 35", "high below", "高级下限"),
    _P("heart_rate", "very_high", 130.0, "/min", "V", _NEWS, "high above", "高级上限"),
    _P("heart_rate", "hysteresis", 5.0, "/min", "E", _HANDLING, "hysteresis", "回差"),
    _P("heart_rate", "persist_s", 600.0, "s", "E", _HANDLING, "medium after", "中级持续时间"),
    _P("heart_rate", "persist_high_s", 60.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("heart_rate", "clear_s", 1_800.0, "s", "E", _FLAPS, "clear after", "恢复时间"),
    _P("heart_rate", "gap_s", 150.0, "s", "E", "two missed minutes", "longest gap", "最长间断"),
    _P("respiratory_rate", "low", 9.0, "/min", "V", _NEWS, "medium below", "中级下限"),
    _P("respiratory_rate", "high", 28.0, "/min", "V2", _OLD, "medium above", "中级上限"),
    _P("respiratory_rate", "very_low", 6.0, "/min", "E", "suspicious below 6", "high below", "高级下限"),
    _P("respiratory_rate", "very_high", 40.0, "/min", "E", "suspicious above 40", "high above", "高级上限"),
    _P("respiratory_rate", "hysteresis", 2.0, "/min", "E", _HANDLING, "hysteresis", "回差"),
    _P("respiratory_rate", "persist_s", 900.0, "s", "E", _HANDLING, "medium after", "中级持续时间"),
    _P("respiratory_rate", "persist_high_s", 60.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("respiratory_rate", "clear_s", 1_800.0, "s", "E", _FLAPS, "clear after", "恢复时间"),
    _P("respiratory_rate", "gap_s", 150.0, "s", "E", "two missed minutes", "longest gap", "最长间断"),
    _P("spo2", "low", 90.0, "%", "E", "below 90 for 2 min; old people's limit is 91", "medium below", "中级下限"),
    _P("spo2", "high", 200.0, "%", "E", "no upper limit", "medium above", "中级上限"),
    _P("spo2", "very_low", 85.0, "%", "E", "below 85 for 30 s", "high below", "高级下限"),
    _P("spo2", "very_high", 200.0, "%", "E", "no upper limit", "high above", "高级上限"),
    _P("spo2", "hysteresis", 2.0, "%", "E", _HANDLING, "hysteresis", "回差"),
    _P("spo2", "persist_s", 600.0, "s", "E", "at least 120 s; arms move", "medium after", "中级持续时间"),
    _P("spo2", "persist_high_s", 30.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("spo2", "clear_s", 1_800.0, "s", "E", _FLAPS, "clear after", "恢复时间"),
    _P("spo2", "gap_s", 150.0, "s", "E", "two missed minutes", "longest gap", "最长间断"),
    _P("temperature", "low", 35.1, "Cel", "V", _NEWS, "medium below", "中级下限"),
    _P("temperature", "high", 37.7, "Cel", "V2", "IDSA 2008: fever from 37.8", "medium above", "中级上限"),
    _P("temperature", "very_low", 34.0, "Cel", "E", "suspicious below 34", "high below", "高级下限"),
    _P("temperature", "very_high", 41.0, "Cel", "E", "suspicious above 41", "high above", "高级上限"),
    _P("temperature", "hysteresis", 0.3, "Cel", "E", _HANDLING, "hysteresis", "回差"),
    _P("temperature", "persist_s", 600.0, "s", "E", "2 readings 10 min apart", "medium after", "中级持续时间"),
    _P("temperature", "persist_high_s", 600.0, "s", "E", "2 readings 10 min apart", "high after", "高级持续时间"),
    _P("temperature", "clear_s", 0.0, "s", "E", "spot readings", "clear after", "恢复时间"),
    _P("temperature", "gap_s", 43_200.0, "s", "E", "spot readings", "longest gap", "最长间断"),
    *_held("smoke", 0, 0, "life at stake: at once", "smoke", "烟雾"),
    *_held("gas", 0, 0, "life at stake: at once", "gas", "燃气"),
    *_held("water_leak", 0, 0, "at once", "water leak", "漏水"),
    *_held("wet_bed", 120, 60, "a wet hand is dry again", "bed wet", "尿湿"),
    _P("wet_bed", "alarm_min", 30.0, "min", "E", "catalogue, clinical.md 8", "bed wet: medium after", "尿湿升级时限"),
    _P("hot_water", "high", 45.0, "Cel", "E", "catalogue, clinical.md 8", "water too hot above", "水温上限"),
    _P("hot_water", "hysteresis", 2.0, "Cel", "E", _HANDLING, "hysteresis", "回差"),
    *_held("hot_water", 10, 60, "a tap runs hot for a moment", "hot water", "水温"),
    _P("room_temperature", "low", 16.0, "Cel", "E", "catalogue, clinical.md 8", "too cold below", "室温下限"),
    _P("room_temperature", "high", 32.0, "Cel", "E", "catalogue, clinical.md 8", "too hot above", "室温上限"),
    _P("room_temperature", "hysteresis", 1.0, "Cel", "E", _HANDLING, "hysteresis", "回差"),
    *_held("room_temperature", 1_800, 600, "an open window for a while", "room temperature", "室温"),
    *_held("restricted_area", 10, 5, "a door that is shut again at once", "restricted area", "限制区域"),
    *_held("bed_edge", 3, 10, "turning over at the edge", "edge of the bed", "床边"),
    _P("battery", "low", 15.0, "%", "E", "weeks to change it", "battery low below", "电量下限"),
    _P("battery", "hysteresis", 5.0, "%", "E", "recovers when warm", "hysteresis", "回差"),
    *_held("battery", 600, 600, "a dip under load", "battery", "电池"),
    _P("signal", "low", -95.0, "dB[mW]", "E", "close to what radios still hear", "signal poor below", "信号下限"),
    _P("signal", "hysteresis", 5.0, "dB", "E", _HANDLING, "hysteresis", "回差"),
    _P("signal", "link_low", 20.0, "{index}", "E", "of 255", "link poor below", "链路质量下限"),
    _P("signal", "link_hysteresis", 15.0, "{index}", "E", _HANDLING, "hysteresis", "回差"),
    *_held("signal", 1_800, 1_800, "somebody stands in the way", "signal", "信号"),
    _P("trend", "starts", "23:00", "local time", "E", _NIGHTLY, "nightly value from", "夜间基线开始"),
    _P("trend", "ends", "05:00", "local time", "E", _NIGHTLY, "nightly value until", "夜间基线结束"),
    _P("trend", "nights_least", 7.0, "1", "E", _NIGHTLY, "nights known, at least", "基线最少夜数"),
    _P("trend", "nights_most", 28.0, "1", "E", _NIGHTLY, "nights looked back", "基线最多夜数"),
    _P("trend", "at_once", 3.0, "1", "E", _NIGHTLY, "spreads: one night", "单夜偏离倍数"),
    _P("trend", "repeated", 2.0, "1", "E", _NIGHTLY, "spreads: 2 of 3 nights, or 2 signs", "持续偏离倍数"),
    _P(
        "trend",
        "together",
        2.5,
        "1",
        "E",
        "proposal: three signs by chance, one night in twelve at most",
        "spreads: all signs in one night",
        "多项合计偏离倍数",
    ),
    _P("spot", "systolic_low", 90.0, "mm[Hg]", "V", _NEWS, "systolic: told from, down", "收缩压下限"),
    _P("spot", "systolic_high", 160.0, "mm[Hg]", "M", _GRADE_2, "systolic: told from", "收缩压上限"),
    _P("spot", "diastolic_low", 40.0, "mm[Hg]", "E", "a cuff errs below", "diastolic: told from, down", "舒张压下限"),
    _P("spot", "diastolic_high", 100.0, "mm[Hg]", "M", _GRADE_2, "diastolic: told from", "舒张压上限"),
    _P("spot", "pulse_low", 49.0, "/min", "M", "slow heart: below 50", "pulse: told from, down", "脉率下限"),
    _P("spot", "pulse_high", 101.0, "/min", "M", "fast heart: above 100", "pulse: told from", "脉率上限"),
    _P("spot", "again_h", 4.0, "h", "E", "an observation round", "told again after", "再次提醒间隔"),
    _P("quality", "least", 0.5, "1", "E", "poor quality is unknown", "least quality", "最低信号质量"),
    _P("device_silence", "factor", 3.0, "1", "E", "heartbeat missed 3 times", "silent after intervals", "失联倍数"),
    _P("device_silence", "grace_s", 25.0, "s", "E", "told within 60 s", "at most past the interval", "失联宽限"),
    _P("device_silence", "after_s", 0.0, "s", "E", "0: from the interval", "silent after", "失联时限"),
    _P("gateway_silence", "factor", 3.0, "1", "E", "heartbeat missed 3 times", "silent after heartbeats", "失联倍数"),
    _P("gateway_silence", "past_s", 25.0, "s", "E", "told within 60 s", "at most past the interval", "失联上限"),
    _P("gateway_silence", "grace_s", 30.0, "s", "E", "reconnects are quick", "grace after a last will", "断线宽限"),
    _P("watch", "stalled_s", 60.0, "s", "E", "all gateways at once", "no message from any gateway", "全部网关无消息"),
    _P("data_gap", "shown_h", 12.0, "h", "E", "one shift", "a gap is shown for", "缺失显示时长"),
    _P("clock", "wrong_s", 60.0, "s", "E", "a minute misleads a nurse", "wrong from", "时钟误差上限"),
)
DEFAULTS: dict[tuple[str, str], Value] = {(p.rule, p.name): p.default for p in PARAMETERS}
BY_NAME: dict[tuple[str, str], Parameter] = {(p.rule, p.name): p for p in PARAMETERS}
