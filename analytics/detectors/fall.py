"""Falls as sensors or the edge report them: suspected (medium), confirmed (high), a long lie (high), withdrawn.

A suspicion is held for `fall.hold_s`: nearly all are taken back by then, by people who bent down or got up at once
(recovery within 20 to 60 s; clinical.md 3.3, grade E), and are only written down. A confirmation never waits. One
episode is one fall, whatever its phases; a further episode of the same sensor is a further occurrence. A withdrawn
fall ends the condition and leaves "went down, got up: look at them today" on the worklist until a person closes it. Who
lies longer than `fall.long_lie_min` after a confirmation is a long lie, also if the sensor does not say so (30 % of the
very old who fell lay an hour or more, Fleming 2008). Stillness raises the priority and never gates the alarm.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, minutes, seconds, to_ms
from analytics.rows import Rows
from anxin.columns import Discrete
from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, ObservationKind, Origin, Phase

KEPT = 8
FALLS = (DetectionKind.FALL, DetectionKind.BED_FALL)


class Stage(IntEnum):
    """How far an episode has come. It only goes forward."""

    SUSPECTED = 1
    CONFIRMED = 2
    LONG_LIE = 3
    OVER = 4


STAGE_OF = {
    Phase.SUSPECTED: Stage.SUSPECTED,
    Phase.CONFIRMED: Stage.CONFIRMED,
    Phase.BEGAN: Stage.CONFIRMED,
    Phase.ONCE: Stage.CONFIRMED,
    Phase.LONG_LIE: Stage.LONG_LIE,
    Phase.WITHDRAWN: Stage.OVER,
    Phase.ENDED: Stage.OVER,
}
KIND_OF = {
    Stage.SUSPECTED: AlertKind.FALL_SUSPECTED,
    Stage.CONFIRMED: AlertKind.FALL_CONFIRMED,
    Stage.LONG_LIE: AlertKind.LONG_LIE,
}


class Episode(msgspec.Struct):
    """One fall. name: the sensor's word for it, or `@` and its time. rang: the stages told. lie_ms: when a long lie is
    due, NEVER if it is not. subject: about whom it was told. from_bed: the sensor says that it was a fall from bed.
    hold_ms: when a suspicion rings if it was neither confirmed nor taken back; held_as: about whom; again: as a further
    fall; late."""

    name: str
    since_ms: int
    last_ms: int
    stage: Stage
    rang: list[Stage] = []
    lie_ms: int = NEVER
    hold_ms: int = NEVER
    held_as: Subject | None = None
    again: bool = False
    late: bool = False
    subject: Subject | None = None
    from_bed: bool = False

    def kind(self, stage: Stage) -> AlertKind:
        return AlertKind.BED_FALL if self.from_bed and stage is Stage.CONFIRMED else KIND_OF[stage]


class Falls(msgspec.Struct):
    """The newest episodes of a device, by their beginning."""

    episodes: list[Episode] = []


class FallDetector(Detector):
    """Falls, by device."""

    name: ClassVar[str] = "fall"
    raises: ClassVar[tuple[AlertKind, ...]] = (
        *KIND_OF.values(), AlertKind.BED_FALL, AlertKind.WENT_DOWN_GOT_UP,
    )  # fmt: skip
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()
    overtakes: ClassVar[bool] = True

    def __init__(self) -> None:
        self.memory: Memory[Falls] = Memory(Falls)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            one = event.event
            if (
                isinstance(one, Detection)
                and one.detection in FALLS
                and event.device_id in self._view.directory.device_index
            ):
                self._hear(event, one, tell)

    def next_due(self) -> int:
        episodes = (episode for _, state in self.memory.states() for episode in state.episodes)
        return min((min(episode.lie_ms, episode.hold_ms) for episode in episodes), default=NEVER)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in self.memory:
            if any(min(episode.lie_ms, episode.hold_ms) <= at_ms for episode in self.memory.get(key).episodes):
                for episode in self.memory.change(key).episodes:
                    if episode.hold_ms <= at_ms:
                        _stays_down(episode, tell)
                    if episode.lie_ms <= at_ms:
                        self._lies_long(episode, tell)

    def _lies_long(self, episode: Episode, tell: list[Finding]) -> None:
        due, episode.lie_ms, episode.stage = episode.lie_ms, NEVER, Stage.LONG_LIE
        episode.rang.append(Stage.LONG_LIE)
        assert episode.subject is not None
        reason = f"Nobody got up within {(due - episode.since_ms) / 60_000:.0f} min after a confirmed fall."
        evidence: Evidence = {"lying_s": (due - episode.since_ms) / 1_000}
        tell.append(finding(AlertKind.LONG_LIE, episode.subject, Change.BEGAN, due, reason, evidence))

    def _hear(self, event: Discrete, detection: Detection, tell: list[Finding]) -> None:
        assert event.device_id is not None
        subject = self._view.subject(self._view.directory.device_index[event.device_id])
        at, received = to_ms(event.time), to_ms(event.received_at)
        rings = event.origin is Origin.LIVE and not (is_late(at, received) and detection.handled_by)
        stage = STAGE_OF[detection.phase]
        key = f"device:{event.device_id}"
        known = self.memory.get(key).episodes
        same_ms = seconds(self._view.number("fall", "same_s", subject))
        name = _episode_of(known, detection, stage, at, same_ms)
        episode = next((episode for episode in known if episode.name == name), None)
        if episode is not None and not _is_news(episode, stage, rings):
            return
        if episode is None and stage is Stage.OVER and detection.episode is None:
            return
        episodes = self.memory.change(key).episodes
        others = any(e.stage is not Stage.OVER and e.rang and e.name != name for e in episodes)
        if episode is None:
            episode = Episode(name, at, at, stage, from_bed=detection.detection is DetectionKind.BED_FALL)
            episodes.append(episode)
            episodes.sort(key=lambda e: e.since_ms)
            del episodes[:-KEPT]
        hold_ms = seconds(self._view.number("fall", "hold_s", subject))
        episode.hold_ms = NEVER
        if rings and stage is Stage.SUSPECTED and hold_ms:
            episode.hold_ms, episode.held_as = max(at + hold_ms, received + CELL_MS), subject
            episode.again, episode.late = others, is_late(at, received)
        elif rings:
            device = self._view.words(self._view.directory.device_index[event.device_id])
            _tell(event, detection, episode, stage, episode.subject or episode.held_as or subject, device, others, tell)
            episode.subject = episode.subject or episode.held_as or subject
        episode.stage, episode.last_ms = stage, max(at, episode.last_ms)
        episode.lie_ms = NEVER
        if stage is Stage.CONFIRMED and rings and detection.phase is Phase.CONFIRMED:
            # Only a sensor that reports phases would also take a fall back; another's silence says nothing.
            lie_ms = minutes(self._view.number("fall", "long_lie_min", subject))
            episode.lie_ms = max(episode.since_ms + lie_ms, received + CELL_MS)


def _episode_of(known: list[Episode], detection: Detection, stage: Stage, at: int, same_ms: int) -> str:
    """Return the name of the episode that a detection belongs to, a new one where it begins one."""
    if detection.episode is not None:
        return detection.episode
    open_ = next((episode for episode in reversed(known) if episode.stage is not Stage.OVER), None)
    begins = stage in (Stage.SUSPECTED, Stage.CONFIRMED)
    if open_ is not None and (not begins or open_.stage < stage or abs(at - open_.last_ms) <= same_ms):
        return open_.name
    return f"@{at}"


def _is_news(episode: Episode, stage: Stage, rings: bool) -> bool:
    if episode.stage is Stage.OVER:
        return False
    # What a retained or repeated message only noted may still ring when it comes live.
    return stage > episode.stage or (
        stage == episode.stage and rings and stage not in episode.rang and episode.held_as is None
    )


def _stays_down(episode: Episode, tell: list[Finding]) -> None:
    """Neither confirmed nor taken back in time: somebody must look."""
    due, episode.hold_ms = episode.hold_ms, NEVER
    assert episode.held_as is not None
    episode.subject = episode.subject or episode.held_as
    episode.rang.append(Stage.SUSPECTED)
    change = Change.RECURRED if episode.again else Change.BEGAN
    held = (due - episode.since_ms) / 1_000
    reason = f"A sensor suspects a fall and has not taken it back for {held:.0f} s."
    evidence: Evidence = {"held_s": held, "device_id": episode.subject.device_id}
    kind = episode.kind(Stage.SUSPECTED)
    tell.append(finding(kind, episode.subject, change, due, reason, evidence, late=episode.late))


def _tell(
    event: Discrete,
    detection: Detection,
    episode: Episode,
    stage: Stage,
    subject: Subject,
    device: str,
    others: bool,
    tell: list[Finding],
) -> None:
    delay_s = (event.received_at - event.time).total_seconds()
    late = delay_s * 1_000 > 60_000
    evidence = {
        **detection.evidence,
        "device_id": event.device_id,
        "phase": detection.phase.value,
        "quality": detection.quality,
        "delay_s": delay_s,
    }
    if stage is Stage.OVER:
        for told in episode.rang:
            reason = f"The fall was taken back by {device}."
            tell.append(finding(episode.kind(told), subject, Change.ENDED, event.time, reason, evidence, late=late))
        if episode.rang or episode.held_as is not None:
            reason = (
                f"The fall was taken back by {device}: went down and got up. Look at them today, and do not lift alone."
            )
            kind = AlertKind.WENT_DOWN_GOT_UP
            tell.append(finding(kind, subject, Change.BEGAN, event.time, reason, evidence, late=late))
        return
    change = Change.RECURRED if others else Change.BEGAN
    reason = f"A {detection.phase} fall, told by {device}" + (f", received {delay_s:.0f} s later." if late else ".")
    tell.append(finding(episode.kind(stage), subject, change, event.time, reason, evidence, late=late))
    if Stage.SUSPECTED in episode.rang:
        episode.rang.remove(Stage.SUSPECTED)
        reason = "The suspicion became a confirmed fall."
        tell.append(finding(AlertKind.FALL_SUSPECTED, subject, Change.ENDED, event.time, reason, evidence))
    episode.rang.append(stage)
