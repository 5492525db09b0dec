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
PARAMETERS: tuple[Parameter, ...] = (
    *(
        _P("resident", name, default, "word", "E", "as the nurse assesses", en, zh, PROFILE[name])
        for name, default, en, zh in (
            ("care_level", "partial", "care level", "护理等级"),
            ("fall_risk", "medium", "risk of falling", "跌倒风险"),
            ("wander_risk", "low", "risk of wandering off", "走失风险"),
            ("choking_risk", "low", "risk of choking", "噎食风险"),
            ("gets_up", "alone", "gets up", "起床方式"),
            ("oxygen_scale_2", "no", "NEWS2 oxygen scale 2 is prescribed", "NEWS2 血氧量表 2"),
        )
    ),
    _P("night", "starts", "21:00", "local time", "E", _TRIPS, "night starts", "夜间开始"),
    _P("night", "ends", "06:00", "local time", "E", _TRIPS, "night ends", "夜间结束"),
    _P("bed_absence", "warn_min", 20.0, "min", "E", _TRIPS, "out of bed: warn after", "离床提醒时限"),
    _P("bed_absence", "alarm_min", 45.0, "min", "E", _TRIPS, "out of bed: high after", "离床报警时限"),
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
        "gone_s",
        60.0,
        "s",
        "E",
        "who sits still is lost for moments",
        "gone if not seen for",
        "离开确认时间",
    ),
    _P(
        "exit_door", "starts", "19:00", "local time", "E", "nobody at the entrance", "door watched from", "外门值守开始"
    ),
    _P("exit_door", "ends", "07:00", "local time", "E", "nobody at the entrance", "door watched until", "外门值守结束"),
    _P("exit_door", "same_s", 30.0, "s", "E", "a door swings", "one passage, if within", "同一次通过间隔"),
    _P("fall", "long_lie_min", 10.0, "min", "E", "Fleming 2008: 30 % lay an hour", "long lie after", "久卧时限"),
    _P("fall", "same_s", 60.0, "s", "E", "sensors repeat themselves", "one fall, if within", "同一跌倒间隔"),
    _P("call", "same_s", 3.0, "s", "E", "a long press repeats", "one press, if within", "同一呼叫间隔"),
    _P("heart_rate", "low", 41.0, "/min", "V", _NEWS, "medium below", "中级下限"),
    _P("heart_rate", "high", 110.0, "/min", "V", "NEWS2, 2-point band", "medium above", "中级上限"),
    _P("heart_rate", "very_low", 35.0, "/min", "E", "suspicious below 35", "high below", "高级下限"),
    _P("heart_rate", "very_high", 130.0, "/min", "V", _NEWS, "high above", "高级上限"),
    _P("heart_rate", "hysteresis", 5.0, "/min", "E", _HANDLING, "hysteresis", "回差"),
    _P("heart_rate", "persist_s", 600.0, "s", "E", _HANDLING, "medium after", "中级持续时间"),
    _P("heart_rate", "persist_high_s", 60.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("heart_rate", "clear_s", 60.0, "s", "E", _HANDLING, "clear after", "恢复时间"),
    _P("heart_rate", "gap_s", 150.0, "s", "E", "two missed minutes", "longest gap", "最长间断"),
    _P("respiratory_rate", "low", 9.0, "/min", "V", _NEWS, "medium below", "中级下限"),
    _P("respiratory_rate", "high", 28.0, "/min", "V2", _OLD, "medium above", "中级上限"),
    _P("respiratory_rate", "very_low", 6.0, "/min", "E", "suspicious below 6", "high below", "高级下限"),
    _P("respiratory_rate", "very_high", 40.0, "/min", "E", "suspicious above 40", "high above", "高级上限"),
    _P("respiratory_rate", "hysteresis", 2.0, "/min", "E", _HANDLING, "hysteresis", "回差"),
    _P("respiratory_rate", "persist_s", 900.0, "s", "E", _HANDLING, "medium after", "中级持续时间"),
    _P("respiratory_rate", "persist_high_s", 60.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("respiratory_rate", "clear_s", 60.0, "s", "E", _HANDLING, "clear after", "恢复时间"),
    _P("respiratory_rate", "gap_s", 150.0, "s", "E", "two missed minutes", "longest gap", "最长间断"),
    _P("spo2", "low", 90.0, "%", "E", "below 90 for 2 min; old people's limit is 91", "medium below", "中级下限"),
    _P("spo2", "high", 200.0, "%", "E", "no upper limit", "medium above", "中级上限"),
    _P("spo2", "very_low", 85.0, "%", "E", "below 85 for 30 s", "high below", "高级下限"),
    _P("spo2", "very_high", 200.0, "%", "E", "no upper limit", "high above", "高级上限"),
    _P("spo2", "hysteresis", 2.0, "%", "E", _HANDLING, "hysteresis", "回差"),
    _P("spo2", "persist_s", 120.0, "s", "E", _HANDLING, "medium after", "中级持续时间"),
    _P("spo2", "persist_high_s", 30.0, "s", "E", _HANDLING, "high after", "高级持续时间"),
    _P("spo2", "clear_s", 60.0, "s", "E", _HANDLING, "clear after", "恢复时间"),
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
    _P("quality", "least", 0.5, "1", "E", "poor quality is unknown", "least quality", "最低信号质量"),
    _P("device_silence", "factor", 3.0, "1", "E", "heartbeat missed 3 times", "silent after intervals", "失联倍数"),
    _P("device_silence", "grace_s", 45.0, "s", "E", "told within 60 s", "at most past the interval", "失联宽限"),
    _P("device_silence", "after_s", 0.0, "s", "E", "0: from the interval", "silent after", "失联时限"),
    _P("gateway_silence", "factor", 3.0, "1", "E", "heartbeat missed 3 times", "silent after heartbeats", "失联倍数"),
    _P("gateway_silence", "grace_s", 30.0, "s", "E", "reconnects are quick", "grace after a last will", "断线宽限"),
    _P("watch", "stalled_s", 60.0, "s", "E", "all gateways at once", "no message from any gateway", "全部网关无消息"),
    _P("data_gap", "shown_h", 12.0, "h", "E", "one shift", "a gap is shown for", "缺失显示时长"),
    _P("clock", "wrong_s", 60.0, "s", "E", "a minute misleads a nurse", "wrong from", "时钟误差上限"),
)
DEFAULTS: dict[tuple[str, str], Value] = {(p.rule, p.name): p.default for p in PARAMETERS}
BY_NAME: dict[tuple[str, str], Parameter] = {(p.rule, p.name): p for p in PARAMETERS}
