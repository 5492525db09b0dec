"""Draws the pictures of docs/signals.md: `python -m evaluation.plots DATA_FOLDER docs/signals`. Plain SVG, no library.

Only recordings whose licence allows it are drawn (UMAFall and overnight_rr_resp, CC BY 4.0).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from anxin.vocabulary import ObservationKind
from edge.signals.bcg import bcg
from edge.signals.fall import fall_detector
from edge.signals.fall_model import FallModel
from edge.signals.model import Finding, Floats, Reading
from edge.signals.rates import belt_respiration
from evaluation.bcg_synth import synthesise
from evaluation.fall_examples import gather
from evaluation.falls import leave_one_out
from evaluation.falls_data import START, read_umafall
from evaluation.overnight_data import read_belts, read_nights
from evaluation.recordings import Trial
from evaluation.train_falls import train

WIDTH, HEIGHT, LEFT, BOTTOM = 760, 240, 50, 40


@dataclass(frozen=True, eq=False)
class Line:
    """A curve: x, y (n,), a colour and a name; dots instead of a line where `dots`."""

    x: Floats
    y: Floats
    colour: str
    name: str
    dots: bool = False


def draw(title: str, across: str, lines: Sequence[Line], marks: Sequence[tuple[float, str]] = ()) -> str:
    """An SVG picture: curves over a common x axis, vertical marks with words."""
    x0, x1 = min(float(line.x.min()) for line in lines), max(float(line.x.max()) for line in lines)
    y0, y1 = min(float(np.nanmin(line.y)) for line in lines), max(float(np.nanmax(line.y)) for line in lines)

    def px(x: float) -> float:
        return LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - 10)

    def py(y: float) -> float:
        return HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - 30)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="16" font-size="13">{escape(title)}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>',
    ]
    for value in np.linspace(y0, y1, 5):
        parts.append(f'<text x="{LEFT - 6}" y="{py(value) + 4:.0f}" text-anchor="end">{value:.3g}</text>')
        parts.append(f'<path d="M{LEFT} {py(value):.1f}H{WIDTH - 10}" stroke="#ddd"/>')
    foot = HEIGHT - BOTTOM + 14
    ticks = np.linspace(x0, x1, 7).tolist()
    parts += [f'<text x="{px(x):.0f}" y="{foot}" text-anchor="middle">{x:.3g}</text>' for x in ticks]
    for i, line in enumerate(lines):
        points = [(px(x), py(y)) for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True) if np.isfinite(y)]
        if line.dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.3" fill="{line.colour}"/>' for x, y in points]
        else:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            parts.append(f'<path d="{path}" fill="none" stroke="{line.colour}" stroke-width="1"/>')
        parts.append(f'<text x="{WIDTH - 200}" y="{16 + 13 * i}" fill="{line.colour}">{escape(line.name)}</text>')
    for i, (at, word) in enumerate(marks):
        parts.append(f'<path d="M{px(at):.1f} 30V{HEIGHT - BOTTOM}" stroke="#c00" stroke-dasharray="3"/>')
        side = 'text-anchor="end" ' if px(at) > WIDTH - 150 else ""  # else it would leave the picture
        x = px(at) + (-3 if side else 3)
        parts.append(f'<text x="{x:.1f}" y="{40 + 13 * i}" {side}fill="#c00">{escape(word)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def fall_picture(trial: Trial, title: str, model: FallModel | None = None) -> str:
    """|a| of a trial with what the detector said and when."""
    detector = fall_detector({"placement": trial.placement}, model)
    time = trial.samples.time
    marks = []
    for i in range(0, len(time), 2):
        for output in detector.feed(trial.samples.part(i, i + 2)):
            if isinstance(output, Finding):
                score = output.evidence.get("later_score", output.evidence.get("score", ""))
                marks.append((float(time[min(i + 1, len(time) - 1)] - time[0]), f"{output.phase} ({score})"))
    size = np.sqrt((trial.samples.values**2).sum(axis=1))
    return draw(title, "s", [Line(time - time[0], size, "#225", f"|a|, g ({trial.placement})")], marks)


def error_picture(trials: Sequence[Trial]) -> str:
    """The first trial that a model trained without its subject gets wrong."""
    outcomes = leave_one_out(trials, [], lambda _: None)
    wrong = next(o.trial for o in outcomes if (o.standing > 0) != o.trial.is_fall)
    data = gather([t for t in trials if t.subject != wrong.subject], soften=True)
    model = train(data, np.ones(len(data.trial), dtype=bool), wrong.placement)
    return fall_picture(wrong, f"An error: {wrong.code} at the wrist (UMAFall {wrong.subject}, left out)", model)


def night_picture(folder: Path) -> str:
    """Respiratory rate over a real night of a respiration belt, where the quality allowed a value."""
    subject, chunk = next(iter(read_belts(folder)))
    outputs = belt_respiration({}).feed(chunk)
    readings = [o for o in outputs if isinstance(o, Reading)]
    given = [r for r in readings if r.value is not None]
    covered = 100 * len(given) / len(readings)
    given = given[::15]  # one dot a minute
    x = np.array([(r.time - chunk.time[0]) / 3600 for r in given])
    y = np.array([r.value for r in given], dtype=np.float64)
    title = f"A night (overnight_rr_resp {subject}, belt): respiratory rate, {covered:.0f} % of windows given"
    return draw(title, "hours", [Line(x, y, "#252", "per minute", dots=True)])


def bed_picture(folder: Path) -> str:
    """Heart rate from synthetic motion against the real beats it was made from."""
    night = next(iter(read_nights(folder)))
    ends = np.cumsum(night.intervals)
    part = night.intervals[int(np.searchsorted(ends, 7200.0)) : int(np.searchsorted(ends, 9000.0))]
    made = synthesise(part, 5, noise=1.5)
    outputs = bcg({}).feed(made.samples)
    given = [o for o in outputs if isinstance(o, Reading) and o.kind is ObservationKind.HEART_RATE and o.value]
    truth = 60 / np.convolve(part, np.ones(25) / 25, "same")
    inner = slice(13, -13)
    lines = [
        Line(made.beats[inner] / 60, truth[inner], "#999", "beats it was made from"),
        Line(
            np.array([(r.time - START) / 60 for r in given]),
            np.array([r.value for r in given], dtype=np.float64), "#225", "from the synthetic motion", dots=True,
        ),
    ]  # fmt: skip
    return draw("Half an hour in bed, synthetic motion: heart rate per minute", "minutes", lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pictures."""
    given = list(argv if argv is not None else sys.argv[1:])
    data, target = Path(given[0]), Path(given[1])
    target.mkdir(parents=True, exist_ok=True)
    trials = [t for t in read_umafall(data / "umafall") if t.placement == "waist"]
    fallen = next(t for t in trials if t.is_fall and t.code == "forwardFall")
    jumper = next(t for t in trials if t.code == "Hopping")
    pictures = {
        "fall": fall_picture(fallen, f"A fall forward (UMAFall {fallen.subject})"),
        "hopping": fall_picture(jumper, f"Hopping (UMAFall {jumper.subject}): fall-like, and what was made of it"),
        "night": night_picture(data / "overnight_rr_resp"),
        "bed": bed_picture(data / "overnight_rr_resp"),
    }
    pictures["error"] = error_picture([t for t in read_umafall(data / "umafall") if t.placement == "wrist"])
    for name, text in pictures.items():
        (target / f"{name}.svg").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
