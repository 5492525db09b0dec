"""What a conformance finding says, in English and Chinese: what is wrong, and what to do. Data only."""

from __future__ import annotations

# code → English, Chinese: what is wrong, and what to do
WORDS: dict[str, tuple[str, str]] = {
    "topic": ("{detail}; it is never read", "{detail}；该消息不会被读取"),
    "retained": (
        "number {seq} is retained: publish messages without the retain flag",
        "第 {seq} 号带保留标志：发布消息时不要保留",
    ),
    "qos": (
        "number {seq} came with QoS 0: publish with QoS 1, or the broker may lose it",
        "第 {seq} 号以 QoS 0 发布：请用 QoS 1，否则代理可能丢失",
    ),
    "start": (
        "epoch {epoch} begins with number {seq}: a new epoch begins with 1 (or was it under way before?)",
        "纪元 {epoch} 从第 {seq} 号开始：新纪元应从 1 开始（或监听前已在发送？）",
    ),
    "jump": (
        "after number {before} came {seq}: what lies between must be sent again, or declared as a gap event",
        "第 {before} 号之后是第 {seq} 号：中间的须重发，或用 gap 事件声明",
    ),
    "gap": (
        "the gap event {first} to {last} stands under number {seq}: it goes alone, under number {last}",
        "gap 事件（{first} 至 {last}）以第 {seq} 号发送：须单独成消息，编号为 {last}",
    ),
    "repeat": ("number {seq} came again: harmless, it counts once", "第 {seq} 号重复：无害，只计一次"),
    "reused": (
        "number {seq} came again with another content: the second is lost; count on",
        "第 {seq} 号重复但内容不同：后者丢失；编号须递增",
    ),
    "payload": ("number {seq} cannot be read ({reason}): {detail}", "第 {seq} 号无法读取（{reason}）：{detail}"),
    "source": (
        "source is {found}, the topic says {wanted}: write {wanted}",
        "source 为 {found}，主题为 {wanted}：应写 {wanted}",
    ),
    "future": (
        "{type} says {time}, {ahead} ahead of now: set the clock (NTP); the time of receipt counts instead",
        "{type} 的时间 {time} 比现在快 {ahead}：请校时（NTP）；将改用接收时间",
    ),
    "past": (
        "{type} says {time}, more than 30 days ago: the time of receipt counts instead",
        "{type} 的时间 {time} 超过 30 天前：将改用接收时间",
    ),
    "kind": (
        "no observation kind is called {kind}: its values are not stored",
        "没有名为 {kind} 的观测类型：其数值不会保存",
    ),
    "range": (
        "{kind} = {value:g} cannot be true ({low:g} to {high:g}): is the unit {unit}?",
        "{kind} = {value:g} 不可信（{low:g} 至 {high:g}）：单位是 {unit} 吗？",
    ),
    "device": (
        "device {device} is not registered: assign it on the page New devices; until then it is put aside",
        "设备 {device} 未登记：请在“新设备”页面分配；在此之前不予采信",
    ),
    "lane": (
        "{type} of {device} came in the lane data, behind what waits there: send it alone in the lane urgent",
        "{device} 的 {type} 走了 data 通道，会排队等待：请单独走 urgent 通道",
    ),
    "birth": (
        "epoch {epoch} does not begin with a birth event: say software, heartbeat_s and devices first",
        "纪元 {epoch} 没有以 birth 事件开始：请先说明 software、heartbeat_s 和设备",
    ),
    "heartbeat": (
        "no heartbeat for {seconds:.0f} s: after three missed ones the gateway counts as silent, and that rings",
        "{seconds:.0f} 秒没有心跳：错过三次即视为网关失联并报警",
    ),
    "no_link": (
        "nothing was said on …/link: set a last will there, so that a lost connection is known at once",
        "没有 …/link 消息：请在该主题设置遗嘱，断线即可获知",
    ),
}
