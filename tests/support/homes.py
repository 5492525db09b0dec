"""A small home for tests."""

from __future__ import annotations

from anxin.facility import Facility, parse

SMALL_HOME = """
code = "home"
name = "安心之家"
time_zone = "Asia/Shanghai"

[[regions]]
code = "hubei"
name = "湖北省"
level = "province"

[[regions]]
code = "suizhou"
name = "随州市"
level = "city"

[[wards]]
code = "ward-1"
name = "一区"

[[wards.rooms]]
code = "room-101"
name = "101"
scan_code = "room101"
[[wards.rooms.beds]]
code = "bed-101-1"
name = "101-1"
scan_code = "bed1011"
[[wards.rooms.beds]]
code = "bed-101-2"
name = "101-2"

[[wards.rooms]]
code = "exit-1"
name = "大门"
kind = "exit"

[[residents]]
code = "wang"
name = "王秀英"
birth_year = 1938
bed = "bed-101-1"
profile = { fall_risk = "high", care_level = "full" }

[[residents]]
code = "li"
name = "李国华"
bed = "bed-101-2"

[[gateways]]
code = "gw-1"
name = "一区网关"
[[gateways.devices]]
id = "pad-101-1"
kind = "bed_sensor"
bed = "bed-101-1"
supervision_s = 30
[[gateways.devices]]
id = "button-101-1"
kind = "call_button"
bed = "bed-101-1"
supervision_s = 3600
[[gateways.devices]]
id = "radar 101"
kind = "fall_sensor"
room = "room-101"

[[accounts]]
code = "nurse"
name = "张护士"
role = "nurse"

[[accounts]]
code = "daughter"
name = "王女士"
role = "relative"
residents = ["wang"]
consent_by = "wang"

[[duties]]
account = "nurse"
post = "nurse"
shift = "night"
starts = "21:00"
ends = "07:00"
ward = "ward-1"

[[policies]]
rule = "bed_absence"
parameter = "warn_min"
value = 15
resident = "wang"

[[policies]]
rule = "bed_absence"
parameter = "warn_min"
value = 10
resident = "li"
starts = "00:00"
ends = "05:00"

[[schedules]]
kind = "medication"
code = "metformin"
times = ["08:00", "20:00"]
resident = "wang"

[[schedules]]
kind = "round"
every_min = 120
care_level = "full"
"""


def small_home(text: str = SMALL_HOME) -> Facility:
    return parse(text, "small_home.toml")
