"""The API's pure decisions: what lives, who may, how long to wait, what is said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.catalogue import ALERTS
from anxin.vocabulary import OBSERVATIONS, AlertKind, DeviceKind, ObservationKind, Outcome, Priority, Role
from api import access, labels, passwords, security, shown, why
from api.app import ROUTERS
from api.bedside import MOMENTARY, UNSUPERVISED, BedNow, Occupancy, bed_now, is_alive
from api.integrator.equipment import device_state, gateway_state, readable
from api.model import BedValue, OpenAlert, Pulse, Segment, times_up
from api.pulse import problems
from api.signin import own_path
from api.throttle import FREE_TRIES, FREE_TRIES_ADDRESS, LONGEST_WAIT, MAX_KEYS, Throttle
from api.words import Words
from tests.analytics.nights import watchful
from tests.analytics.stage import eventful
from tests.api.texts import all_texts

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
EN = Words().of("en")
ages = st.floats(0, 100_000).map(lambda s: timedelta(seconds=s))
IN_BED = BedValue(1, "bed_occupied", 1.0, NOW, 60, NOW, 15, True, NOW)


@st.composite
def bed_values(draw: st.DrawFn) -> BedValue:
    kind = draw(st.sampled_from(["bed_occupied", "bed_edge", "heart_rate", "respiratory_rate", None]))
    heard = NOW - draw(ages)
    return BedValue(
        1, kind, draw(st.none() | st.floats(0, 120)), heard - draw(ages), draw(st.none() | st.floats(1, 10_000)),
        heard, 15.0, draw(st.none() | st.booleans()), draw(st.none() | ages.map(lambda age: NOW - age)),
    )  # fmt: skip


@given(st.lists(bed_values(), max_size=6))
def test_nothing_is_known_from_dead_devices_only(values: list[BedValue]) -> None:
    dead = [value for value in values if not is_alive(value, NOW)]
    known = bed_now(dead, NOW)
    assert (known.occupancy, known.heart_rate.value, known.respiratory_rate.value) == (Occupancy.UNKNOWN, None, None)


@given(st.lists(bed_values(), max_size=6), ages)
def test_what_becomes_unknown_stays_unknown_without_news(values: list[BedValue], later: timedelta) -> None:
    def known(state: BedNow) -> list[bool]:
        return [state.occupancy is not Occupancy.UNKNOWN, state.heart_rate.value is not None]

    before, after = known(bed_now(values, NOW)), known(bed_now(values, NOW + later))
    assert all(was or not now for was, now in zip(before, after, strict=True))


@given(st.permutations([IN_BED, replace(IN_BED, value=0.0, time=NOW - timedelta(seconds=9))]))
def test_the_newest_word_counts_in_any_order(values: list[BedValue]) -> None:
    assert bed_now(values, NOW).occupancy is Occupancy.IN


def test_life_ends_with_the_promise_the_gateway_or_its_last_will() -> None:
    second = timedelta(seconds=1)
    assert is_alive(IN_BED, NOW + timedelta(seconds=45))
    assert not is_alive(IN_BED, NOW + timedelta(seconds=46))
    fresh = replace(IN_BED, gateway_heard_at=NOW + timedelta(days=1))
    assert is_alive(fresh, NOW + timedelta(seconds=60))
    assert not is_alive(fresh, NOW + timedelta(seconds=61))
    assert not is_alive(replace(IN_BED, gateway_up=False), NOW)
    unsupervised = replace(fresh, supervision_s=None, gateway_up=None)
    assert is_alive(unsupervised, NOW + UNSUPERVISED)
    assert not is_alive(unsupervised, NOW + UNSUPERVISED + second)
    heart = replace(unsupervised, kind="heart_rate", value=70.0)
    assert bed_now([heart], NOW + MOMENTARY).heart_rate.value == 70
    late = bed_now([heart], NOW + MOMENTARY + second).heart_rate
    assert (late.value, late.at) == (None, NOW)


def test_a_living_sensor_beats_a_newer_word_of_a_dead_one() -> None:
    dead = replace(IN_BED, value=0.0, time=NOW, gateway_up=False)
    assert bed_now([dead, replace(IN_BED, time=NOW - timedelta(seconds=30))], NOW).occupancy is Occupancy.IN
    edge = replace(IN_BED, kind="bed_edge")
    assert bed_now([IN_BED, edge], NOW).occupancy is Occupancy.EDGE
    assert bed_now([replace(IN_BED, value=0.0), edge], NOW).occupancy is Occupancy.OUT


def test_every_route_stands_in_the_table_and_no_other() -> None:
    routes = {route.path for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    assert routes == set(access.ACCESS) | access.PUBLIC
    assert not set(access.ACCESS) & access.PUBLIC


@pytest.mark.parametrize("role", list(Role))
def test_what_is_not_in_the_table_opens_for_nobody(role: Role) -> None:
    assert not access.may_open(role, "/console/secret")
    assert access.may_open(role, access.HOME[role])


def test_relatives_and_walls_change_nothing_and_see_no_resident() -> None:
    for role in (Role.RELATIVE, Role.WALL, Role.INTEGRATOR):
        acting = [route for route in access.ACCESS if route.endswith(("acknowledge", "arrive", "resolve", "comment"))]
        assert not any(access.may_open(role, route) for route in [*acting, "/residents/{resident_id}"])
    assert {r for r in access.ACCESS if access.may_open(Role.RELATIVE, r) and not access.is_public(r)} == {
        "/", "/family", "/logout", "/session",
    }  # fmt: skip


def test_each_role_has_pages_of_its_own() -> None:
    only = {"/family": {Role.RELATIVE}, "/accounts": {Role.MANAGER}, "/quarantine/{quarantine_id}": {Role.INTEGRATOR}}
    for route, roles in only.items():
        assert {role for role in Role if access.may_open(role, route)} == roles


def test_guessing_is_slowed_down_per_account_and_address() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        assert not throttle.wait("a", "1.1.1.1", NOW)
        throttle.failed("a", "1.1.1.1", NOW)
    assert throttle.wait("a", "1.1.1.1", NOW) == timedelta(seconds=5)
    assert not throttle.wait("a", "2.2.2.2", NOW)
    assert not throttle.wait("b", "1.1.1.1", NOW)
    assert not throttle.wait("a", "1.1.1.1", NOW + timedelta(seconds=5))
    throttle.succeeded("a", "1.1.1.1")
    assert not throttle.wait("a", "1.1.1.1", NOW)
    for number in range(FREE_TRIES_ADDRESS):
        throttle.failed(f"account-{number}", "1.1.1.1", NOW)
    assert throttle.wait("never-tried", "1.1.1.1", NOW)


@given(st.integers(0, 60), st.floats(1, 100))
def test_the_wait_is_bounded_and_memory_too(tries: int, scale: float) -> None:
    throttle = Throttle(scale)
    for _ in range(tries):
        throttle.failed("a", "x", NOW)
    assert throttle.wait("a", "x", NOW) <= LONGEST_WAIT * scale


def test_a_flood_of_addresses_takes_no_more_memory() -> None:
    throttle = Throttle()
    for number in range(MAX_KEYS):
        throttle.failed("a", str(number), NOW)
    assert len(throttle._failures) == MAX_KEYS


def test_a_password_matches_only_itself() -> None:
    stored = passwords.make_hash("安心之家-2026")
    assert stored != passwords.make_hash("安心之家-2026")
    assert passwords.matches("安心之家-2026", stored)
    assert not passwords.matches("安心之家-2027", stored)
    assert not passwords.matches("x" * 300, stored)
    for broken in (None, "", "scrypt$1", "md5$1$1$1$aa$aa", "scrypt$0$8$1$aaaa$aaaa", "scrypt$x$8$1$aaaa$aaaa"):
        assert not passwords.matches("安心之家-2026", broken)
    with pytest.raises(ValueError, match="8 to 200"):
        passwords.make_hash("short")


@pytest.mark.parametrize(
    ("method", "headers", "foreign"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "cross-site", "origin": "http://home:8080", "host": "home:8080"}, True),
        ("POST", {"origin": "http://home:8080", "host": "home:8080"}, False),
        ("POST", {"origin": "http://home:8081", "host": "home:8080"}, True),
        ("POST", {"origin": "null", "host": "home:8080"}, True),
        ("POST", {"host": "home:8080"}, False),
    ],
)
def test_requests_of_foreign_pages_are_known(method: str, headers: dict[str, str], foreign: bool) -> None:
    assert security.is_foreign(method, headers) is foreign


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "evil", "/\t/evil"])
def test_a_sign_in_leads_to_our_own_pages_only(path: str) -> None:
    assert own_path(path) == "/"
    assert own_path("/alerts/7?x=1") == "/alerts/7?x=1"


def test_every_text_has_its_chinese_and_none_is_left_over() -> None:
    assert set(Words().texts("zh")) == all_texts()


@given(st.sampled_from(sorted(Words().texts("zh").items())))
def test_translations_keep_their_placeholders(pair: tuple[str, str]) -> None:
    fields = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in pair]
    assert fields[0] == fields[1]


def test_every_word_of_the_house_has_a_label() -> None:
    assert set(labels.PRIORITY) == set(labels.PRIORITY_MARK) == set(Priority)
    assert set(labels.OUTCOME) == set(Outcome)
    assert set(labels.ROLE) == set(Role)
    assert set(labels.DEVICE) == set(DeviceKind)
    assert {labels.kind(name, "zh") for name in AlertKind} == {spec.zh for spec in ALERTS.values()}


@given(ages)
def test_ages_grow_and_the_future_is_now(since: timedelta) -> None:
    assert shown.age(NOW + since, NOW, EN) == "0 s"
    assert shown.age(NOW - timedelta(seconds=59), NOW, EN) == "59 s"
    assert shown.age(NOW - timedelta(minutes=61), NOW, EN) == "1 h 1 min"
    assert shown.age(NOW - timedelta(hours=48), NOW, EN) == "2 days"
    assert shown.age(None, NOW, EN) == "never"


def test_times_are_the_homes_and_24_hours() -> None:
    assert shown.moment(NOW, NOW, ZONE) == "02:00:00"
    assert shown.moment(NOW - timedelta(hours=4), NOW, ZONE) == "03-01 22:00"
    assert shown.place("East", "101", "101-1") == "East · 101-1"
    assert shown.place(None, "101", None) == "101"


def alert_with(**evidence: object) -> OpenAlert:
    nothing = dict.fromkeys(OpenAlert.__dataclass_fields__)
    return OpenAlert(**{**nothing, "kind": "sos_call", "device": "button-7", "evidence": evidence})  # type: ignore[arg-type]


def test_the_reason_is_said_in_one_line() -> None:
    assert why.one_line(alert_with(), ZONE, EN, "en") == "pressed: button-7"
    line = why.one_line(
        alert_with(unseen_s=1200.0, absent_min=24, device_id=3, heart_rate=124.04, x=None), ZONE, EN, "en"
    )
    assert line == "heart rate 124 /min · out of bed for 24 min · not seen for 20 min"
    zh = why.one_line(alert_with(spo2=86.0, out_since="2026-03-01T17:00:00+00:00"), ZONE, Words().of("zh"), "zh")
    assert zh == f"{OBSERVATIONS[ObservationKind.SPO2].zh} 86 % · 离床于 01:00"


# What is not always shown. Hypothesis reads such words in our own source and tries them.
UNTOLD: dict[str, object] = {
    "device_id": 3, "second_device_id": 4, "unheard": "3", "entered_by": 7, "residents": "1,2", "measured": 1.0,
    "phase": "x", "call": "x", "pulse_points": 2,
}  # fmt: skip
TOLD_WHEN_SO = {"unseen_s": 90.0, "said_offline": True, "last_will": True, "poor": True, "delay_s": 90.0}
names = st.text(max_size=20).filter(lambda name: name not in {*UNTOLD, *TOLD_WHEN_SO} and not name.endswith("_points"))


@given(st.dictionaries(names, st.none() | st.booleans() | st.floats() | st.text(max_size=20)))
def test_any_evidence_can_be_shown(facts: dict[str, object]) -> None:
    told = why.evidence({**facts, **UNTOLD}, ZONE, EN, "en")
    assert len(told) == sum(value is not None for value in facts.values())
    assert all(isinstance(value, str) for _, value in told)


def test_every_fact_of_a_story_has_a_chinese_name() -> None:
    told = [*eventful().findings(), *watchful().findings()]
    facts = {key: value for one in told for key, value in one.evidence.items()}
    names = [name for name, _ in why.evidence(facts, ZoneInfo("Asia/Shanghai"), Words().of("zh"), "zh")]
    assert len(names) > 15
    assert [name for name in names if re.search("[a-z]{3}", name)] == []


def test_what_did_not_happen_is_no_reason() -> None:
    assert len(why.evidence(TOLD_WHEN_SO, ZONE, EN, "en")) == len(TOLD_WHEN_SO)
    assert why.evidence(dict.fromkeys(TOLD_WHEN_SO, 0), ZONE, EN, "en") == []


def test_readiness_says_what_is_behind() -> None:
    fresh = Pulse(True, NOW, NOW, "analytics")
    assert problems(fresh, NOW, 1) == []
    assert problems(Pulse(), NOW, 1) == ["database is away"]
    assert problems(Pulse(True), NOW, 1) == ["ingest has not begun"]
    assert problems(Pulse(True, NOW, None, "analytics"), NOW, 1) == ["analytics has not begun"]
    assert problems(fresh, NOW + timedelta(seconds=61), 1) == ["nothing was stored for 61 s"]
    assert problems(fresh, NOW + timedelta(seconds=61), 60) == []
    slow = replace(fresh, read_at=NOW - timedelta(seconds=21))
    assert problems(slow, NOW, 1) == ["analytics is 21 s behind"]
    assert problems(slow, NOW, 60) == []


def test_equipment_is_silent_after_its_promise() -> None:
    gateway = {"heard_at": NOW, "heartbeat_s": 15.0, "up": True}
    assert gateway_state(gateway, NOW + timedelta(seconds=45)) == "heard"
    assert gateway_state(gateway, NOW + timedelta(seconds=46)) == "silent"
    assert gateway_state({**gateway, "up": False}, NOW) == "silent"
    assert gateway_state({**gateway, "heard_at": None}, NOW) == "never"
    device = {"heard_at": NOW, "supervision_s": 30.0}
    assert device_state(device, NOW + timedelta(seconds=31)) == "silent"
    assert device_state({**device, "supervision_s": None}, NOW + timedelta(days=1)) == "unsupervised"


@given(st.binary(max_size=200))
def test_any_payload_can_be_read(payload: bytes) -> None:
    assert isinstance(readable(payload), str)
    assert readable(b'{"a": 1}') == '{"a": 1}'
    assert readable(b"\xff\x00") == "ff 00"


def test_getting_up_counts_only_with_coming_back() -> None:
    def segments(states: str) -> list[Segment]:
        names = {"i": "in", "o": "out", "u": "unknown"}
        return [Segment(NOW, NOW, names[s]) for s in states]

    assert [times_up(segments(s)) for s in ("", "oio", "ioi", "ioioi", "iuoi", "oi")] == [0, 0, 1, 2, 0, 0]
