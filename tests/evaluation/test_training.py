"""The trainers and the counting, on made-up data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anxin.vocabulary import Posture
from edge.signals.mat import CLASSES
from edge.signals.mat_features import COLUMNS, ROWS
from edge.signals.model import Chunk, SignalError
from edge.signals.read_features import NAMES
from edge.signals.trees import Trees
from evaluation import falls, train_bed_wearable, train_posture
from evaluation.bcg_synth import synthesise
from evaluation.boosting import Recipe, fit
from evaluation.falls_data import START
from evaluation.recordings import Trial
from evaluation.report import as_json, as_table
from evaluation.uci_data import BedTrial
from tests.edge.signals.samples import fall, standing


def problem(n: int = 600) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, 5))
    y = ((x[:, 1] > 0.2) & (x[:, 3] < 0.5)).astype(float)
    return x, y, np.ones(n)


def test_trees_learn_an_and_and_are_the_same_for_the_same_seed() -> None:
    x, y, w = problem()
    names = list("abcde")
    one, two = (fit(x, y, w, names, Recipe(trees=40, depth=2)) for _ in range(2))
    new, truth, _ = problem(400)
    assert ((one.log_odds(new) > 0) == (truth > 0)).mean() > 0.95
    assert one.to_json() == two.to_json()
    assert fit(x, y, w, names, Recipe(trees=40, depth=2, seed=2)).to_json() != one.to_json()


def test_trees_survive_json_and_refuse_other_features() -> None:
    x, y, w = problem()
    trees = fit(x, y, w, list("abcde"), Recipe(trees=20))
    again = Trees.from_json(json.loads(json.dumps(trees.to_json())), list("abcde"), "test")
    np.testing.assert_allclose(again.log_odds(x), trees.log_odds(x), atol=0.02)
    with pytest.raises(SignalError, match="train again"):
        Trees.from_json(trees.to_json(), list("abcdf"), "test")


def test_a_missing_feature_answers_no() -> None:
    x, y, w = problem()
    trees = fit(x, y, w, list("abcde"), Recipe(trees=20))
    assert np.isfinite(trees.log_odds(np.full((1, 5), np.nan))).all()


def test_a_posture_table_learns_both_sides_from_one() -> None:
    rng = np.random.default_rng(0)
    lean = np.tile(np.linspace(-1, 1, COLUMNS), ROWS)
    supine, right = (rng.standard_normal((60, ROWS * COLUMNS)) * 0.3 + k * lean for k in (0, 1))
    data = train_posture.Pictures(
        np.concatenate((supine, right)), np.repeat([0, 1], 60), np.ones(120), np.full(120, "A")
    )  # fmt: skip
    table = train_posture.train(data, np.ones(120, dtype=bool))
    scores = -lean @ table[:-1] + table[-1]
    assert CLASSES[int(scores.argmax())] is Posture.LEFT


def trial(samples: Chunk, is_fall: bool, group: str = "young") -> Trial:
    return Trial("made", "P1", group, "F01" if is_fall else "D01", "t", is_fall, "waist", samples)


def test_counting_hits_false_alarms_and_delays() -> None:
    fallen = falls.run(trial(fall(), is_fall=True))
    quiet = falls.run(trial(Chunk(START + np.arange(2000) / 100, standing(20), "g"), is_fall=False, group="elderly"))
    missed = falls.Outcome(trial(fall(), is_fall=True), 1, 0, (2.0,))
    wrong = falls.Outcome(trial(fall(), is_fall=False), 2, 2, ())
    every, young, elderly = falls.rows([fallen, quiet, missed, wrong])
    assert (every.sensitivity, every.specificity, every.precision) == (0.5, 0.5, 0.5)
    assert (young.group, young.trials, elderly.group, elderly.trials) == ("young", 3, "elderly", 1)
    assert elderly.sensitivity is None
    assert every.false_alarms_per_hour == pytest.approx(2 / ((20 + 30.5) / 3600), rel=0.02)
    assert every.delay_p50_s is not None
    assert 1.9 <= every.delay_p50_s <= 3.0


def test_a_report_has_the_agreed_keys_in_json_and_a_dash_for_nothing_in_a_table() -> None:
    (row, _) = falls.rows([falls.run(trial(Chunk(START + np.arange(500) / 100, standing(5), "g"), is_fall=False))])
    (data,) = json.loads(as_json([row]))
    assert list(data) == [
        "dataset", "group", "placement", "subjects", "trials", "hours", "sensitivity", "specificity", "precision",
        "false_alarms_per_hour", "delay_p50_s", "delay_p95_s",
    ]  # fmt: skip
    assert data["sensitivity"] is None
    assert "–" in as_table([row])


def test_synthetic_beds_follow_their_seed_and_their_beats() -> None:
    intervals = np.full(60, 0.9)
    one, same, other = (synthesise(intervals, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.samples.values, same.samples.values)
    assert not np.array_equal(one.samples.values, other.samples.values)
    assert one.beats[-1] == pytest.approx(54)


def test_rising_is_learned_from_upright_reads_after_lying_and_not_from_chairs_minutes_later() -> None:
    poses = [(3, 0.0)] * 5 + [(1, 0.9)] * 5 + [(4, 1.0)] * 5 + [(2, 1.0)] * 20 + [(1, 0.9)] * 5
    label, vertical = (np.array(column, dtype=np.float64) for column in zip(*poses, strict=True))
    time = START + 2.0 * np.arange(len(label))
    reads = Chunk.of(time, np.stack([1 - vertical, vertical, 0 * vertical], axis=1), "g")
    x = np.zeros((len(label), len(NAMES)))
    x[:, NAMES.index("vertical")] = x[:, NAMES.index("vertical_0.7s")] = vertical
    use = train_bed_wearable.judged(BedTrial("made", reads, label.astype(np.intp)), x)
    assert np.flatnonzero(use).tolist() == list(range(5, 17))


def test_an_exit_lies_between_the_last_read_in_bed_and_the_first_one_out() -> None:
    time = START + np.array([0.0, 1.0, 100.0, 101.0])
    trial = BedTrial("made", Chunk(time, np.zeros((4, 5)), "g"), np.array([3, 1, 4, 2]))
    assert trial.exits.tolist() == [[START + 1.0, START + 100.0]]
