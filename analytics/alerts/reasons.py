"""The reasons of detectors in Chinese. Pure; words only.

A detector gives its reason as a sentence in English, with its numbers; that is what the history keeps. Here stands how
each of those sentences reads in Chinese, as the texts of the pages stand beside their English ones. A sentence that is
not here is shown as it is: a test holds every detector to it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from anxin.catalogue import ALERTS
from anxin.vocabulary import OBSERVATIONS

# A name in braces takes any text, which is put into Chinese by WORDS and VALUES where it is no number.
SENTENCES: dict[str, str] = {
    "Somebody has been in the bathroom for {n} min, the limit {whose}.": "有人在卫生间已{n}分钟，达到{whose}。",
    "Several who use it are up: it may be two in turn.": "共用此卫生间的有多人离床：可能是两人先后使用。",
    "Nobody is in the bathroom any more.": "卫生间里已无人。",
    "Out of bed at night for {n} min; {whose} is {limit} min.": "夜间离床已{n}分钟；{whose}为{limit}分钟。",
    "For {n} min of it no sensor saw the bed.": "其中{n}分钟没有传感器看到床位。",
    "Back in bed.": "已回到床上。",
    "The bed sensor has seen no breathing for {n} s.": "床垫传感器已{n}秒未见呼吸。",
    "{n} breathing pauses in the night, usually {usual}; told from {rise} times as many.":
        "本夜呼吸暂停{n}次，平时{usual}次；达到{rise}倍即提醒。",
    "{n} breathing pauses in the night, usually {usual}.": "本夜呼吸暂停{n}次，平时{usual}次。",
    "Breathing was seen again.": "又见到呼吸。",
    "{call}, made on {where}, received {n} s later.": "{call}，来自{where}，{n}秒后才收到。",
    "{call}, made on {where}.": "{call}，来自{where}。",
    "Its clock is right again.": "时钟已恢复正常。",
    "The clock of {gateway} is {n} s {which}.": "{gateway}的时钟{which}{n}秒。",
    "{n} messages of {gateway} are lost for good: {why}.": "{gateway}有{n}条消息永久丢失：{why}。",
    "The spool of {gateway} is full; it drops its oldest data.": "{gateway}的缓存已满，正在丢弃最旧的数据。",
    "The spool has room again.": "缓存又有空间。",
    "The gap was shown long enough.": "数据缺失已显示足够久。",
    "{what} was due at {at} and is not done.": "{what}应于{at}完成，尚未完成。",
    "Done.": "已完成。",
    "A turn was seen.": "已看到翻身。",
    "On leave.": "已请假外出。",
    "Back from leave.": "已返回。",
    "No longer asked for.": "不再需要。",
    "Now overdue.": "现已超时。",
    "Back, or a new time agreed.": "已返回，或另约了时间。",
    "Agreed to be back at {at}; no entry says so.": "约定{at}返回，没有返回记录。",
    "A carer reports: {what}.": "护理员报告：{what}。",
    "{n} residents were counted, {expected} should be there.": "清点到{n}人，应有{expected}人。",
    "{what} was entered for this resident, but the code of another was scanned.":
        "{what}登记给本老人，扫到的却是另一位老人的码。",
    "{what} is not planned for this resident.": "本老人的计划中没有{what}。",
    "{what} was given twice within {n} min; at least {least} lie between.":
        "{what}在{n}分钟内给了两次；至少应隔{least}分钟。",
    "NEWS2 {total}: {parts}.": "NEWS2 {total}分：{parts}。",
    "The last chart scored NEWS2 {total}; from {least} an activity waits for the nurse.":
        "最近一次评估NEWS2 {total}分；{least}分起须由护士判断能否参加活动。",
    "The last chart is fine.": "最近一次评估正常。",
    "Opened at {at}: {where}, watched from {starts} to {ends}.": "{at}打开：{where}，值守时间{starts}至{ends}。",
    "A contact cannot know who passed: count heads.": "门磁不知道是谁通过：请清点人数。",
    "The door is shut again.": "门已关上。",
    "Nobody got up within {n} min after a confirmed fall.": "确认跌倒后{n}分钟内无人起身。",
    "A sensor suspects a fall and has not taken it back for {n} s.": "传感器怀疑跌倒，{n}秒内未撤回。",
    "The fall was taken back by {where}.": "{where}撤回了跌倒报告。",
    "The fall was taken back by {where}: went down and got up.": "{where}撤回了跌倒报告：曾倒地，已起身。",
    "Look at them today, and do not lift alone.": "当班须查看，不要一人扶起。",
    "A {phase} fall, told by {where}, received {n} s later.": "{where}报告跌倒（{phase}），{n}秒后才收到。",
    "A {phase} fall, told by {where}.": "{where}报告跌倒（{phase}）。",
    "The suspicion became a confirmed fall.": "疑似跌倒已确认为跌倒。",
    "Reported by {where}: {what}.": "{where}报告：{what}。",
    "The sensor says that it is over.": "传感器报告已结束。",
    "{what} for {span}.": "{what}，已持续{span}。",
    "Good again.": "已恢复正常。",
    "A sign of life of a resident who is on leave: the resident is back, or somebody else is there.":
        "请假外出的老人出现活动迹象：老人已返回，或有他人在场。",
    "A sign of life came.": "出现了活动迹象。",
    "Out of bed.": "已离床。",
    "No sign of life for {n} h; out of hearing: {devices}.": "{n}小时无任何活动迹象；失联：{devices}。",
    "No sign of life for {n} h.": "{n}小时无任何活动迹象。",
    "Look now.": "请立即查看。",
    "Still in bed at {at}; up by then on {n} of the last {all} mornings.":
        "{at}仍在床；最近{all}个早晨中有{n}个此时已起床。",
    "Somebody left the room {n} times at night while a bed there is empty.": "夜间有人{n}次走出房间，房内有床位空着。",
    "Left the bed {n} s ago; {how}.": "{n}秒前离床；{how}。",
    "{n} trips out of bed in the night, usually {usual}.": "本夜起床{n}次，平时{usual}次。",
    "The hours of the night are over.": "夜间时段已结束。",
    "Somebody has paced the corridor for {n} min at night; empty beds: {beds}.":
        "夜间有人在走廊徘徊{n}分钟；空床：{beds}张。",
    "Nobody paces the corridor any more.": "走廊里已无人徘徊。",
    "No message from any gateway for {span}: broker, ingest or network is down.":
        "{span}未收到任何网关的消息：消息服务器、接收程序或网络中断。",
    "Messages come again.": "消息已恢复。",
    "Gateway {gateway} was last heard {span} ago; {why}.": "网关{gateway}已{span}无消息；{why}。",
    "Check its {n} residents by hand.": "请人工查看它负责的{n}位老人。",
    "Heard again.": "已恢复通信。",
    "Out of hearing: {where}, last heard {span} ago; {why}.": "失联：{where}，已{span}无消息；{why}。",
    "{what} in a spot reading; limits are {low} and {high}.": "单次测量{what}；上下限为{low}和{high}。",
    "Measure again after 5 min.": "请5分钟后复测。",
    "Inside again.": "已回到范围内。",
    "Movement in bed {value} % for {n} min; usually below {usual} %.":
        "在床体动{value} %，已{n}分钟；平时低于{usual} %。",
    "Movement {value} %.": "体动{value} %。",
    "{what} is exactly {value} in {n} readings ten minutes apart: not a measurement.":
        "{what}在相隔十分钟的{n}次读数中恒为{value}：不是真实测量。",
    "The value moves again.": "数值又有变化。",
    "In the room, not in bed, and nothing has moved for {n} min.": "在房内、不在床上，已{n}分钟没有任何动静。",
    "Lies in bed.": "已躺在床上。",
    "The room's door opened.": "房门打开过。",
    "Something moved in the room.": "房内有动静。",
    "Nobody is seen in the room any more.": "房内已看不到人。",
    "Unlike the own nights of this resident: {why}.": "与本人平时的夜间不同：{why}。",
    "Worse than the own nights of this resident: {why}.": "比本人平时的夜间差：{why}。",
    "Two nights as usual.": "连续两夜与平时相同。",
    "The bed sensor sees somebody in bed and no vital signs for {span}, {cue}.":
        "床垫传感器显示有人在床，但{span}无生命体征，{cue}。",
    "Nobody is in the bed any more.": "床上已无人。",
    "A sign of life was seen.": "见到生命迹象。",
    "{what} for {span}, now {value}; told after {limit}.": "{what}已{span}，现为{value}；持续{limit}即报警。",
    "{what}: inside the limits by {by} for {span}.": "{what}：回到范围内并留有{by}余量，已{span}。",
    "More than 3 alerts within a minute, or more than 10 unanswered a carer: the rest is listed here.":
        "一分钟内超过3条报警，或每位护理员有10条以上未应答：其余列在此处。",
    "Nothing is left under it.": "其下已无报警。",
    "{channel} does not deliver: {why}": "{channel}无法送达：{why}",
    "{channel} fails too: {why}": "{channel}也失败：{why}",
    "{channel} delivers again": "{channel}已恢复送达",
}  # fmt: skip
WORDS: dict[str, str] = {
    "at which it is urgent": "紧急时限", "here at this hour": "此处此时段的时限", "the limit": "时限",
    "the urgent limit": "紧急时限", "ahead": "快了", "behind": "慢了", "a gateway": "网关",
    "spool full": "缓存已满", "disk full": "磁盘已满", "store lost": "存储丢失", "spool damaged": "缓存损坏",
    "suspected": "疑似", "confirmed": "已确认", "aggression": "攻击行为", "choking": "噎食",
    "zone exit": "离开允许区域",
    "stranger in room": "他人误入房间", "bed fall": "坠床", "breathing stopped": "呼吸停止",
    "gets up under supervision only": "起床须有人看护", "never gets up alone": "不可独自起床",
    "its connection broke": "连接中断", "its gateway says it is offline": "网关报告其离线",
    "no second cue says so: look in now": "没有第二个传感器佐证：请立即查看",
}  # fmt: skip
DEVICES: dict[str, str] = {
    "bed sensor": "床垫传感器", "vital signs monitor": "体征仪", "call button": "呼叫按钮", "fall sensor": "跌倒传感器",
    "wearable": "手环", "presence sensor": "人体传感器", "door contact": "门磁", "room sensor": "环境传感器",
    "device": "设备",
}  # fmt: skip
_PARTS: dict[str, str] = {
    "respiratory rate": "呼吸", "respiration": "呼吸", "spo2": "血氧", "oxygen saturation": "血氧", "oxygen": "吸氧",
    "systolic": "收缩压", "diastolic": "舒张压", "pulse": "脉搏", "heart rate": "心率", "consciousness": "意识",
    "temperature": "体温", "body temperature": "体温", "minutes in bed": "卧床分钟数",
}  # fmt: skip
_NAMES = {
    **{spec.en.lower(): spec.zh for spec in ALERTS.values()},
    **{spec.en.lower(): spec.zh for spec in OBSERVATIONS.values()}, **_PARTS,
}  # fmt: skip
_KINDS = "|".join(DEVICES)
# Parts of a sentence that hold names and numbers themselves, in the order in which they are tried.
VALUES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"the limit learnt from (\d+) absences", r"由{0}次离床得出的个人时限"),
        (r"it promised to speak every (\S+) s", r"应每{0}秒通信一次"),
        (r"it promised to be heard every (\S+) s", r"应每{0}秒通信一次"),
        (r"and (.+) sees somebody there", r"且{0}显示有人"),
        (r"device ('.*'), which nobody registered, at (.+)", r"{1}上未登记的设备{0}"),
        (r"gateway (\S+)", r"网关{0}"),
        (r"(.+) below (\S+)", r"{0}低于{1}"),
        (r"(.+) above (\S+)", r"{0}高于{1}"),
        (r"(.+), limit (\S+) in one night", r"{0}，单夜界限{1}"),
        (r"(.+), limit (\S+) for two signs", r"{0}，两项体征界限{1}"),
        (r"(.+), limit (\S+) in two of three nights", r"{0}，三夜中两夜界限{1}"),
        (r"(.+), together (\S+), limit (\S+)", r"{0}，合计{1}，界限{2}"),
        (r"(.+) and (.+ spreads)", r"{0}、{1}"),
        (r"(.+) ([+-]\S+) spreads", r"{0}偏离平时{1}倍波动"),
        (r"([^,]+), (.+)", r"{0}、{1}"),
        (rf"the ({_KINDS}) at (.+)", r"{1}的{0}"),
        (rf"the ({_KINDS}) (.+)", r"{0} {1}"),
        (r"(\S+) s", r"{0}秒"),
        (r"(\S+) min", r"{0}分钟"),
        (r"(\S+) h", r"{0}小时"),
    )
)
_MEASURED = re.compile(r"(?P<name>[A-Za-z].*?)(?P<number> -?\d.*)")
_BETWEEN = re.compile(r"(?<=\.) (?=[A-Z])")
_NAME = re.compile(r"\{(\w+)\}")


def in_chinese(reason: str) -> str:
    """Return a detector's reason in Chinese, sentence by sentence; what is not known stays as it is."""
    parts = [(_sentence(one), one) for one in _BETWEEN.split(reason)]
    if all(chinese is not None for chinese, _ in parts):
        return "".join(chinese or "" for chinese, _ in parts)
    return _sentence(reason) or "".join(chinese or one for chinese, one in parts)


