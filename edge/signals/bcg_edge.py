"""Sitting on the edge of a bed, guessed from its motion.

Who sits up shakes the mattress once and then reaches it less than lying: after a movement, both the heart's shaking
and the breathing's swing are a fraction of what was usual. A turn onto the side makes them smaller too, so this is a
hint of low quality. There is no public recording of it: hand-set, measured on nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.signals.state import Stateful

WEAK = 0.35  # of the usual shaking and of the usual swing
HELD = 5  # s
AFTER = 60  # s since the movement with which the wearer sat up
QUALITY = 0.3


@dataclass
class EdgeHint(Stateful):
    """Whether somebody sits on the edge, second by second."""

    on_edge: bool = False
    weak_for: int = 0

    def second(self, shaking: float | None, swing: float | None, since_moved: int) -> None:
        """shaking, swing: share of the usual one, None where that is not known (then nobody is on the edge).

        since_moved: s since the last movement, which itself says nothing.
        """
        if shaking is None or swing is None:
            self.on_edge, self.weak_for = False, 0
        elif since_moved > 0:
            weak = shaking < WEAK and swing < WEAK
            self.weak_for = self.weak_for + 1 if weak else 0
            began = self.weak_for >= HELD and since_moved - self.weak_for < AFTER
            self.on_edge = weak and (self.on_edge or began)
