"""Which alert answers which truth, and for how long: the one visible table of the score.

A truth of a kind must be told (a hole in the watch if not), or may be told (an alert about it is not false, but nobody
is blamed for silence: sensors fail, limits are not sharp). Windows are this evaluation's own choice; each says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from anxin.vocabulary import AlertKind

MINUTE, HOUR = 60.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Match:
    """kind: as reported. answers: names of alert kinds; those that the vocabulary does not know yet answer nothing.
    before_s, after_s: how long before the due moment and after it an alert counts as an answer (an
    illness is due from its onset to its crisis). excuses: an alert of another kind that answers it is not false."""

    kind: str
    answers: tuple[str, ...]
    before_s: float
    after_s: float
    reason: str
    excuses: bool = True

    @property
    def covered(self) -> bool:
        known = {kind.value for kind in AlertKind}
        return any(name in known for name in self.answers)


_FELL = ("fall_confirmed", "bed_fall", "fall_suspected", "long_lie", "went_down_got_up", "no_sign_of_life",
         "out_of_bed_long", "bathroom_overstay", "sos_call")  # fmt: skip
_VITALS = ("heart_rate_abnormal", "respiratory_rate_abnormal", "spo2_abnormal", "temperature_abnormal")
_ILL = (*_VITALS, "trend_deterioration", "nocturia_rise", "news2_medium", "news2_high", "news2_single_3")
_M = Match
MATCHES: tuple[Match, ...] = (
    _M("sos_call", ("sos_call",), 5, MINUTE, "a press is due when the edge has heard it; a minute is already too long"),
    _M("fall_suspected", ("fall_suspected", "fall_confirmed", "went_down_got_up"), MINUTE, MINUTE, "the "
       "device's own hit on a true fall, by whatever word; hits within a minute are one fall"),
    _M("fall_confirmed", ("fall_confirmed",), MINUTE, MINUTE, "the device's own hit on a true fall"),
    _M("long_lie", ("long_lie",), MINUTE, 2 * MINUTE, "ten minutes on the floor after a confirmed hit"),
    _M("bed_fall", _FELL, MINUTE, 10 * MINUTE, "a fall out of bed that a fall sensor of the room saw, by whatever "
       "word: no sensor of the simulated home tells it from another fall"),
    _M("raised_late", ("sos_call", "fall_confirmed", "door_exit_unauthorised"), 5, MINUTE, "calls, falls and exits at "
       "night that reached the store more than a minute after they happened must still ring"),
    _M("out_of_bed_long", ("out_of_bed_long",), 10 * MINUTE, 10 * MINUTE, "due at her own limit: the 95th centile of "
       "her true trips, between 30 and 45 min (clinical.md 2.4: the later of both, with that cap); must be told where "
       "the absence lasts 5 min more; from 25 min on it is not false (no limit is sharp). Until an hour before she "
       "usually rises: who gets up for the day is not missing, and to ring for that after 04:00 is false"),
    _M("bathroom_overstay", ("bathroom_overstay",), 12 * MINUTE, 5 * MINUTE, "due after 30 min in the bathroom, the "
       "published limit for everybody; must be told where the stay lasts 2 min more; from 20 min on, the published "
       "warning, it is not false, because a limit may be personal; a delay below 0 is such a warning"),
    _M("bathroom_overstay_two_up", ("bathroom_overstay",), 22 * MINUTE, 5 * MINUTE, "the same where another of the "
       "suite is about in its bedroom or bathroom: no sensor tells one who stays from two in turn, so it is due after "
       "40 min, 20 for each (ADR 8); must be told where it lasts 2 min more"),
    _M("night_wander", ("night_wander",), 20 * MINUTE, 10 * MINUTE, "due after 20 min of pacing between 22:00 and "
       "05:00 (clinical.md 4); must be told where it lasts 2 min more; by day, or shorter, it may be told"),
    _M("intrusion_other_room", ("intrusion_other_room", "night_wander"), MINUTE, 10 * MINUTE, "must be told where a "
       "carer saw and tapped it: no sensor tells whose steps they are; by itself it may be told, by whatever names the "
       "person or the room"),
    _M("bed_exit", ("bed_exit", *_FELL), 5, 3 * MINUTE, "who never gets up alone, out of bed for a minute; who gets up "
       "supervised, for four: due when she left it; a fall tells as much", excuses=False),
    _M("no_vital_signs_in_bed", ("no_vital_signs_in_bed",), 0, 3 * MINUTE, "alone in her room, whose presence sensor "
       "works, for three minutes without breath and heartbeat: due after one, because every minute counts"),
    _M("no_vital_signs_one_cue", ("no_vital_signs_in_bed",), 0, 10 * MINUTE, "the same in a room of several, where the "
       "pad is the only cue: somebody must look in, and be told so within ten minutes"),
    *(_M(kind, (kind,), 5, MINUTE, "due when a working detector of the room sees it") for kind in ("smoke", "gas")),
    *(_M(kind, (kind,), 5, MINUTE, "due when a carer has scanned it") for kind in ("medication_mismatch",
         "medication_double")),
    _M("geofence_out", ("geofence_out",), 5, 2 * MINUTE, "due when a band that knows its zone has said so: no gateway "
       "of the simulated home does, and none is due"),
    _M("door_exit_unauthorised", ("door_exit_unauthorised",), 30, 2 * MINUTE, "alone through the outer door "
       "between 19:00 and 07:00; by day staff and visitors pass, a contact cannot know who (rule 6): may be told"),
    _M("no_sign_of_life", ("no_sign_of_life", "inactivity_room", *_FELL), 30 * MINUTE, 2 * HOUR,
       "lay on the floor for half an hour, no fall sensor saw it and nobody came: any word will do"),
    _M("not_up_in_morning", ("not_up_in_morning",), 30 * MINUTE, 30 * MINUTE, "still in bed at 10:00, who gets up by "
       "herself on other days; must be told where she lies half an hour longer"),
    _M("deterioration", _ILL, 0, 24 * HOUR, "from the onset of an illness to a day after its crisis; the delay "
       "is counted from the onset; until a day and a half after its end an alert is not false, nights are slow"),
    *(_M(kind, (kind,), 0, 0, "not false where the true value was over the limit or near it in the last half hour, or "
         "an illness shows in it") for kind in _VITALS),
    *(_M(kind, (kind,), 2 * HOUR, 5 * MINUTE, "due when its own supervision interval has run out since it was last "
         "heard; the delay is counted from there") for kind in ("device_silent", "call_path_down")),
    _M("gateway_silent", ("gateway_silent", "watch_stalled"), MINUTE, 5 * MINUTE, "due a heartbeat after it was last "
       "heard; the delay is counted from there"),
    _M("stuck_value", ("stuck_value",), 0, 0, "not false while the device's values stand still, and an hour after; "
       "only a heart rate shows it, and only while somebody lies there, so none must be told"),
    _M("clock_wrong", ("clock_wrong",), 0, 0, "not false while the device's clock is off by a minute and more"),
)  # fmt: skip
BY_KIND = {match.kind: match for match in MATCHES}
# How far inside the limits a true value may lie for an alert not to be false: two standard errors of the devices.
TOLERANCE = {"heart_rate": 5.0, "respiratory_rate": 2.0, "spo2": 1.5, "temperature": 0.3}
