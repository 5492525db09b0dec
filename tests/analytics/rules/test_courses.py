"""The table of onsets and ends names every kind, and only numbers that the rules have."""

from __future__ import annotations

import re

from analytics.parameters import PARAMETERS
from anxin.catalogue import ALERTS
from anxin.courses import COURSES

NUMBERS = {f"{parameter.rule}.{parameter.name}" for parameter in PARAMETERS}
RULES = {parameter.rule for parameter in PARAMETERS}


def test_every_kind_of_the_catalogue_says_how_it_begins_and_ends() -> None:
    assert COURSES.keys() == ALERTS.keys()
    assert all(course.onset and course.clearing for course in COURSES.values())


def test_what_is_named_is_a_number_of_a_rule() -> None:
    named = {name for course in COURSES.values() for text in course for name in re.findall(r"`([^`]+)`", text)}
    unknown = {name for name in named if name not in NUMBERS and name.removesuffix(".*") not in RULES}
    assert not unknown and len(named) > 100


def test_every_number_that_delays_or_ends_an_alert_stands_in_it() -> None:
    named = {name for course in COURSES.values() for text in course for name in re.findall(r"`([^`]+)`", text)}
    timing = {name for name in NUMBERS if name.endswith((".persist_s", ".clear_s", ".hysteresis", ".grace_min"))}
    assert timing <= named
