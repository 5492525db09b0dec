"""Somebody in bed, on its edge, or out: the same debounced states whatever the sensor, and what is said about them.

In bed after ten seconds of load, out after five without (clinical.md 2.4, defaults [E]). A sensor that cannot tell says
None: the state stays as it was, with a falling quality, and nothing is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from anxin.vocabulary import DetectionKind, ObservationKind, Phase
from edge.signals.model import Finding, Output, Reading
from edge.signals.state import SETTING, Stateful

REPEAT = 60.0  # s: states are said again at least this often


@dataclass
class BedWatch(Stateful):
    """in_after, out_after: s a new state must hold."""

    in_after: float = field(default=10.0, metadata=SETTING)
    out_after: float = field(default=5.0, metadata=SETTING)
    occupied: bool | None = None
    edge: bool = False
    since: float = 0.0  # begin of the present state
    turning: float | None = None  # begin of what contradicts the present state
    edge_turning: float | None = None
    said: float = 0.0
    episode: str = ""

    def note(
        self, time: float, loaded: bool | None, *, edge: bool = False, quality: float = 1.0,
        edge_quality: float | None = None,
    ) -> list[Output]:  # fmt: skip
        """What one second's (or frame's) load means. edge: the load is that of somebody sitting on the edge.

        edge_quality: where the sensor knows the edge less well than the load.
        """
        out: list[Output] = []
        before = self.occupied
        if loaded is None or loaded == self.occupied:
            self.turning = None
        else:
            self.turning = time if self.turning is None else self.turning
            if time - self.turning >= (self.in_after if loaded else self.out_after) or self.occupied is None:
                out += self._change(self.turning, loaded, quality)
        out += self._edge(time, edge and bool(self.occupied), quality if edge_quality is None else edge_quality)
        if self.occupied is not None and (out or self.occupied != before or time - self.said >= REPEAT):
            self.said = time
            sure = quality if loaded is not None else 0.0
            value = float(self.occupied) if loaded is not None else None
            out.append(Reading(time, ObservationKind.BED_OCCUPIED, value, sure))
        return out

    def _change(self, time: float, loaded: bool, quality: float) -> list[Output]:
        before, stayed = self.occupied, time - self.since
        self.occupied, self.since, self.turning = loaded, time, None
        if before is None:
            return []
        if not loaded:
            self.episode = f"bed-exit-{int(time * 1000)}"
            evidence: dict[str, float | str | bool] = {"in_bed_s": round(stayed, 1), "from_edge": self.edge}
            return [Finding(time, DetectionKind.BED_EXIT, Phase.BEGAN, self.episode, evidence, quality)]
        if not self.episode:
            return []
        numbers: dict[str, float | str | bool] = {"out_of_bed_s": round(stayed, 1)}
        finding = Finding(time, DetectionKind.BED_EXIT, Phase.ENDED, self.episode, numbers, quality)
        self.episode = ""
        return [finding]

    def _edge(self, time: float, edge: bool, quality: float) -> list[Output]:
        if edge == self.edge:
            self.edge_turning = None
            return []
        self.edge_turning = time if self.edge_turning is None else self.edge_turning
        if time - self.edge_turning < 3.0 and self.occupied:
            return []
        self.edge, self.edge_turning = edge, None
        return [Reading(time, ObservationKind.BED_EDGE, float(edge), quality)]
