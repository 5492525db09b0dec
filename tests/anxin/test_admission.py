"""Rights and access files as text; enrolment in the store: one code, one password, one end."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import errors

from anxin import admission
from anxin.clock import ManualClock
from anxin.db import admission as store
from anxin.db.connect import connect
from anxin.db.directory import load
from tests.support.databases import TestDatabase
from tests.support.homes import small_home
from tests.support.servers import missing


def test_no_two_gateways_share_a_user_and_a_code_that_is_no_topic_level_is_refused() -> None:
    assert admission.gateway_user("a-b", "c") != admission.gateway_user("a", "b-c")
    with pytest.raises(ValueError, match="gateway 'gw#'"):
        admission.gateway_user("home", "gw#")


def test_every_filter_of_a_gateway_names_it_and_nobody_else() -> None:
    rights = admission.gateway_rights("home", "gw-1")
    assert all(filter_.startswith("anxin/v1/home/gw-1/") for filter_ in rights.publish + rights.subscribe)
    assert not any("committed" in filter_ for filter_ in rights.publish), "nobody but ingest moves a watermark"


def test_mosquitto_reads_our_password_form(tmp_path: Path) -> None:
    """mosquitto_passwd made a password for us to check: same form, same length; ours is compared by a broker below."""
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        missing("mosquitto", "mosquitto_passwd is not installed (Debian package mosquitto)")
    assert tool is not None
    file = tmp_path / "passwords"
    file.touch(0o600)
    subprocess.run([tool, "-b", str(file), "gw", "secret word"], check=True, capture_output=True)
    theirs = file.read_text().strip().partition(":")[2]
    assert admission.matches("secret word", theirs)
    assert not admission.matches("secret worD", theirs)


@pytest.mark.parametrize("stored", ["", "plain", "$7$101$!!$x", "$6$101$c2FsdA==$x"])
def test_what_is_no_stored_password_matches_nothing(stored: str) -> None:
    assert not admission.matches("", stored)


def test_nats_users_without_a_password_or_without_a_right_are_left_out() -> None:
    """An empty list of permissions would mean `everything` there."""
    full, bare = admission.gateway_rights("home", "a"), admission.Rights("bare", (), ("x",))
    assert [user["user"] for user in admission.nats_users([full, bare], {"bare": "x"})] == []
    one = admission.nats_users([full, bare], {"home.a": "x", "bare": "x"})
    assert [user["user"] for user in one] == ["home.a"]
    assert one[0]["permissions"]["subscribe"] == {"allow": ["anxin.v1.home.a.committed.*.*"]}


@pytest.mark.database
def test_a_code_is_worth_one_password_and_only_for_a_day(database: TestDatabase, clock: ManualClock) -> None:
    with connect(database.settings, database.settings.owner, autocommit=True) as connection:
        home = load(connection, small_home(), clock.now())
        late = store.offer(connection, home, "gw-1", clock.now())
        clock.forward(store.CODE_LASTS)
        with pytest.raises(store.AdmissionError, match="not valid"):
            store.redeem(connection, late, clock.now())
        void, code = (store.offer(connection, home, "gw-1", clock.now()) for _ in range(2))
        with pytest.raises(store.AdmissionError, match="not valid"):
            store.redeem(connection, void, clock.now())
        given = store.redeem(connection, code.lower().replace("-", " "), clock.now())
        assert (given.facility, given.gateway, given.user) == ("home", "gw-1", "home.gw-1")
        with pytest.raises(store.AdmissionError, match="not valid"):
            store.redeem(connection, code, clock.now())
        [(rights, hashed)] = store.admitted(connection)
        assert rights.user == given.user and admission.matches(given.password, hashed)
        with pytest.raises(store.AdmissionError, match="no gateway 'gw-9'"):
            store.offer(connection, home, "gw-9", clock.now())


@pytest.mark.database
def test_a_new_code_does_not_cut_off_the_old_password_but_its_use_does(
    database: TestDatabase, clock: ManualClock
) -> None:
    with connect(database.settings, database.settings.owner, autocommit=True) as connection:
        home = load(connection, small_home(), clock.now())
        first = store.redeem(connection, store.offer(connection, home, "gw-1", clock.now()), clock.now())
        code = store.offer(connection, home, "gw-1", clock.now())
        assert admission.matches(first.password, store.admitted(connection)[0][1])
        store.redeem(connection, code, clock.now() + timedelta(hours=1))
        assert not admission.matches(first.password, store.admitted(connection)[0][1])


@pytest.mark.database
def test_a_revoked_gateway_stays_out_until_a_person_enrols_it_again(database: TestDatabase, clock: ManualClock) -> None:
    with connect(database.settings, database.settings.owner, autocommit=True) as connection:
        home = load(connection, small_home(), clock.now())
        assert store.adopt(connection, "home", "gw-1", "from the machine", clock.now())
        code = store.offer(connection, home, "gw-1", clock.now())
        store.revoke(connection, home, "gw-1", clock.now())
        assert store.admitted(connection) == []
        assert not store.adopt(connection, "home", "gw-1", "from the machine", clock.now()), "a restart brings it back"
        with pytest.raises(store.AdmissionError):
            store.redeem(connection, code, clock.now())
        store.redeem(connection, store.offer(connection, home, "gw-1", clock.now()), clock.now())
        assert len(store.admitted(connection)) == 1


@pytest.mark.database
def test_a_gateway_added_by_hand_survives_a_load_of_the_facility_file(
    database: TestDatabase, clock: ManualClock
) -> None:
    with connect(database.settings, database.settings.owner, autocommit=True) as connection:
        home = load(connection, small_home(), clock.now())
        store.redeem(connection, store.offer(connection, home, "gw-new", clock.now(), new=True), clock.now())
        load(connection, small_home(), clock.now())
        assert [rights.user for rights, _ in store.admitted(connection)] == ["home.gw-new"]


@pytest.mark.database
def test_only_the_pages_role_may_enrol(database: TestDatabase, clock: ManualClock) -> None:
    with connect(database.settings, database.settings.owner, autocommit=True) as connection:
        home = load(connection, small_home(), clock.now())
    with connect(database.settings, "anxin_api", autocommit=True) as connection:
        store.redeem(connection, store.offer(connection, home, "gw-1", clock.now()), clock.now())
    for role in ("anxin_ingest", "anxin_analytics", "anxin_family", "anxin_report"):
        with connect(database.settings, role) as connection, pytest.raises(errors.InsufficientPrivilege):
            store.admitted(connection)
