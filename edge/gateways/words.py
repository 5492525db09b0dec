"""The words by which gateways of this world say yes and no, open and closed, fallen and not.

Words are compared in lower case with `_` for blanks and hyphens.
"""

_ON = """
1 abnormal active activity alarm alarm_triggered alert connected detect detected enter entered gas home in_bed inbed
leak leaking low motion movement moving occupancy occupied on on_bed onbed online open opened presence present
pressed set smoke someone tampered trigger triggered tripped true uninstall uninstalled water wear wearing wet worn yes
"""
_OFF = """
0 absent alarm_deactivated alarm_released alarm_resolved away clear cleared close closed disconnected dry empty
false good high idle inactive install installed leave left no no_alarm no_leak no_motion no_movement no_presence nobody
non_alarm nonalarm none normal not_home not_wear not_worn notwear off off_bed offbed offline ok out_bed out_of_bed
outbed ready released safe undetected unoccupied unset untampered vacant
"""
_OPEN = """
1 ajar alarm detected door_open on open opened tripped true yes
"""
_CLOSED = """
0 clear close closed door_closed false no normal off restored shut
"""
_SUSPECTED = """
fall_detected fall_suspected fall_warning maybe maybe_fall possible pre_alarm suspect suspected
"""
_FALL_ON = """
confirmed fall fall_alarm fall_confirmed fall_down falldown fallen falling fell
"""
_FALL_OFF = """
canceled cancelled ended exit fall_cleared fall_exit finished no_fall resolve resolved
"""
_UNKNOWN = """
- -- --- -inf inf n/a na nan none null unavailable unknown
"""

ON = frozenset(_ON.split())
OFF = frozenset(_OFF.split())
OPEN = frozenset(_OPEN.split())
CLOSED = frozenset(_CLOSED.split())
SUSPECTED = frozenset(_SUSPECTED.split())
FALL_ON = ON | frozenset(_FALL_ON.split())
FALL_OFF = OFF | frozenset(_FALL_OFF.split())
UNKNOWN_WORDS = frozenset(["", *_UNKNOWN.split()])
