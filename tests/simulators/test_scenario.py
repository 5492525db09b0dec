"""Scenarios are data: errors name the line, incidents become what they say, the packaged ones fit the made-up home."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import pytest

from anxin.config import ConfigError
from anxin.event import Detection
from simulators.scenario import packaged, parse, read
from simulators.sensed import sensed
from tests.simulators.worlds import NIGHT, home, of_scenario, scripted

HEAD = 'name_en = "x"\nname_zh = "x"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[incident]]\nkind = "sos"\nresident = "r-001"\n', ":3: incident[0]: Object missing required field `at_s`"),
        ('[[incident]]\nkind = "flood"\nat_s = 1\n', ":4: incident[0].kind: Invalid value 'flood'"),
        (
            '[[incident]]\nkind = "sos"\nat_s = 1\nresident = "r-001"\n[[incident]]\nkind = "sos"\nat_s = 1\n'
            'resident = "r-001"\nlasts = 3\n',
            ":11: incident[1].lasts: Object contains unknown field `lasts`",
        ),
        (
            '[[incident]]\nkind = "sos"\nat_s = 1\nresident = "r-999"\n',
            ":6: incident[0].resident: there is no resident 'r-999'",
        ),
        (
            '[[incident]]\nkind = "unwell"\nat_s = 1\nresident = "r-001"\nillness = "gout"\n',
            ":7: incident[0].illness: 'gout' is none of chest_infection",
        ),
        (
            '[[incident]]\nkind = "fault"\nfault = "silent"\nat_s = 1\ngateway = "w9-beds"\n',
            ":7: incident[0].gateway: there is no gateway 'w9-beds'",
        ),
        (
            '[[incident]]\nkind = "fault"\nfault = "silent"\nat_s = 1\ngateway = "w1-beds"\nresident = "r-002"\n',
            ":8: incident[0].resident: gateway 'w1-beds' has no device of 'r-002'",
        ),
        (
            '[[incident]]\nkind = "fall"\nat_s = 1\nresident = "r-001"\nup_after_s = 0\n',
            ":7: incident[0].up_after_s: Expected `float` > 0",
        ),
        (
            '[[incident]]\nkind = "fault"\nfault = "stuck"\nat_s = 1\ngateway = "w1-beds"\n',
            ":5: incident[0].fault: a gateway can be one of duplicate, late, offline, silent",
        ),
        (
            '[[incident]]\nkind = "vital"\nat_s = 1\nresident = "r-001"\nsign = "heart"\nlasts_s = 9\n',
            ":7: incident[0].sign: say either how far it moves (by) or where to (to)",
        ),
        ("[staff]\nbusy = 1.5\n", ":4: staff.busy: Expected `float` < 1"),
        ('local_time = "25 past two"\n', ":3: local_time: '25 past two' is no time of day"),
    ],
)
def test_an_error_names_the_line_and_what_to_do(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(HEAD + text, "bad.toml", home())
    assert f"bad.toml{complaint}" in str(caught.value)


def test_an_unknown_scenario_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such scenario; give a file or one of decline, demo, "):
        read("none.toml")


@pytest.mark.parametrize("name", packaged())
def test_a_packaged_scenario_fits_the_made_up_home(name: str) -> None:
    text = (resources.files("simulators") / "scenarios" / f"{name}.toml").read_text("utf-8")
    assert parse(text, name, home(60)) == read(name, home(60))


def test_a_small_home_leaves_out_what_happens_to_others() -> None:
    world, faults = of_scenario(read("demo", home(1)), 1)
    assert [m.kind for m in world.moments("r-001", NIGHT, NIGHT + 60)] == ["sos"]
    assert faults.of("w2-beds", "") == ()


def test_the_demo_shows_its_five_incidents() -> None:
    world, faults = of_scenario(read("demo", home(60)), 60)
    assert world.at("r-003", NIGHT - 1_775)[0].in_bed
    assert not any(s.in_bed for s in world.stretches("r-003", NIGHT - 1_769, NIGHT + 600))
    assert 130 < world.vitals("r-004", NIGHT).heart < 150
    assert world.at("r-004", NIGHT)[0].in_bed
    assert [m.kind for m in world.moments("r-001", NIGHT, NIGHT + 60)] == ["sos"]
    assert [(m.kind, m.at - NIGHT) for m in world.moments("r-002", NIGHT, NIGHT + 60)] == [("fall", 20)]
    assert world.at("r-002", NIGHT + 120)[0].posture == "floor"
    assert faults.silent("w2-beds", "BM870005-0001", NIGHT + 6)
    assert not faults.silent("w2-beds", "BM870005-0001", NIGHT + 4)


def test_its_clock_begins_at_its_local_time_of_today() -> None:
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert read("demo").origin("Asia/Shanghai", now) == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def test_a_wanderer_paces_the_corridor_and_comes_to_others() -> None:
    world, _ = scripted('[[incident]]\nkind = "wander"\nresident = "r-001"\nat_s = 0\nlasts_s = 7200\n')
    places = world.people["r-001"].places
    rooms = {s.room for s in world.stretches("r-001", NIGHT, NIGHT + 7_200)}
    assert places.corridor in rooms
    assert rooms - {places.corridor} <= {*places.others, places.bedroom}
    assert rooms & set(places.others)


def test_a_fall_may_be_unseen_by_every_sensor_and_a_morning_be_spent_in_bed() -> None:
    told = []
    for unseen in ("false", "true"):
        text = f'[[incident]]\nkind = "fall"\nresident = "r-001"\nat_s = 600\nunseen = {unseen}\n'
        world, faults = scripted(text)
        assert any(s.posture == "floor" for s in world.stretches("r-001", NIGHT + 600, NIGHT + 700))
        events = [event.event for event in sensed(world, NIGHT, NIGHT + 3_600, faults)]
        told.append(any(isinstance(event, Detection) for event in events))
    assert told == [True, False]
    world, _ = scripted('[[incident]]\nkind = "stay_in_bed"\nresident = "r-001"\nat_s = 600\nlasts_s = 40000\n')
    assert all(s.in_bed for s in world.stretches("r-001", NIGHT + 601, NIGHT + 40_000))


def test_carers_are_as_the_scenario_has_them() -> None:
    scenario = parse(HEAD + "[staff]\nbusy = 0.5\n", "x.toml")
    assert (scenario.staff.habits().busy, scenario.staff.habits().forgets) == (0.5, 0.03)
