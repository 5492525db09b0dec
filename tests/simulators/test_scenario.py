"""Scenarios are data: errors name the line, incidents become what they say, the packaged ones fit the made-up home."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import pytest

from anxin.config import ConfigError
from anxin.event import Detection, Observations
from simulators import incidents
from simulators.scenario import packaged, parse, read
from simulators.sensed import sensed
from simulators.timeline import truth
from simulators.truth import Span
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
        (
            '[[incident]]\nkind = "hazard"\nhazard = "gas"\nat_s = 1\nroom = "w1-101"\n',
            ":7: incident[0].room: 'w1-101' is no common room of this home: w1-common, w2-common, w3-common",
        ),
        ('never_alone = ["r-001", "r-999"]\n', ":3: never_alone[1]: there is no resident 'r-999' in this home"),
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


def test_of_who_lies_lifeless_the_pad_feels_weight_and_no_sign_and_the_band_no_pulse() -> None:
    world, faults = scripted('[[incident]]\nkind = "lifeless"\nresident = "r-001"\nat_s = 600\nlasts_s = 900\n')
    felt: dict[str, list[float | None]] = {"bed_occupied": [], "heart_rate": [], "respiratory_rate": []}
    pulse: list[float | None] = []
    for told in sensed(world, NIGHT, NIGHT + 2_400, faults):
        if not isinstance(told.event, Observations) or not 720 <= told.time - NIGHT < 1_440:
            continue
        for row, device in enumerate(told.event.devices):
            if device == "BM870001-0001":
                for kind, values in felt.items():
                    values.append(told.event.values[kind][row])
            elif told.gateway == "w1-bands":
                pulse.append(told.event.values["heart_rate"][row])
    assert set(felt["bed_occupied"]) == {1.0} and len(felt["bed_occupied"]) == 12
    assert set(felt["heart_rate"]) == set(felt["respiratory_rate"]) == {None}
    assert None in pulse and any(pulse)
    (span,) = [item for item in truth(world, NIGHT, NIGHT + 2_400) if item.kind == "lifeless"]
    assert isinstance(span, Span) and (span.start, span.end) == (NIGHT + 600, NIGHT + 1_500)


def test_who_does_not_get_up_alone_is_said_in_the_home() -> None:
    scenario = parse(HEAD + 'supervised = ["r-002"]\nnever_alone = ["r-003"]\n', "x.toml", home())
    ways = [resident.profile.get("gets_up") for resident in scenario.home(home()).residents]
    assert ways[:4] == [None, "supervised", "never_alone", None]


def test_a_fall_from_bed_begins_in_it_and_who_is_stuck_is_led_out() -> None:
    world, _ = scripted('[[incident]]\nkind = "fall"\nresident = "r-001"\nat_s = 600\nfrom_bed = true\n')
    before, after = world.at("r-001", NIGHT + 599)[0], world.at("r-001", NIGHT + 601)[0]
    assert (before.in_bed, after.in_bed, after.posture) == (True, False, "floor")
    assert [moment.kind for moment in world.moments("r-001", NIGHT, NIGHT + 900)] == ["fall", "bed_fall"]
    person = world.people["r-001"]
    alone, helped = (incidents.stuck(person, NIGHT, NIGHT + 3_000, came) for came in ((), (NIGHT + 600,)))
    ends = [stretch.end - NIGHT for one in (alone, helped) for stretch in one.stretches if stretch.doing == "stuck"]
    assert ends == [3_000, 600 + incidents.LIFT_S]