def _sentence(text: str) -> str | None:
    for pattern, chinese in _compiled():
        if (found := pattern.fullmatch(text)) is not None:
            values = {name: part_in_chinese(value) for name, value in found.groupdict().items()}
            return chinese.format(**values)
    return None


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences that say most about themselves first: an open one must not take what another is about."""
    order = sorted(SENTENCES, key=lambda english: -len(_NAME.sub("", english)))
    return tuple((re.compile(_pattern(english), re.DOTALL), SENTENCES[english]) for english in order)


def _pattern(english: str) -> str:
    pieces = _NAME.split(english)
    return "".join(re.escape(piece) if at % 2 == 0 else f"(?P<{piece}>.+?)" for at, piece in enumerate(pieces))


def part_in_chinese(text: str) -> str:
    """Return a part of a sentence in Chinese: a word, a name with a number, a device, a span of time."""
    plain = text.replace("_", " ")
    if plain in WORDS or plain in DEVICES:
        return WORDS.get(plain) or DEVICES[plain]
    if plain.lower() in _NAMES:
        return _NAMES[plain.lower()]
    for pattern, chinese in VALUES:
        if (match := pattern.fullmatch(text)) is not None:
            return chinese.format(*(part_in_chinese(part) for part in match.groups()))
    if (found := _MEASURED.fullmatch(text)) is not None and found["name"].lower() in _NAMES:
        return f"{_NAMES[found['name'].lower()]}{found['number']}"
    return text
