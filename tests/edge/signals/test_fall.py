"""The life of a fall: suspected, kept or withdrawn, confirmed, a long lie, up again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from anxin.vocabulary import DetectionKind, Phase
from edge.signals.fall import fall_detector
from edge.signals.model import Chunk, Finding, Floats, Output, SignalError
from tests.edge.signals.samples import START, fall, standing, walking

IMPACT = START + 10.5


@dataclass
class Sure:
    """A model of known opinions, so that the life of an episode is tested apart from the trained coefficients."""

    one: float = 1.0
    two: float = 1.0
    first_threshold: float = 0.5
    later_threshold: float = 0.5

    def first(self, features: Floats) -> float:
        return self.one

    def later(self, first: Floats, later: Floats) -> float:
        return self.two


def findings(outputs: list[Output]) -> list[Finding]:
    return [o for o in outputs if isinstance(o, Finding)]


def phases(outputs: list[Output]) -> list[Phase]:
    return [f.phase for f in findings(outputs)]


def then(chunk: Chunk, values: Floats, rate: float = 100.0) -> Chunk:
    time = np.concatenate((chunk.time, chunk.time[-1] + (1 + np.arange(len(values))) / rate))
    return Chunk(time, np.concatenate((chunk.values, values)), chunk.unit)


def lying(seconds: float) -> Floats:
    return standing(seconds, seed=9)[:, [1, 0, 2]] * -1


@pytest.mark.parametrize("rate", [20.0, 25.0, 50.0, 100.0, 200.0])
@pytest.mark.parametrize("placement", ["waist", "sternum", "wrist"])
def test_the_shipped_model_suspects_a_fall_within_three_seconds_with_numbers(placement: str, rate: float) -> None:
    chunk = fall(rate=rate)
    detector = fall_detector({"placement": placement})
    known, first = 0.0, None
    for i in range(0, len(chunk.time), 5):
        found = findings(detector.feed(chunk.part(i, i + 5)))
        if found and first is None:
            known, first = float(chunk.time[min(i + 4, len(chunk.time) - 1)]), found[0]
    assert first is not None
    assert first.phase is Phase.SUSPECTED
    assert first.detection is DetectionKind.FALL
    assert first.time == pytest.approx(IMPACT, abs=0.2)
    assert known - first.time <= 3.0
    assert float(first.evidence["peak_g"]) > 2.0
    assert float(first.evidence["posture_change_deg"]) > 60.0
    assert float(first.evidence["free_fall_s"]) > 0.1


@pytest.mark.parametrize("placement", ["waist", "sternum", "wrist"])
def test_standing_and_walking_raise_nothing(placement: str) -> None:
    detector = fall_detector({"placement": placement})
    chunk = then(Chunk(START + np.arange(3000) / 100, standing(30), "g"), walking(60))
    assert findings(detector.feed(chunk)) == []


def test_units_are_the_same_fall() -> None:
    chunk = fall()
    in_g = fall_detector({}).feed(chunk)
    in_mg = fall_detector({}).feed(Chunk(chunk.time, chunk.values * 1000, "mg"))
    in_si = fall_detector({}).feed(Chunk(chunk.time, chunk.values * 9.80665, "m/s2"))
    assert phases(in_g) == phases(in_mg) == phases(in_si) != []


def test_a_fall_is_kept_confirmed_early_when_motionless_and_becomes_a_long_lie() -> None:
    detector = fall_detector({}, Sure())
    found = findings(detector.feed(fall(lying=700)))
    assert [f.phase for f in found] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.LONG_LIE]
    assert len({f.episode for f in found}) == 1
    assert found[1].time - IMPACT < 15
    assert float(found[1].evidence["motionless_s"]) >= 7
    assert found[2].time - IMPACT == pytest.approx(600, abs=2)


def test_moving_on_the_ground_only_delays_confirmation() -> None:
    rng = np.random.default_rng(1)
    squirm = lying(60) + np.repeat(rng.normal(0, 0.15, (240, 3)), 25, axis=0)
    found = findings(fall_detector({}, Sure()).feed(then(fall(lying=1), squirm)))
    assert [f.phase for f in found][:2] == [Phase.SUSPECTED, Phase.CONFIRMED]
    assert found[1].time - IMPACT == pytest.approx(30, abs=2)


def test_got_up_is_reported_with_the_time_on_the_ground() -> None:
    found = findings(fall_detector({}, Sure()).feed(then(fall(lying=6), walking(20))))
    assert [f.phase for f in found] == [Phase.SUSPECTED, Phase.WITHDRAWN]
    assert found[1].evidence["outcome"] == "got_up"
    assert 4 <= float(found[1].evidence["time_on_ground_s"]) <= 10


def test_getting_up_after_confirmation_ends_the_episode() -> None:
    found = findings(fall_detector({}, Sure()).feed(then(fall(lying=40), walking(20))))
    assert [f.phase for f in found] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.ENDED]


def test_a_second_opinion_against_withdraws() -> None:
    found = findings(fall_detector({}, Sure(two=0.1)).feed(fall()))
    assert [f.phase for f in found] == [Phase.SUSPECTED, Phase.WITHDRAWN]
    assert found[1].evidence["outcome"] == "not_a_fall"


def test_an_impact_before_silence_is_judged_with_what_there_is() -> None:
    chunk = fall(lying=0.8)
    detector = fall_detector({}, Sure())
    assert findings(detector.feed(chunk)) == []
    found = findings(detector.finish(float(chunk.time[-1]) + 60))
    assert [f.phase for f in found] == [Phase.SUSPECTED]
    assert found[0].quality < 0.95


def test_a_clock_that_is_set_back_keeps_the_episode_and_its_elapsed_time() -> None:
    first, more = fall(lying=20), lying(620)
    detector = fall_detector({}, Sure())
    found = findings(detector.feed(first))
    back = first.time[0] - 3600
    found += findings(detector.feed(Chunk(back + np.arange(len(more)) / 100, more, "g")))
    assert [f.phase for f in found] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.LONG_LIE]
    assert found[2].time - back == pytest.approx(580, abs=3)


def test_a_wrong_placement_says_which_there_are() -> None:
    with pytest.raises(SignalError, match="waist, sternum, wrist"):
        fall_detector({"placement": "ankle"})
