"""The sending side of a lane, moved by hand: window, go-back, time-outs, patience, holes."""

from __future__ import annotations

import itertools

import pytest

from anxin.event import Committed
from edge.lane import FIRST_WAIT_S, LONGEST_WAIT_S, PATIENCE_S, WINDOW_BYTES, Lane, Room, Verdict


def begun(watermark: int = 0, opened: int = 1, window: int = 4) -> Lane:
    lane = Lane("abc", watermark, opened, window)
    lane.link(True, 0.0)
    return lane


def send(lane: Lane, tick: float, size: int = 100) -> list[int]:
    """Send all that may be sent of an endless supply; return the numbers."""
    room, numbers = lane.room(tick), []
    if room is not None:
        for seq in range(room.after + 1, room.after + 1 + room.count):
            lane.sent(seq, size, tick)
            numbers.append(seq)
    return numbers


def test_the_window_moves_with_the_watermark() -> None:
    lane = begun()
    assert send(lane, 0) == [1, 2, 3, 4]
    assert send(lane, 0) == []
    assert lane.heard(Committed(2), 1) is Verdict.FORGET
    assert send(lane, 1) == [5, 6]
    assert lane.heard(Committed(2), 1) is Verdict.NOTHING


def test_nothing_is_sent_while_the_connection_is_down() -> None:
    lane = begun()
    lane.link(False, 0)
    assert lane.room(0) is None


def test_bytes_bound_the_window_too() -> None:
    lane = begun(window=1_000)
    lane.sent(1, WINDOW_BYTES - 10, 0)
    assert lane.room(0) == Room(1, 999, 10)
    lane.sent(2, 11, 0)
    assert lane.room(0) is None
    lane.heard(Committed(1), 0)
    assert lane.room(0) == Room(2, 999, WINDOW_BYTES - 11)


def test_a_request_to_resend_is_answered_once() -> None:
    lane = begun()
    send(lane, 0)
    lane.heard(Committed(1, resend=True), 1)
    assert send(lane, 1) == [2, 3, 4, 5]
    for _ in range(3):
        lane.heard(Committed(1, resend=True), 1.1)
    assert send(lane, 1.1) == []
    lane.heard(Committed(3, resend=True), 2)
    assert send(lane, 2) == [4, 5, 6, 7]


def test_a_watermark_that_stands_still_is_probed_with_one_message_ever_more_slowly() -> None:
    lane = begun()
    send(lane, 0)
    waits, tick = [], 0.0
    for _ in range(8):
        due = lane.wake_at()
        assert due is not None
        lane.expire(due - 0.001)
        assert send(lane, due - 0.001) == []
        lane.expire(due)
        assert send(lane, due) == [1]
        waits.append(due - tick)
        tick = due
    assert 0.8 * FIRST_WAIT_S <= waits[0] <= 1.2 * FIRST_WAIT_S
    assert all(later > earlier for earlier, later in itertools.pairwise(waits[:4]))
    assert 0.8 * LONGEST_WAIT_S <= waits[-1] <= 1.2 * LONGEST_WAIT_S
    lane.heard(Committed(1), tick)
    assert send(lane, tick) == [2, 3, 4, 5]


def test_gateways_do_not_knock_all_at_once() -> None:
    waits = set()
    for n in range(20):
        lane = Lane(f"epoch-{n}", 0, 1)
        lane.link(True, 0)
        lane.sent(1, 1, 0)
        waits.add(lane.wake_at())
    assert len(waits) == 20


def test_a_fast_clock_waits_longer_by_its_own_measure() -> None:
    slow, fast = begun(), Lane("abc", 0, 1, 4, speed=60)
    fast.link(True, 0)
    slow.sent(1, 1, 0)
    fast.sent(1, 1, 0)
    assert fast.wake_at() == pytest.approx(60 * (slow.wake_at() or 0))


def test_an_old_spool_first_asks_what_the_store_has() -> None:
    lane = begun(watermark=7, opened=20)
    assert lane.room(0) is None
    assert lane.wake_at() == PATIENCE_S
    assert lane.heard(Committed(12), 1) is Verdict.FORGET
    assert send(lane, 1) == [13, 14, 15, 16]


def test_an_old_spool_that_hears_nothing_tries_with_one_message() -> None:
    lane = begun(watermark=7, opened=20)
    assert send(lane, PATIENCE_S) == [8]
    lane.heard(Committed(8), 3)
    assert send(lane, 3) == [9, 10, 11, 12]


def test_numbers_never_sent_but_stored_tell_an_old_copy() -> None:
    lane = begun(watermark=7, opened=10)
    assert lane.heard(Committed(9), 0) is Verdict.FORGET
    assert begun(watermark=7, opened=10).heard(Committed(10), 0) is Verdict.ROLLED_BACK


def test_what_the_store_lost_is_declared_before_anything_else_and_again_until_it_is_known() -> None:
    lane = begun()
    send(lane, 0)
    lane.heard(Committed(4), 0)
    lane.heard(Committed(1, resend=True), 1)
    assert lane.undeclared() == (2, 4)
    lane.declared(1)
    assert lane.undeclared() is None
    lane.heard(Committed(1, resend=True), 1.5)
    assert lane.undeclared() is None
    due = lane.wake_at()
    assert due is not None
    lane.expire(due)
    assert lane.undeclared() == (2, 4)
    lane.declared(due)
    lane.heard(Committed(4), due)
    assert lane.undeclared() is None
    assert lane.hole is None
    assert send(lane, due) == [5, 6, 7, 8]


def test_an_old_retained_watermark_does_not_disturb_a_lane_that_sends() -> None:
    lane = begun()
    send(lane, 0)
    lane.heard(Committed(2), 0)
    lane.heard(Committed(1), 0)
    assert lane.hole is None
    assert send(lane, 0) == [5, 6]
