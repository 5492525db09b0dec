"""`anxin evaluate TASK DIR`: runs the edge's own signal processors over original recordings and prints what they got
right.

Exit codes: 0 done, 2 the folder or the arguments cannot be used (the reason is on stderr).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.signals.model import SignalError
from evaluation import bcg, bed_exit, falls, posture, rates
from evaluation.bidmc_data import read_bidmc
from evaluation.falls_data import READERS
from evaluation.overnight_data import read_belts, read_muse, read_nights
from evaluation.pmat_data import read_pmat
from evaluation.recordings import DataError, Trial
from evaluation.report import Row, as_json, as_table
from evaluation.train_rates import TASKS
from evaluation.uci_data import read_uci
from evaluation.watch.command import main as watch

# Which files betray a data set, for folders that are not named after it.
SIGNS = {
    "sisfall": "S[AE][0-9][0-9].npz",
    "weda_fall": "U[0-9][0-9].tar.xz",
    "umafall": "Subject_[0-9][0-9].tar.xz",
    "uci_rfid_bed_older": "**/d[12]p[0-9]*",
    "pmatdata": "experiment-i_S*.tar.xz",
    "bidmc": "bidmc_[0-9][0-9].tar.xz",
    "overnight_rr_resp": "RR_dev.tar.xz",
    "muse_bed_bcg": "subject[0-9].tar.xz",
}
FALL_SETS = tuple(READERS)
# Options that make sense for some tasks only, and why not for the others.
ONLY_FOR = {
    "leave_one_out": (("falls", "bed-exit", "posture", "respiration", "pulse"), "its few weights are set by hand"),
    "train_on": (("falls",), "it has one set of people with a reference, so there is no other one to train on"),
    "radio": (("bed-exit",), "its sensors are not heard by radio"),
    "by_activity": (("falls",), "its recordings have no activities"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="anxin evaluate", description=(__doc__ or "").splitlines()[0])
    made.add_argument("task", choices=sorted(TASK_RUNS), help="or watch, which has options of its own")
    made.add_argument("folder", type=Path, metavar="DIR", help="a data set's folder, or one that holds several")
    made.add_argument("--dataset", choices=sorted(SIGNS), help="read DIR as this set")
    made.add_argument("--json", action="store_true", help="an array of objects instead of a table")
    made.add_argument("--leave-one-out", action="store_true", help="retrain without each subject in turn")
    made.add_argument("--train-on", metavar="SET", help="falls: train on these sets (comma between), found beside DIR")
    made.add_argument(
        "--radio",
        choices=("yes", "no"),
        help="bed-exit: use antenna and strength of each read (default: in rooms learned)",
    )
    made.add_argument("--by-activity", action="store_true", help="falls: also list every activity")
    return made


def check_options(args: argparse.Namespace) -> None:
    """DataError for an option that the task cannot follow: silence would pass the shipped figures off as others."""
    for name, (tasks, why) in ONLY_FOR.items():
        if getattr(args, name) and args.task not in tasks:
            raise DataError(f"--{name.replace('_', '-')} is for {', '.join(tasks)}, not for {args.task}: {why}")
    if args.train_on and args.leave_one_out:
        raise DataError("--train-on and --leave-one-out are two ways to keep people out of training: give one")


def locate(folder: Path, known: Sequence[str], dataset: str | None) -> dict[str, Path]:
    """Data set -> its folder. DataError when none of the known sets is there."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    wanted = [dataset] if dataset else list(known)
    if dataset and dataset not in known:
        raise DataError(f"{dataset} has no recordings for this task; it takes {', '.join(known)}")
    inside = {name: folder / name for name in wanted if (folder / name).is_dir()}
    if inside:
        return inside
    if dataset:
        return {dataset: folder}
    found = {name: folder for name in wanted if folder.name == name or any(folder.glob(SIGNS[name]))}
    if not found:
        raise DataError(f"{folder}: holds none of {', '.join(known)}; give a set's folder, or --dataset NAME")
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _beside(folder: Path, names: Sequence[str]) -> list[Trial]:
    """Trials of other fall sets that stand inside or beside the folder."""
    places = {n: p / n for p in (folder.parent, folder) for n in names if (p / n).is_dir()}
    return [t for name, place in places.items() for t in READERS[name](place)]


