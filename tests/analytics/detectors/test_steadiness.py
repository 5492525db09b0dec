"""Restless above one's own, and values that are stuck."""

from __future__ import annotations

from tests.analytics.stage import Story


def slots(story: Story, count: int, kind: str, *values: float | None) -> Story:
    """One reading every ten minutes, the values in turn."""
    for number in range(count):
        story.measure("pad-3", **{kind: values[number % len(values)]})  # type: ignore[arg-type]
        story.after(minutes=10)
    return story


def test_movement_above_ones_own_is_restless_until_it_is_calm() -> None:
    story = slots(slots(Story(), 400, "movement", 2.0, 5.0, 8.0), 3, "movement", 40.0)
    assert story.told("restless") == [("restless", "began")]
    assert slots(story, 1, "movement", 4.0).told("restless")[-1] == ("restless", "ended")


def test_who_always_moves_much_is_not_restless() -> None:
    assert slots(Story(), 420, "movement", 20.0, 40.0, 60.0).told("restless") == []


def test_one_high_slot_and_little_knowledge_say_nothing() -> None:
    story = slots(slots(Story(), 400, "movement", 2.0, 5.0), 2, "movement", 40.0)
    assert slots(story, 2, "movement", 3.0).told("restless") == []
    assert slots(slots(Story(), 100, "movement", 2.0), 9, "movement", 40.0).told("restless") == []


def test_a_heart_rate_that_never_varies_is_no_measurement() -> None:
    story = slots(Story(), 11, "heart_rate", 61.0)
    assert story.told("stuck_value") == []
    slots(story, 1, "heart_rate", 61.0)
    assert story.told("stuck_value") == [("stuck_value", "began")]
    assert slots(story, 1, "heart_rate", 62.0).told("stuck_value")[-1] == ("stuck_value", "ended")


def test_null_breaks_no_row_and_varying_values_are_fine() -> None:
    assert slots(Story(), 24, "heart_rate", 61.0, None).told("stuck_value") == [("stuck_value", "began")]
    assert slots(Story(), 48, "heart_rate", 61.0, 62.0).told("stuck_value") == []
