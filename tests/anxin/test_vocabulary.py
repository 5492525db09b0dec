"""The vocabulary is complete: each word has its meaning, each code is used once."""

from __future__ import annotations

from anxin.vocabulary import ALERTS, OBSERVATIONS, AlertClass, AlertKind, ObservationKind, Priority


def test_every_observation_kind_has_a_meaning_and_a_code_of_its_own() -> None:
    assert set(OBSERVATIONS) == set(ObservationKind)
    assert len({spec.code for spec in OBSERVATIONS.values()}) == len(OBSERVATIONS)
    for kind, spec in OBSERVATIONS.items():
        assert spec.low < spec.high, kind
        assert spec.scale > 0, kind
        assert spec.en, kind
        assert spec.zh, kind


def test_every_alert_kind_has_a_meaning() -> None:
    assert set(ALERTS) == set(AlertKind)


def test_life_safety_kinds_are_high_latch_and_are_about_people() -> None:
    for kind, spec in ALERTS.items():
        if spec.life_safety:
            assert (spec.priority, spec.latching, spec.alert_class) == (
                Priority.HIGH, True, AlertClass.PHYSIOLOGICAL
            ), kind  # fmt: skip
