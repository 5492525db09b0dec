"""The alarm burden's arithmetic. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.burden import SUGGESTIONS, Case, carer_hours, causes, measure, share, times
from analytics.alerts.burden_store import as_json, as_text
from analytics.alerts.roster import Duty, Post, Roster
from anxin.vocabulary import AlertKind, Outcome, Priority

SINCE = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight in Shanghai
CASE = Case(AlertKind.OUT_OF_BED_LONG, Priority.MEDIUM, False, "pad-1", "12", 7, SINCE, None, None, None, None)
ROSTER = Roster(
    "Asia/Shanghai",
    (
        Duty(1, Post.CARER, 1, time(21), time(7)),
        Duty(2, Post.NURSE, 1, time(7), time(21)),
        Duty(3, Post.PHONE, None, time(0), time(0)),
    ),
)


def some(outcome: Outcome | None, count: int, **changes: object) -> list[Case]:
    return [replace(CASE, outcome=outcome, **changes) for _ in range(count)]  # type: ignore[arg-type]


def test_tests_and_what_ended_alone_say_nothing_about_right_or_wrong() -> None:
    cases = [
        *some(Outcome.REAL, 2), *some(Outcome.ASSISTED, 1), *some(Outcome.FALSE, 1), *some(Outcome.NOT_FOUND, 2),
        *some(Outcome.TEST, 9), *some(Outcome.SELF_CLEARED, 9), *some(None, 9),
    ]  # fmt: skip
    found = share(cases)
    assert (found.judged, found.wrong, found.value) == (6, 3, 0.5)
    assert share(some(Outcome.TEST, 3)).value is None


@pytest.mark.parametrize(
    ("values", "p50", "p90", "missing"),
    [([], None, None, 0), ([None], None, None, 1), ([5.0], 5, 5, 0), ([*map(float, range(1, 11)), None], 5, 9, 1)],
)
def test_percentiles_are_nearest_ranks_of_what_happened(
    values: list[float | None], p50: float | None, p90: float | None, missing: int
) -> None:
    found = times(values)
    assert (found.p50, found.p90, found.missing) == (p50, p90, missing)


def test_carer_hours_are_of_carers_and_nurses_and_the_night_is_local() -> None:
    assert carer_hours(ROSTER, SINCE, SINCE + timedelta(days=2)) == (48.0, 18.0)


def test_rates_divide_by_days_and_hours_and_say_nothing_without_them() -> None:
    rings = ((SINCE + timedelta(hours=2), 1), (SINCE + timedelta(hours=12), 3))
    cases = [replace(CASE, rings=rings), replace(CASE, priority=Priority.LOW), replace(CASE, priority=Priority.HIGH)]
    found = measure(cases, ROSTER, 4.0, SINCE, SINCE + timedelta(days=1))
    assert found.per_resident_day == 0.5
    assert found.told_per_carer_hour == pytest.approx(4 / 24)
    assert found.told_per_carer_hour_at_night == pytest.approx(1 / 9)
    nobody = measure(cases, Roster("Asia/Shanghai", ()), 0.0, SINCE, SINCE + timedelta(days=1))
    assert (nobody.per_resident_day, nobody.told_per_carer_hour) == (None, None)


@pytest.mark.parametrize(
    ("cases", "suggestion", "knob"),
    [
        (some(Outcome.FALSE, 3), "sensor", None),
        (some(Outcome.SELF_CLEARED, 7) + some(None, 3), "later", ("bed_absence", "warn_min")),
        (some(Outcome.REAL, 3), "real", None),
        (some(Outcome.REAL, 6), "person", None),
        (some(None, 4), "unjudged", None),
        (some(Outcome.FALSE, 2), "few", None),
        (
            some(Outcome.SELF_CLEARED, 4, kind=AlertKind.DEVICE_SILENT, technical=True, resident_id=None),
            "fault", ("device_silence", "factor"),
        ),
    ],
)  # fmt: skip
def test_a_cause_has_a_suggestion(cases: list[Case], suggestion: str, knob: tuple[str, str] | None) -> None:
    (cause,) = causes(cases)
    assert (cause.suggestion, cause.knob, cause.alerts) == (suggestion, knob, len(cases))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(AlertKind)), st.sampled_from([None, "a", "b"]), st.sampled_from([None, *Outcome])
        )
    )
)
def test_any_cases_can_be_measured_and_said(rows: list[tuple[AlertKind, str | None, Outcome | None]]) -> None:
    cases = [replace(CASE, kind=kind, device=device, outcome=outcome) for kind, device, outcome in rows]
    found = measure(cases, ROSTER, 10.0, SINCE, SINCE + timedelta(hours=6))
    assert sum(found.alerts.values()) == len(cases)
    assert len(found.causes) <= 10
    assert [cause.alerts for cause in found.causes] == sorted((cause.alerts for cause in found.causes), reverse=True)
    assert {cause.suggestion for cause in found.causes} <= set(SUGGESTIONS)
    assert as_json(found)["alerts"]["medium"] == len(cases)
    assert as_text(found, "zh").count("\n") == as_text(found, "en").count("\n")
