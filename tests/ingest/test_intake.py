"""The queue: bounded, fair, urgent first; what is delivered again while it waits is one message."""

from __future__ import annotations

import threading

from anxin import topic
from anxin.event import MAX_MESSAGE_BYTES
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Intake, Offer
from tests.ingest.support import received


def lane(gateway: str, which: Lane = Lane.DATA) -> LaneKey:
    return LaneKey("home", gateway, which, "e1")


def give(intake: Intake, gateway: str, *numbers: int, which: Lane = Lane.DATA, payload: bytes = b"x") -> list[Offer]:
    return [intake.offer(received(topic.message(lane(gateway, which), n), payload, mid=n)) for n in numbers]


def order(intake: Intake, size: int = 100) -> list[tuple[str, int]]:
    return [(one.key.gateway, one.seq) for one in intake.take(size, 0)]


def test_gateways_take_turns_and_keep_their_order() -> None:
    intake = Intake()
    give(intake, "a", *range(1, 100))
    give(intake, "b", 1, 2)
    give(intake, "c", 1)
    assert order(intake, 6) == [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2), ("a", 3)]


def test_urgent_goes_before_any_backlog() -> None:
    intake = Intake()
    give(intake, "a", *range(1, 100))
    give(intake, "b", 1, which=Lane.URGENT)
    assert order(intake, 2) == [("b", 1), ("a", 1)]


def test_a_flood_is_refused_beyond_its_share_and_others_are_not() -> None:
    intake = Intake(gateway_messages=5)
    assert give(intake, "flood", *range(1, 9)).count(Offer.REFUSED) == 3
    assert give(intake, "b", 1) == [Offer.TAKEN]
    intake.done(intake.take(100, 0))
    assert give(intake, "flood", 6) == [Offer.TAKEN]


def test_bytes_are_bounded_too_but_one_message_always_fits() -> None:
    intake = Intake(gateway_bytes=10)
    assert give(intake, "a", 1, payload=b"x" * 50) == [Offer.TAKEN]
    assert give(intake, "a", 2, payload=b"x") == [Offer.REFUSED]


def test_an_oversized_message_is_not_held_whole() -> None:
    intake = Intake()
    give(intake, "a", 1, payload=b"x" * (MAX_MESSAGE_BYTES * 3))
    (entry,) = intake.take(1, 0)
    assert len(entry.payload) == MAX_MESSAGE_BYTES + 1


def test_a_redelivery_joins_what_waits_or_is_being_written() -> None:
    intake = Intake()
    name = topic.message(lane("a"), 1)
    assert intake.offer(received(name, b"x", mid=1)) is Offer.TAKEN
    assert intake.offer(received(name, b"x", mid=2)) is Offer.KNOWN
    batch = intake.take(10, 0)
    assert intake.offer(received(name, b"x", mid=3, generation=2)) is Offer.KNOWN
    assert len(intake) == 1
    assert [(one.mid, one.generation) for one in intake.done(batch)] == [(1, 1), (2, 1), (3, 2)]
    assert intake.offer(received(name, b"x", mid=4)) is Offer.TAKEN


def test_the_network_thread_waits_while_everything_is_full() -> None:
    intake = Intake(messages=2)
    give(intake, "a", 1, 2)
    offers: list[Offer] = []
    thread = threading.Thread(target=lambda: offers.extend(give(intake, "b", 1)))
    thread.start()
    batch = intake.take(1, 0)
    assert offers == []
    intake.done(batch)
    thread.join()
    assert offers == [Offer.TAKEN]


def test_closing_frees_whoever_waits() -> None:
    intake = Intake(messages=1)
    give(intake, "a", 1)
    offers: list[Offer] = []
    thread = threading.Thread(target=lambda: offers.extend(give(intake, "b", 1)))
    thread.start()
    intake.close()
    thread.join()
    assert offers == [Offer.REFUSED]


def test_a_topic_that_is_not_ours_is_queued_with_its_complaint() -> None:
    intake = Intake()
    intake.offer(received("anxin/v1/HOME/g/data/e/1", b"x"))
    (entry,) = intake.take(1, 0)
    assert entry.place is None
    assert "HOME" in entry.why
