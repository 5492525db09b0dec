"""Simulated carers: as often busy, dead and forgetful as said, and the same for the same seed."""

from __future__ import annotations

from simulators.carers import HABITS, Responder

MOMENTS = [1_767_225_600.0 + 977.0 * n for n in range(2_000)]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def test_one_in_four_is_busy_and_one_phone_in_ten_is_dead() -> None:
    carers = [Responder(1, number) for number in range(40)]
    busy = [carer.free_at(t) > t for carer in carers for t in MOMENTS[:200]]
    deaf = [not carer.hears(t) for carer in carers for t in MOMENTS[::50]]
    forgetful = [carer.forgets(t) for carer in carers for t in MOMENTS[:200]]
    assert abs(share(busy) - HABITS.busy) < 0.03
    assert abs(share(deaf) - HABITS.dead_phone) < 0.03
    assert abs(share(forgetful) - HABITS.forgets) < 0.01


def test_a_dead_phone_stays_dead_for_a_while() -> None:
    carer = Responder(1, next(n for n in range(99) if not Responder(1, n).hears(MOMENTS[0])))
    shift = MOMENTS[0] // 43_200 * 43_200
    assert not any(carer.hears(shift + minute * 60) for minute in range(720))


def test_walks_and_stays_lie_within_their_bounds_and_repeat_themselves() -> None:
    carer, again = Responder(2, 7), Responder(2, 7)
    for t in MOMENTS[:100]:
        low, high = HABITS.walk_s
        assert low <= carer.walks_for(t) <= high
        assert HABITS.stays_s[0] <= carer.stays_for(t) <= HABITS.stays_s[1]
        assert carer.looks_after(t) == again.looks_after(t) >= 3.0
