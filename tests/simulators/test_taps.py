"""What carers tap: each medicine once and on time, errors as often as said, who strays where a carer meets her."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from anxin.care import EntryKind
from simulators.taps import ROUNDS, taps
from simulators.world import World
from tests.simulators.worlds import NIGHT, home, scripted

DAY_S = 86_400.0


def test_everybody_gets_a_medicine_at_each_round_however_time_is_cut() -> None:
    world = World(home(), 1, chance=False)
    whole = taps(world, NIGHT, NIGHT + DAY_S)
    given = Counter(tap.resident for tap in whole)
    assert given == dict.fromkeys(world.people, len(ROUNDS))
    assert not any(tap.wrong for tap in whole)
    cuts = [NIGHT + hour * 3_600.0 for hour in (0, 5.9, 6, 6.05, 16, 24)]
    assert [tap for start, end in pairwise(cuts) for tap in taps(world, start, end)] == whole


def test_scripted_errors_are_what_they_say() -> None:
    text = "".join(
        f'[[incident]]\nkind = "medicine"\nresident = "r-00{n}"\nat_s = {n}000\nmistake = "{mistake}"\n'
        for n, mistake in ((1, "double"), (2, "other"))
    )
    world, _ = scripted(text)
    double, other = taps(world, NIGHT, NIGHT + 3_000)
    assert (double.time - NIGHT, double.resident, double.wrong) == (1_000, "r-001", "medication_double")
    assert (other.resident, other.wrong) == ("r-002", "medication_mismatch")
    assert other.facts["scanned"] != "r-002"


def test_errors_by_chance_are_rare_and_the_right_scan_follows_a_wrong_one() -> None:
    world = World(home(60), 1)
    found = taps(world, NIGHT, NIGHT + 60 * DAY_S)
    wrong = Counter(tap.wrong for tap in found if tap.kind is EntryKind.MEDICATION)
    assert 0 < wrong["medication_mismatch"] < 15 and 0 < wrong["medication_double"] < 12
    for tap in found:
        if tap.wrong == "medication_mismatch":
            assert any(o.resident == tap.resident and 0 < o.time - tap.time < 120 and not o.wrong for o in found)


def test_who_strays_is_met_in_the_room_of_another() -> None:
    world, _ = scripted('[[incident]]\nkind = "wander"\nresident = "r-001"\nat_s = 60\nlasts_s = 40000\n')
    met = [tap for tap in taps(world, NIGHT, NIGHT + 40_000) if tap.kind is EntryKind.STRANGER_IN_ROOM]
    assert met
    for tap in met:
        assert tap.room in world.people["r-001"].places.others
        assert abs(tap.time - world.at("r-001", tap.time - 3)[0].start) < 120
