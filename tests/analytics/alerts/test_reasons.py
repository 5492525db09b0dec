"""Every reason that a detector can give reads in Chinese: the sentences in the code, and those of stories. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import analytics
from analytics.alerts.reasons import SENTENCES, in_chinese
from tests.analytics.stage import eventful

ROOT = Path(analytics.__file__).parent
SOURCES = (*sorted(ROOT.glob("detectors/*.py")), ROOT / "sign.py", ROOT / "alerts/board.py", ROOT / "notify/health.py")
ENGLISH = re.compile(r"[a-z]{3}")


def sentences(path: Path) -> Iterator[str]:
    """Sentences of a module, a number in each hole; not those that begin with one, whose words stand elsewhere."""
    tree = ast.parse(path.read_text())
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | docs:
            text = node.value
        else:
            continue
        if re.fullmatch(r"[A-Z].* .*\.|[A-Z][a-z]+\.", text.strip()):
            yield text.strip()


FOUND = sorted({text for path in SOURCES for text in sentences(path)})


@pytest.mark.parametrize("text", FOUND)
def test_every_sentence_of_a_detector_has_a_chinese_one(text: str) -> None:
    assert not ENGLISH.search(in_chinese(text)), in_chinese(text)


def test_the_sentences_were_found() -> None:
    assert len(FOUND) > 50


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Heart rate above 110 for 10 min, now 140; told after 10 min.",
         "心率高于110已10分钟，现为140；持续10分钟即报警。"),
        ("Body temperature 36.9: inside the limits by 0.3 for 30 min.",
         "体温 36.9：回到范围内并留有0.3余量，已30分钟。"),
        ("SOS call, made on the call button at 101 室 1 床.",
         "紧急呼叫，来自101 室 1 床的呼叫按钮。"),
        ("SOS call, made on the call button b-1, received 1380 s later.",
         "紧急呼叫，来自呼叫按钮 b-1，1380秒后才收到。"),
        ("A confirmed fall, told by the fall sensor at 201 室卫生间.",
         "201 室卫生间的跌倒传感器报告跌倒（已确认）。"),
        ("No sign of life for 12 h; out of hearing: the bed sensor at 1 床, the presence sensor at 走廊. Look now.",
         "12小时无任何活动迹象；失联：1 床的床垫传感器、走廊的人体传感器。请立即查看。"),
        ("Worse than the own nights of this resident: heart rate +3.2 spreads and respiratory rate +2.1 spreads, "
         "limit 2 for two signs.",
         "比本人平时的夜间差：心率偏离平时+3.2倍波动、呼吸偏离平时+2.1倍波动，两项体征界限2。"),
        ("Out of bed at night for 41 min; the limit learnt from 12 absences is 38 min. "
         "For 3 min of it no sensor saw the bed.",
         "夜间离床已41分钟；由12次离床得出的个人时限为38分钟。其中3分钟没有传感器看到床位。"),
        ("Somebody has been in the bathroom for 30 min, the limit at which it is urgent.",
         "有人在卫生间已30分钟，达到紧急时限。"),
        ("Smoke for 5 s.",
         "烟雾，已持续5秒。"),
        ("NEWS2 7: respiratory rate 3, spo2 2, oxygen 2.",
         "NEWS2 7分：呼吸 3、血氧 2、吸氧 2。"),
        ("sms does not deliver: HTTP 401",
         "sms无法送达：HTTP 401"),
        ("Something that nobody wrote.",
         "Something that nobody wrote."),
    ],
)  # fmt: skip
def test_what_it_reads_like(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_no_story_leaves_english_to_a_chinese_nurse() -> None:
    names = re.compile(r"[a-z]+-\d|[a-z]+-[a-z]+|NEWS2|spool|clock")  # what devices and gateways call themselves
    left = {one.reason for one in eventful().findings() if ENGLISH.search(names.sub("", in_chinese(one.reason)))}
    assert left == set()


def test_a_chinese_sentence_names_what_its_english_one_does() -> None:
    holes = re.compile(r"\{(\w+)\}")
    assert all(sorted(holes.findall(zh)) == sorted(holes.findall(en)) for en, zh in SENTENCES.items())
