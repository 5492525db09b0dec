"""The vocabulary is complete: each word has its meaning, each code is used once."""

from __future__ import annotations

from anxin.catalogue import ALERTS, CALLS, Risk
from anxin.vocabulary import OBSERVATIONS, AlertClass, AlertKind, CallKind, ObservationKind, Priority


def test_every_observation_kind_has_a_meaning_and_a_code_of_its_own() -> None:
    assert set(OBSERVATIONS) == set(ObservationKind)
    assert len({spec.code for spec in OBSERVATIONS.values()}) == len(OBSERVATIONS)
    for kind, spec in OBSERVATIONS.items():
        assert spec.low < spec.high, kind
        assert spec.scale > 0, kind
        assert spec.en, kind
        assert spec.zh, kind


def test_every_alert_kind_has_a_meaning_and_a_way_to_see_it() -> None:
    assert set(ALERTS) == set(AlertKind)
    for kind, spec in ALERTS.items():
        assert spec.en, kind
        assert spec.zh, kind
        assert spec.needs, kind
    assert len({spec.zh for spec in ALERTS.values()}) == len(ALERTS)
    assert set(CALLS) == set(CallKind)


def test_life_safety_kinds_a_suspected_fall_and_a_contradiction_are_never_suppressed() -> None:
    free = {kind for kind, spec in ALERTS.items() if not spec.suppressible}
    assert free == {kind for kind, spec in ALERTS.items() if spec.life_safety} | {
        AlertKind.FALL_SUSPECTED,
        AlertKind.PRESENCE_CONTRADICTION,
    }


def test_every_one_of_the_nine_risks_is_guarded_against() -> None:
    assert {risk for spec in ALERTS.values() if len(spec.risks) < len(Risk) for risk in spec.risks} == set(Risk)


def test_life_safety_kinds_are_high_latch_and_are_about_people() -> None:
    for kind, spec in ALERTS.items():
        if spec.life_safety:
            assert (spec.priority, spec.latching, spec.alert_class) == (
                Priority.HIGH, True, AlertClass.PHYSIOLOGICAL
            ), kind  # fmt: skip
