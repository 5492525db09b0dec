"""The acceptance rule as a protocol: whatever the network does, every message is taken once, in order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from anxin import event
from anxin.event import Gap, Heartbeat
from ingest.intake import Entry
from ingest.watermark import Verdict, judge, settle
from tests.ingest.support import KEY, gap, numbered, raw

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_GOOD = numbered(1, [], NOW).payload


def test_the_next_number_is_stored_and_no_other() -> None:
    verdicts = [judge(5, seq, _GOOD).verdict for seq in (1, 5, 6, 7, 100)]
    assert verdicts == [Verdict.REPEAT, Verdict.REPEAT, Verdict.STORE, Verdict.JUMP, Verdict.JUMP]


def test_an_unreadable_message_is_judged_by_its_number() -> None:
    assert [judge(5, seq, b"?").verdict for seq in (5, 6, 7)] == [Verdict.REPEAT, Verdict.QUARANTINE, Verdict.JUMP]
    assert judge(5, 6, b"?").watermark == 6
    assert judge(5, 6, b"?").reason == "not_json"
    assert judge(5, 7, b'{"gap"').verdict is Verdict.JUMP


def test_a_newer_schema_moves_nothing() -> None:
    newer = _GOOD.replace(b'"schemaversion":1', b'"schemaversion":9')
    assert [judge(5, seq, newer).verdict for seq in (5, 6, 7)] == [Verdict.REPEAT, Verdict.WAIT, Verdict.JUMP]
    assert judge(5, 6, newer).watermark == 5


def test_a_gap_is_taken_where_it_begins_at_or_before_the_next_number() -> None:
    def verdict(first: int, last: int) -> tuple[Verdict, int]:
        found = judge(5, last, gap(first, last, NOW).payload)
        return found.verdict, found.watermark

    assert verdict(6, 6) == (Verdict.GAP, 6)
    assert verdict(6, 9) == (Verdict.GAP, 9)
    assert verdict(2, 9) == (Verdict.GAP, 9)
    assert verdict(7, 9) == (Verdict.JUMP, 5)
    assert verdict(2, 5) == (Verdict.REPEAT, 5)


def test_a_gap_that_is_not_alone_or_under_another_number_is_refused() -> None:
    one = Gap(NOW, 6, 9, "spool full")
    wrong_number = event.encode(event.compose(KEY, 6, NOW, [one]))
    in_company = event.encode(event.compose(KEY, 9, NOW, [one, Heartbeat(NOW)]))
    assert (judge(5, 6, wrong_number).verdict, judge(5, 6, wrong_number).reason) == (Verdict.QUARANTINE, "bad_gap")
    assert judge(5, 9, in_company).verdict is Verdict.JUMP


_Lane = st.lists(st.sampled_from(["good", "poison"]), min_size=1, max_size=12)


@given(_Lane, st.data())
def test_any_loss_repeat_and_disorder_ends_in_every_message_once(kinds: list[str], data: st.DataObject) -> None:
    """A sender that goes back to the watermark after each batch, over a network that shuffles, repeats and loses."""
    lane = [numbered(n, [], NOW) if kind == "good" else raw(n, b"?") for n, kind in enumerate(kinds, 1)]
    watermark = 0
    taken: list[int] = []
    for round_number in range(len(lane) * 3):
        window = lane[watermark : watermark + 5]
        if not window:
            break
        arrived: list[Entry] = data.draw(st.lists(st.sampled_from(window + lane[:watermark]), max_size=8))
        if round_number % 3 == 2:
            arrived = window  # a network that loses everything for ever delivers nothing
        settlement = settle(arrived, {KEY: watermark})
        taken += [one.seq for one in settlement.stored] + [one.seq for one, _ in settlement.refused]
        watermark = settlement.moved[KEY][1] if settlement.moved else watermark
        assert sorted(taken) == list(range(1, watermark + 1))
    assert watermark == len(lane)


@given(st.permutations(range(1, 9)), st.sets(st.integers(0, 8)))
def test_the_split_into_batches_does_not_matter_in_order(order: list[int], cuts: set[int]) -> None:
    """In order, any split gives the same; one batch in any order gives the same as in order."""
    lane = [numbered(n, [], NOW) for n in range(1, 9)]
    whole = settle([lane[n - 1] for n in order], {KEY: 0})
    assert [one.seq for one in whole.stored] == list(range(1, 9))
    edges = sorted({0, 8, *cuts})
    watermark = 0
    for begin, end in itertools.pairwise(edges):
        watermark = settle(lane[begin:end], {KEY: watermark}).moved[KEY][1]
    assert watermark == 8
