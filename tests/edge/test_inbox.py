"""The queue before the agent holds the sources back by number and by bytes."""

from __future__ import annotations

import threading

from edge.inbox import Inbox
from edge.translator import Raw
from tests.support.waiting import PATIENCE_S


def test_it_is_bounded_by_number_and_by_bytes_but_one_always_fits() -> None:
    inbox = Inbox(most=3, most_bytes=10)
    assert inbox.put("s", Raw(None, b"x" * 50), 0)
    assert not inbox.put("s", Raw(None, b"x"), 0)
    assert inbox.get() == ("s", Raw(None, b"x" * 50))
    assert [inbox.put("s", Raw(None, b"1234"), 0) for _ in range(3)] == [True, True, False]
    assert [inbox.put("s", Raw(None, b""), 0) for _ in range(2)] == [True, False]
    assert [inbox.get() is None for _ in range(4)] == [False, False, False, True]
    assert inbox.empty()


def test_a_source_waits_for_room() -> None:
    inbox, taken = Inbox(most=1), []
    inbox.put("s", Raw(None, b"first"), 0)
    source = threading.Thread(target=lambda: taken.append(inbox.put("s", Raw(None, b"second"), PATIENCE_S)))
    source.start()
    assert inbox.get() == ("s", Raw(None, b"first"))
    source.join(PATIENCE_S)
    assert taken == [True]
    assert inbox.get() == ("s", Raw(None, b"second"))
