"""The ward dashboard: what a ward's wall shows beside Anxin's own pages. Places and carers, never residents' names.

Grafana asks every 30 s at best and shows old data in silence when it cannot: alarms belong on Anxin's own pages.
"""

from __future__ import annotations

from typing import Any

from anxin.db.sql import load
from dashboards.panels import (
    BLUE,
    CYAN,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Place,
    Words,
    column,
    fixed,
    query_variable,
    series_panel,
    source_variable,
    stat_panel,
    steps,
    table_panel,
    timeline_panel,
    whole,
    words,
)
from dashboards.sdk import dashboard

_queries = load("dashboards", "ward.sql")
_NOTHING = "无 none"
_HIGH, _MEDIUM, _LOW = "高 High", "中 Medium", "低 Low"  # IEC 60601-1-8: red, yellow, cyan
_PRIORITY: Words = {1: (_HIGH, RED), 2: (_MEDIUM, YELLOW), 3: (_LOW, CYAN)}
_STATE: Words = {
    "on": ("待处理 needs somebody", RED),
    "ack": ("已接手 taken", BLUE),
    "latched": ("已消失未接手 gone, nobody took it", ORANGE),
    "off": ("已消失待关闭 gone, to be closed", GREY),
}
_IN, _EDGE, _OUT, _UNKNOWN, _FREE = "在床 In", "床边 Edge", "离床 Out", "未知 Unknown", "空床 Free"
_OCCUPANCY: Words = {
    "in": (_IN, GREEN),
    "edge": (_EDGE, ORANGE),
    "out": (_OUT, ORANGE),
    "unknown": (_UNKNOWN, GREY),
    "free": (_FREE, BLUE),
}
_CODES: Words = {0: (_UNKNOWN, GREY), 1: (_IN, GREEN), 2: (_OUT, ORANGE), 3: (_FREE, BLUE)}
_SORT: Words = {"device": ("设备 device", GREY), "gateway": ("网关 gateway", RED)}


def build() -> dict[str, Any]:
    """Return the dashboard as JSON."""
    ward = query_variable("ward", "病区 Ward", _queries.wards, _queries.all_wards)
    panels = [
        *_figures(), _open_alerts(), _beds(), _bed_timeline(),
        _rate((0, 25, 12, 9), "心率 Heart rate (次/分 /min)", _queries.heart_rate),
        _rate((12, 25, 12, 9), "呼吸率 Respiratory rate (次/分 /min)", _queries.respiratory_rate),
        _silent(), _alerts_per_day(), _response(),
    ]  # fmt: skip
    return whole(
        "anxin-ward",
        "安心 · 病区 Ward",
        "病区概览，不代替安心自己的报警页面。 A ward at a glance; alarms belong on Anxin's own pages, not here.",
        [source_variable(), ward],
        panels,
    )


def _figures() -> tuple[dashboard.Panel, ...]:
    late = steps(GREEN, (60, ORANGE), (180, RED))
    return (
        stat_panel(
            (0, 0, 7, 4),
            "未关闭告警 Open alerts",
            "按优先级统计的未关闭告警。 Alerts nobody has closed yet, by priority.",
            _queries.open_counts,
            [column(name, thresholds=steps(GREEN, (1, color))) for name, color in _PRIORITY.values()],
        ),
        stat_panel(
            (7, 0, 9, 4),
            "床位 Beds",
            "现在各状态的床位数；传感器失联的床位算未知。 Beds by what is known now; a silent sensor is unknown.",
            _queries.bed_counts,
            [
                column(_IN, thresholds=steps(GREEN)),
                column(_OUT, thresholds=steps(GREY, (1, ORANGE))),
                column(_UNKNOWN, thresholds=steps(GREEN, (1, GREY))),
            ],
        ),
        stat_panel(
            (16, 0, 8, 4),
            "值守系统 The watch itself",
            "距最新消息入库、现状更新、报警分析上次工作的时间。"
            " Since the newest message was stored, the current state was brought up to date, the detectors worked.",
            _queries.watch,
            [column(name, thresholds=late) for name in ("入库 Stored", "现状 Shown", "分析 Watched")],
            unit="s",
        ),
    )


def _open_alerts() -> dashboard.Panel:
    return table_panel(
        (0, 4, 24, 9),
        "告警列表 Alerts now",
        "未关闭的告警，最紧急的在前；只显示位置，不显示老人姓名。 Open alerts, most urgent first; places, no names.",
        _queries.open_alerts,
        [
            column("优先级 Priority", mappings=[words(_PRIORITY)], cell="background", width=110),
            column("状态 State", mappings=[words(_STATE)], cell="text"),
            column("已持续 Since", unit="s"),
        ],
        no_value=_NOTHING,
    )


def _beds() -> dashboard.Panel:
    return table_panel(
        (0, 13, 12, 12),
        "床位现状 Beds now",
        "在床状态、心率、呼吸率及数据的时间；设备或网关失联即为未知，心率和呼吸率超过 120 秒不再显示。"
        " Occupancy and rates, with age; unknown once the device or its gateway is silent, rates also after 120 s.",
        _queries.beds,
        [
            column("状态 State", mappings=[words(_OCCUPANCY)], cell="background"),
            *(column(name, unit="s") for name in ("距今 Age", "心率距今 HR age", "呼吸距今 RR age")),
        ],
    )


def _bed_timeline() -> dashboard.Panel:
    return timeline_panel(
        (12, 13, 12, 12),
        "在床时间线 Beds over time",
        "每张床在床、离床、未知的时段；没有听到的时间是未知。 When each bed was in use; what was not heard is unknown.",
        _queries.bed_timeline,
        _CODES,
    )


def _rate(at: Place, title: str, sql: str) -> dashboard.Panel:
    return series_panel(
        at,
        title,
        "按分钟平均；没有测到的时间留空；非医疗用途。"
        " Means of minutes; gaps where nothing was measured; not for medical use.",
        sql,
        interval="1m",
    )


def _silent() -> dashboard.Panel:
    return table_panel(
        (0, 34, 12, 9),
        "失联的设备和网关 Silent devices and gateways",
        "比约定的时间更久没有听到的设备和网关。 Devices and gateways not heard for longer than they promised.",
        _queries.silent,
        [
            column("类别 Sort", mappings=[words(_SORT)], cell="text"),
            column("多久未听到 Silent for", unit="s"),
            column("约定 Promised", unit="s"),
        ],
        no_value="–",
    )


def _alerts_per_day() -> dashboard.Panel:
    return series_panel(
        (12, 34, 12, 9),
        "每日告警数 Alerts per day",
        "按护理院当地日期和优先级，不含测试。 By the facility's local day and priority, without tests.",
        _queries.alerts_per_day,
        bars=True,
        time_from="14d",
        overrides=[column(name, color=fixed(color)) for name, color in _PRIORITY.values()],
    )


def _response() -> dashboard.Panel:
    panel = table_panel(
        (0, 43, 24, 9),
        "响应时间 Time to take and to arrive",
        "从告警到有人接手、到有人到场；百分位数只计已接手、已到场的，无人接手的另列；不含测试。"
        " From the alert to the first person who took it and who stood there; percentiles know only those, what nobody"
        " took is counted beside; no tests.",
        _queries.response,
        [
            column("优先级 Priority", mappings=[words(_PRIORITY)], cell="text"),
            *(
                column(name, unit="s")
                for name in ("接手 Taken p50", "接手 Taken p90", "到场 There p50", "到场 There p90")
            ),
        ],
        no_value="–",
    )
    panel.time_from = "30d"
    return panel
