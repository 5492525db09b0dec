"""The facility model: whom a device is about, when, and that a file and the database give the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.directory import Directory, Stay
from analytics.facility_file import from_facility
from analytics.moment import NEVER, to_ms
from analytics.reload import load_directory
from anxin.db import directory as store
from anxin.vocabulary import DeviceKind
from tests.analytics.stage import DIRECTORY, START
from tests.support.databases import TestDatabase
from tests.support.homes import small_home

AT = to_ms(START)


def subject_key(directory: Directory, code: str, at: int = AT) -> str:
    index = next(index for index, device in enumerate(directory.devices) if device.code == code)
    return directory.view(at).subject(index).key


@pytest.mark.parametrize(
    ("device", "key"),
    [("pad-1", "resident:1"), ("radar-1", "room:1"), ("radar-2", "resident:3"), ("watch-3", "resident:3")],
)
def test_whom_a_device_is_about(device: str, key: str) -> None:
    assert subject_key(DIRECTORY, device) == key


def test_a_worn_device_is_where_its_resident_lives() -> None:
    index = next(index for index, device in enumerate(DIRECTORY.devices) if device.code == "watch-3")
    subject = DIRECTORY.view(AT).subject(index)
    assert (subject.ward_id, subject.room_id, subject.bed_id) == (1, 2, 3)


def test_a_stay_holds_while_it_lasts() -> None:
    moved = replace(DIRECTORY, stays=(Stay(1, 1, 0, AT), Stay(2, 1, AT + 5)))
    assert [subject_key(moved, "pad-1", at) for at in (AT - 1, AT, AT + 5)] == ["resident:1", "bed:1", "resident:2"]
    assert [moved.view(at).until_ms for at in (AT - 1, AT, AT + 5)] == [AT, AT + 5, NEVER]


def test_equipment_leaves_people_out() -> None:
    view = DIRECTORY.view(AT)
    assert view.gateway(1).equipment_key == "gateway:2"
    assert view.residents_behind(1) == [1, 2]


@pytest.mark.database
def test_the_file_and_the_database_give_the_same(embedded_database: TestDatabase) -> None:
    """Ids may differ; places, people and numbers may not."""
    facility = small_home()
    with embedded_database.connect() as owner:
        store.load(owner, facility, START - timedelta(days=1))
    with embedded_database.connect("anxin_analytics") as connection:
        stored = load_directory(connection, 0, START)
    from_file = from_facility(facility)
    assert outline(stored) == outline(from_file)
    assert any(device.kind is DeviceKind.BED_SENSOR for device in stored.devices)
    assert stored.names.gateways.keys() == from_file.names.gateways.keys()


def outline(directory: Directory) -> list[tuple[object, ...]]:
    view = directory.view(AT)
    found: list[tuple[object, ...]] = []
    for index, device in enumerate(directory.devices):
        subject = view.subject(index)
        known = tuple(place is not None for place in (subject.ward_id, subject.room_id, subject.bed_id))
        person = subject.resident_id is not None
        number = view.number("bed_absence", "warn_min", subject)
        found.append(
            (device.code, device.kind, device.supervision_s, device.suite, view.words(index), known, person, number)
        )
    return sorted(found, key=repr)


@pytest.mark.parametrize(("at", "words"), [("203-1", "the call button at 203-1"), ("", "the call button button-1")])
def test_a_device_is_called_by_what_it_is_and_where(at: str, words: str) -> None:
    devices = tuple(replace(device, at=at) for device in DIRECTORY.devices)
    index = next(i for i, device in enumerate(devices) if device.code == "button-1")
    assert replace(DIRECTORY, devices=devices).view(0).words(index) == words
