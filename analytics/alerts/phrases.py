"""The sentences of an explanation, Chinese and English side by side. Pure; words only."""

from __future__ import annotations

from typing import Any

from analytics.alerts.model import Action, HoldReason
from analytics.alerts.roster import Post
from anxin.vocabulary import AlertState, Outcome, Priority

Phrase = dict[str, str]


def _p(zh: str, en: str) -> Phrase:
    return {"zh": zh, "en": en}


def say(phrase: Phrase, language: str, **values: Any) -> str:
    """Return the phrase in `zh` or `en` with its values filled in."""
    return phrase[language].format(**values)


PRIORITIES = {
    Priority.HIGH: _p("高", "high"),
    Priority.MEDIUM: _p("中", "medium"),
    Priority.LOW: _p("低", "low"),
}
STATES = {
    AlertState.ON: _p("报警中", "on"),
    AlertState.ACK: _p("已接单", "acknowledged"),
    AlertState.LATCHED: _p("已消失但无人应答", "gone, unanswered"),
    AlertState.OFF: _p("已解除", "off"),
}
POSTS = {
    Post.CARER: _p("护理员", "carer"),
    Post.NURSE: _p("护士", "nurse"),
    Post.SHIFT_LEAD: _p("值班组长", "shift lead"),
    Post.PHONE: _p("值班电话", "duty phone"),
}
OUTCOMES = {
    Outcome.REAL: _p("属实", "real"),
    Outcome.FALSE: _p("误报", "false alarm"),
    Outcome.TEST: _p("测试", "test"),
    Outcome.ASSISTED: _p("已协助", "assisted"),
    Outcome.SELF_RESOLVED: _p("自行缓解", "self-resolved"),
    Outcome.NOT_FOUND: _p("未找到", "not found"),
    Outcome.SELF_CLEARED: _p("自动解除", "ended by itself"),
}
FATES = {
    "pending": _p("待送达", "not delivered yet"),
    "sent": _p("已送达", "delivered"),
    "failed": _p("未送达", "failed"),
    "cancelled": _p("已取消（不再需要）", "cancelled (no longer wanted)"),
}
HOLDS: dict[HoldReason, Phrase] = {
    HoldReason.PARENT: _p("从属于报警 {parent}", "it belongs to alert {parent}"),
    HoldReason.FLOOD: _p("短时报警过多，归入报警 {parent}", "too many at once, gathered under alert {parent}"),
    HoldReason.PRESENCE: _p("{by} 在房间内", "{by} is in the room"),
    HoldReason.LEAVE: _p("老人请假外出", "the resident is on leave"),
    HoldReason.SHELVED: _p("{by} 已搁置", "{by} put it aside"),
    HoldReason.SHADOW: _p("新入住观察期，只记录不响铃", "first days of a new resident: recorded, not rung"),
}
PLACES = {
    "ward": _p("病区", "ward"),
    "room": _p("房间", "room"),
    "bed": _p("床位", "bed"),
    "resident": _p("老人", "resident"),
    "gateway": _p("网关", "gateway"),
    "device": _p("设备", "device"),
}
SCOPES = {
    "facility": _p("全院", "whole home"),
    "ward": _p("本病区", "this ward"),
    "resident": _p("本人", "this resident"),
}
# The words of a resident's profile (`anxin.facility.PROFILE`).
CHOICES = {
    "low": _p("低", "low"),
    "medium": _p("中", "medium"),
    "high": _p("高", "high"),
    "self": _p("自理", "looks after themselves"),
    "partial": _p("半护理", "needs some care"),
    "full": _p("全护理", "needs full care"),
    "special": _p("特护", "needs special care"),
    "alone": _p("可独自起床", "alone"),
    "supervised": _p("起床须看护", "under supervision only"),
    "never_alone": _p("不可独自起床", "never alone"),
    "independent": _p("行动自如", "independently"),
    "assisted": _p("需搀扶", "with help"),
    "bedbound": _p("卧床", "bedbound"),
    "yes": _p("是", "yes"),
    "no": _p("否", "no"),
}
ACTIONS: dict[Action, Phrase] = {
    Action.RAISED: _p("产生报警：{reason}", "raised: {reason}"),
    Action.RECURRED: _p(
        "再次发生（第{occurrence}次），重新响铃：{reason}", "came again ({occurrence}), rang again: {reason}"
    ),
    Action.UPGRADED: _p("升级，重新响铃：{reason}", "became more urgent, rang again: {reason}"),
    Action.BECAME: _p("由「{before}」变为「{now}」，重新响铃：{reason}", "{before} became {now}, rang again: {reason}"),
    Action.JOINED: _p("另一传感器也报告，并入本条：{reason}", "a further sensor tells of it too: {reason}"),
    Action.HELD: _p("暂不响铃：{why}；{look}", "held back, does not ring: {why}; {look}"),
    Action.LET_RING: _p("不再搁置（原因已结束），开始响铃", "no longer held back, because that ended: rings"),
    Action.HANDED_OVER: _p("{who} 交班给 {assignee}", "{who} handed it over to {assignee}"),
    Action.UPDATED: _p("有新情况：{reason}", "news: {reason}"),
    Action.CLEARED: _p("情况消失：{reason}", "the condition ended: {reason}"),
    Action.ACKNOWLEDGED: _p("{who} 接单，须在 {until} 前到场", "{who} took it and must arrive by {until}"),
    Action.ACKNOWLEDGEMENT_EXPIRED: _p(
        "{withdrawn} 接单后未按时到场，重新响铃", "{withdrawn} took it but did not arrive in time: rang again"
    ),
    Action.ARRIVED: _p("{who} 到场", "{who} arrived at the place"),
    Action.RESOLVED: _p("{who} 结束，结果：{outcome}", "{who} closed it, outcome: {outcome}"),
    Action.ASSIGNED: _p("{who} 改派给 {assignee}", "{who} gave it to {assignee}"),
    Action.COMMENTED: _p("{who} 备注：{text}", "{who} wrote: {text}"),
    Action.ESCALATED: _p("第{level}级通知（{posts}）", "told level {level} ({posts})"),
    Action.NOBODY_ON_DUTY: _p("第{level}级（{posts}）无人值班", "level {level} ({posts}): nobody on duty"),
    Action.NOT_REACHED: _p("第{level}级无人收到，立即转下一级", "level {level} reached nobody: on to the next at once"),
    Action.NOT_SENT: _p(
        "第{level}级的通知已过期{minutes}分钟，不再发送",
        "what level {level} had left to tell was {minutes} min old and not sent",
    ),
    Action.RELEASED: _p("{who} 向家属公布", "{who} released it to the family"),
}
LINES: dict[str, Phrase] = {
    "heading": _p(
        "报警 {id}：{kind}，{about}，优先级{priority}，状态：{state}，共{count}次",
        "Alert {id}: {kind}, {about}, priority {priority}, state: {state}, occurrences: {count}",
    ),
    "rules": _p("规则：", "Rules: "),
    "policies": _p("当时为其设定：", "What was set here at that time: "),
    "noted": _p("（{note}）", " ({note})"),
    "set": _p("{name}：{value}（{scope}）", "{name}: {value} ({scope})"),
    "listed": _p("，", ", "),
    "comma": _p("；", "; "),
    "and": _p("和", " and "),
    "life_safety": _p("必须有人到场并填写结果才能结束", "ends only after an arrival at the place and an outcome"),
    "latching": _p("须由人填写结果才能结束", "ends only with a person's outcome"),
    "clears": _p("情况消失后自动结束", "ends by itself when the condition ends"),
    "arrive_within": _p(
        "接单后{minutes}分钟内未到场则重新响铃", "rings again {minutes} min after an acknowledgement without arrival"
    ),
    "worklist": _p("低优先级只进工作清单，不响铃", "low priority waits on the worklist and never rings"),
    "level": _p("{seconds}秒通知{posts}", "{posts} after {seconds} s"),
    "repeats": _p("此后每{seconds}秒通知全部人员", "then all of them every {seconds} s"),
    "self_cleared": _p("情况已消失，自动结束", "closed by itself, because the condition had ended"),
    "taken": _p("{who} 接单", "{who} took it"),
    "late": _p("（迟到，发生于 {at}）", " (late: it happened at {at})"),
    "withdrawn": _p("（{who} 的接单失效）", " (the acknowledgement of {who} ended)"),
    "home": _p("机构", "the home"),
    "look_at": _p("{at} 再看", "looked at again at {at}"),
    "look_with": _p("随其结束再看", "looked at again when that ends"),
    "sources": _p("证据来源：", "Seen by: "),
    "sees": _p("{source} {kind}（{at}）", "{source} {kind} ({at})"),
    "took_back": _p("{source} 已撤回{kind}（{at}）", "{source} took {kind} back ({at})"),
    "parent": _p("从属于报警 {parent}。", "It belongs to alert {parent}."),
    "children": _p("其下的报警：", "Under it: "),
    "now_held": _p("现在不响：{why}；{look}。", "It does not ring: {why}; {look}."),
    "attempts": _p("，{count}次尝试", ", {count} tries"),
    "now_resolved": _p("现在不响：已于 {resolved} 结束。", "It does not ring now: it was closed at {resolved}."),
    "now_arrived": _p(
        "现在不响：{arrived_by} 已到场，等待填写结果。",
        "It does not ring now: {arrived_by} is at the place; the outcome is missing.",
    ),
    "now_acknowledged": _p(
        "现在不响：{who} 已接单；到 {until} 仍无人到场则重新响铃。",
        "It does not ring now: {who} took it; it rings again at {until} unless somebody has arrived.",
    ),
    "now_acknowledged_without_end": _p("现在不响：{who} 已接单。", "It does not ring now: {who} took it."),
    "now_worklist": _p(
        "不响铃：优先级低，在工作清单中等待。", "It does not ring: its priority is low; it waits on the worklist."
    ),
    "now_unanswered": _p(
        "正在响铃：自 {since} 起无人应答，下一级通知在 {next}（现在 {now}）。",
        "It rings: unanswered since {since}; the next level is told at {next} (now {now}).",
    ),
}
