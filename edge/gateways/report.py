"""What a message becomes, in words for the integrator, Chinese or English. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from anxin.event import Call, Detection, DeviceStatus, Event, Observations
from edge.gateways.mapping import Mapping
from edge.gateways.model import Result, stamp

_WORDS: dict[str, tuple[str, str]] = {
    "device": ("device", "设备"),
    "time": ("time", "时间"),
    "via": ("through gateway", "经由网关"),
    "arrival": ("on arrival", "按到达时间"),
    "site": ("site time", "当地时间"),
    "signals": ("signals", "信号"),
    "diagnostics": ("diagnostics", "诊断"),
    "event": ("event", "事件"),
    "link": ("link", "连接"),
    "alert": ("would ring", "会报警"),
    "state": ("state only", "仅更新状态"),
    "nothing": ("changes nothing", "不作更改"),
    "unmapped": ("not mapped", "未映射"),
    "unknown": ("unknown", "未知"),
    "proposal": ("proposal", "建议"),
    "sends": ("sends", "发送"),
    "mapping": ("mapping", "映射"),
    "discovered": ("discovered", "发现"),
    "fault": ("fault", "故障"),
    "rules": ("rules", "规则"),
    "fine": ("is correct", "正确"),
    "exact": ("exact", "完全一致"),
    "files": ("files", "文件"),
    "false_alarms": ("false alarms", "误报"),
    "lost": ("lost", "漏报"),
}
_REASONS: dict[str, str] = {
    "live edge: rings": "实时触发：报警",
    "carries no state": "不含状态",
    "simulated, learning or silenced: log only": "模拟、学习或静音模式：只记录",
    "record of the past": "历史记录",
    "its time is impossibly old": "时间过旧，不可信",
    "retained: a replay by the broker": "保留消息：代理重放",
    "a picture of the present state": "当前状态快照",
    "the same happening was already reported": "同一事件已报告",
    "level already known, or rung": "状态已知或已报警",
    "cannot be decoded": "无法解码",
    "nothing in it is known": "没有可识别的内容",
    "state only": "仅更新状态",
    "no mapping knows this message; it was kept": "没有映射认识此消息；已保留",
}


def say(word: str, language: str) -> str:
    """Return a fixed word in `en` or `zh`."""
    return _WORDS[word][1 if language == "zh" else 0]


def reason(why: str, language: str) -> str:
    """Return the reason of a result in the language; phrases without a translation stay as they are."""
    if language != "zh":
        return why
    return "；".join(_REASONS.get(part, part) for part in why.split("; "))


def describe_result(result: Result, language: str) -> list[str]:
    """Return lines that say what a result means and what it would do."""
    rows = [("device", result.device), ("time", _when(result, language))]
    if result.via:
        rows.append(("via", result.via))
    rows += [(name, _pairs(getattr(result, name))) for name in ("signals", "diagnostics") if getattr(result, name)]
    if result.event:
        rows.append(("event", result.event))
    if result.availability:
        rows.append(("link", f"{result.availability} ({result.scope or 'device'})"))
    if result.fault:
        rows.append(("fault", result.fault))
    if result.discover:
        rows.append(("discovered", _pairs(result.discover)))
    if result.proposal:
        rows.append(("proposal", result.proposal))
    if result.unmapped:
        rows.append(("unmapped", ", ".join(result.unmapped[:20])))
    rows.append((_effect(result), reason(result.why, language)))
    if result.gateway:
        rows.append(("mapping", f"{result.gateway}/{result.rule}"))
    return [f"  {say(word, language)}: {text}" for word, text in rows]


def _effect(result: Result) -> str:
    return "alert" if result.alert else "nothing" if result.ignore or result.suppressed or result.unknown else "state"


def _when(result: Result, language: str) -> str:
    if result.at is None:
        return say("arrival", language)
    return f"{stamp(result.at)}" + (f" ({say('site', language)})" if result.at.tzinfo is None else "")


def _pairs(values: dict[str, object]) -> str:
    return ", ".join(f"{name} = {'?' if value is None else value}" for name, value in values.items())


def describe_events(events: Iterable[Event], language: str) -> list[str]:
    """Return lines that say what goes on the wire."""
    return [f"  {say('sends', language)}: {_event(event)}" for event in events]


def _event(event: Event) -> str:
    if isinstance(event, Observations):
        values = {kind: column[0] for kind, column in event.values.items()}
        return f"observations {_pairs(dict(values))} [{event.origin}]"
    if isinstance(event, Call):
        return f"call {event.call} [{event.origin}]"
    if isinstance(event, Detection):
        return f"detection {event.detection} {event.phase} [{event.origin}]"
    if isinstance(event, DeviceStatus):
        return f"status of {event.device}: {'online' if event.online else 'offline'} {event.fault or ''}".rstrip()
    return type(event).__name__.lower()


def describe_mapping(mapping: Mapping, language: str, own: str = "") -> str:
    """Return one line about a mapping. own: the file, where it is an integrator's own."""
    title = mapping.title_zh if language == "zh" else mapping.title_en
    return f"{mapping.name:28} {title:44} {len(mapping.rules):3} {say('rules', language)}  {own}".rstrip()