def run_falls(args: argparse.Namespace) -> list[Row]:
    """SisFall, WEDA-FALL, UMAFall."""
    places = locate(args.folder, FALL_SETS, args.dataset)
    trials = [t for name, place in places.items() for t in READERS[name](place)]
    if args.train_on:
        names = args.train_on.split(",")
        unknown = [n for n in names if n not in FALL_SETS]
        if unknown:
            raise DataError(f"--train-on {','.join(unknown)}: not one of {', '.join(FALL_SETS)}")
        others, judged = _beside(args.folder, names), [t for t in trials if t.dataset not in names]
        missing = sorted(set(names) - {t.dataset for t in others})
        if missing:
            raise DataError(f"--train-on {args.train_on}: no folder {', '.join(missing)} in or beside {args.folder}")
        if not judged:
            raise DataError(f"--train-on {args.train_on}: {args.folder} holds no further set to judge")
        outcomes = falls.trained_on(judged, others)
    elif args.leave_one_out:
        others = _beside(args.folder, [n for n in FALL_SETS if n not in places])
        outcomes = falls.leave_one_out(trials, others, _say)
    else:
        outcomes = [falls.run(t) for t in trials]
    if args.by_activity:
        for line in falls.by_activity(outcomes):
            _say("  ".join(str(part) for part in line))
    return list(falls.rows(outcomes))


def run_bed_exit(args: argparse.Namespace) -> list[Row]:
    """The UCI set; trials, not people."""
    (place,) = locate(args.folder, ("uci_rfid_bed_older",), args.dataset).values()
    trials = list(read_uci(place))
    _say("this set names no subjects: left out are trials, not people")
    if args.leave_one_out:
        return list(bed_exit.rows(bed_exit.leave_one_out(trials, radio=args.radio != "no", say=_say)))
    heard = [bed_exit.radio_helps(t) if args.radio is None else args.radio == "yes" for t in trials]
    return list(bed_exit.rows([bed_exit.run(t, radio) for t, radio in zip(trials, heard, strict=True)]))


def run_posture(args: argparse.Namespace) -> list[Row]:
    """PmatData, experiment i."""
    (place,) = locate(args.folder, ("pmatdata",), args.dataset).values()
    files = list(read_pmat(place))
    outcomes = posture.leave_one_out(files, _say) if args.leave_one_out else [posture.run(f) for f in files]
    return list(posture.rows(outcomes))


def _run_rates(args: argparse.Namespace, place: Path, groups: Sequence[str]) -> list[Row]:
    recordings = list(read_bidmc(place))
    found: list[Row] = []
    for task in (t for t in TASKS if t.group in groups):
        if args.leave_one_out:
            judged = rates.leave_one_out(task, recordings, _say)
        else:
            judged = [rates.run(task, r) for r in recordings]
        found.append(rates.row("bidmc", "ppg" if task.group == "pulse" else task.group, judged))
    return found


def run_respiration(args: argparse.Namespace) -> list[Row]:
    """BIDMC: from PPG and from impedance. overnight_rr_resp: from a belt, how often a value is given."""
    places = locate(args.folder, ("bidmc", "overnight_rr_resp"), args.dataset)
    found: list[Row] = []
    if "bidmc" in places:
        found += _run_rates(args, places["bidmc"], ("ppg", "impedance"))
    if "overnight_rr_resp" in places:
        _say("overnight_rr_resp: nobody marked the breaths, so there is coverage and no error; nothing learned from it")
        found.append(rates.belt_coverage(read_belts(places["overnight_rr_resp"])))
    return found


def run_pulse(args: argparse.Namespace) -> list[Row]:
    """BIDMC: from PPG."""
    return _run_rates(args, locate(args.folder, ("bidmc",), args.dataset)["bidmc"], ("pulse",))


def run_bcg(args: argparse.Namespace) -> list[Row]:
    """Synthetic motion from overnight_rr_resp, and the axes of muse_bed_bcg."""
    places = locate(args.folder, ("overnight_rr_resp", "muse_bed_bcg"), args.dataset)
    found: list[Row] = []
    if "overnight_rr_resp" in places:
        _say("overnight_rr_resp: motion synthesised from real beat intervals, no figure of people")
        nights = read_nights(places["overnight_rr_resp"])
        judged = [j for i, night in enumerate(nights) for j in bcg.run_night(night, 10 * i)]
        found.append(rates.row("overnight_rr_resp", "bcg", judged))
    if "muse_bed_bcg" in places:
        _say("muse_bed_bcg: mae is the distance between the axes of one sensor; there is no reference")
        found.append(bcg.axes_agreement(list(read_muse(places["muse_bed_bcg"]))))
    return found


TASK_RUNS: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "falls": run_falls,
    "bed-exit": run_bed_exit,
    "posture": run_posture,
    "respiration": run_respiration,
    "pulse": run_pulse,
    "bcg": run_bcg,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one evaluation and print it."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["watch"]:
        return watch(arguments[1:])
    args = parser().parse_args(arguments)
    try:
        check_options(args)
        found = TASK_RUNS[args.task](args)
    except (DataError, SignalError) as error:
        print(f"anxin evaluate: {error}", file=sys.stderr)
        return 2
    print(as_json(found) if args.json else as_table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
