"""The local alarm: when it rings, that it rings once, and what the command is given."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from anxin.event import Call, Detection, DeviceStatus, Event
from anxin.vocabulary import CallKind, DetectionKind, Origin, Phase
from edge.bell import AT_ONCE, Bell
from edge.local_alarm import LocalAlarm, must_ring
from tests.support.waiting import PATIENCE_S

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
SOS = Call("button", NOW)


def test_it_rings_once_when_the_store_does_not_answer_in_time() -> None:
    alarm = LocalAlarm(10.0)
    alarm.watch(1, SOS, 100.0)
    assert alarm.wake_at() == 110.0
    assert alarm.due(109.9) == []
    assert alarm.due(110.0) == [(1, SOS)]
    alarm.rang(1)
    assert alarm.due(1_000.0) == []
    assert alarm.count == 1


def test_what_the_store_has_in_time_does_not_ring() -> None:
    alarm = LocalAlarm(10.0)
    for seq in (1, 2, 3):
        alarm.watch(seq, SOS, 0.0)
    alarm.committed(2)
    assert [seq for seq, _ in alarm.due(10.0)] == [3]


def test_what_no_disk_takes_is_due_at_once_and_rings_once_also_when_it_was_saved_later() -> None:
    alarm = LocalAlarm(10.0)
    alarm.watch(-1, SOS, 0.0)
    alarm.watch(-2, SOS, 0.0)
    alarm.committed(5)
    assert [seq for seq, _ in alarm.due(0.0)] == [-1, -2]
    alarm.rang(-1)
    assert not alarm.saved(-1, 6)
    assert alarm.saved(-2, 7)
    assert [seq for seq, _ in alarm.due(0.0)] == [7]


def test_a_command_that_could_not_start_is_tried_again() -> None:
    alarm = LocalAlarm(10.0)
    alarm.watch(1, SOS, 0.0)
    alarm.failed(1, 10.0)
    assert alarm.due(19.0) == []
    assert len(alarm.due(20.0)) == 1
    assert alarm.count == 0


@pytest.mark.parametrize(
    ("event", "rings"),
    [
        (SOS, True),
        (Call("b", NOW, CallKind.BATH), True),
        (Call("b", NOW, CallKind.ROUTINE), False),
        (Call("b", NOW, handled_by="nurse-1"), False),
        (Call("b", NOW, origin=Origin.TEST), False),
        (Detection("w", NOW, DetectionKind.FALL, Phase.SUSPECTED), True),
        (Detection("w", NOW, DetectionKind.FALL, Phase.LONG_LIE), True),
        (Detection("w", NOW, DetectionKind.FALL, Phase.WITHDRAWN), False),
        (Detection("w", NOW, DetectionKind.CHOKING, Phase.ENDED), False),
        (DeviceStatus("b", NOW, False), False),
    ],
)
def test_only_live_needs_ring(event: Event, rings: bool) -> None:
    assert must_ring(event) is rings


def test_the_command_gets_the_event_and_no_shell_sees_it(tmp_path: Path) -> None:
    target = tmp_path / "heard; touch pwned"
    script = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    bell = Bell((sys.executable, "-c", script, str(target)))
    call = Call("呼叫 $(id)", NOW, key="k")
    assert bell.ring(call)
    for process in bell._running:
        process.wait(PATIENCE_S)
    assert msgspec.json.decode(target.read_bytes(), type=Call) == call
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    bell.close()
    assert bell._running == []


def test_a_command_that_is_not_there_is_said_and_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert not Bell(("/nowhere/siren",)).ring(SOS)
    assert "local alarm cannot be started" in caplog.text


def test_hanging_commands_do_not_pile_up() -> None:
    bell = Bell((sys.executable, "-c", "import time; time.sleep(600)"))
    assert [bell.ring(SOS) for _ in range(AT_ONCE + 2)] == [True] * AT_ONCE + [False] * 2
    for process in bell._running:
        process.kill()
        process.wait(PATIENCE_S)
    assert bell.ring(SOS)
    for process in bell._running:
        process.kill()
        process.wait(PATIENCE_S)
