"""Runs known faults on stands of their kind and gives the rows of the table."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby
from pathlib import Path

import psycopg

from anxin.embedded.child import ChildError
from tests.faults.account import Account, Outcome, together
from tests.faults.acts import Scene
from tests.faults.console import Console
from tests.faults.known import BY_NAME, LEAPING, RANDOM, Fault, plan_of_leap, random_kills
from tests.faults.load import Load, Reading
from tests.faults.stand import TOKEN, Plan, Stand

# What a fault may do to the one who causes it: its row says so, and the next one gets a new stand.
_TROUBLE = (AssertionError, OSError, psycopg.Error, ChildError, subprocess.SubprocessError)


class Rig:
    """A stand under load, with a console page open."""

    def __init__(self, folder: Path, plan: Plan, seed: int = 1, length: float = 1.0) -> None:
        self._stack = ExitStack()
        try:
            self.stand = self._stack.enter_context(closing(Stand(folder, plan)))
            self.console = self._stack.enter_context(closing(Console(self.stand.api_port, folder / "server.toml")))
            load = Load(self.stand.ports, plan.beds, TOKEN, self.stand.now)
            self.load = self._stack.enter_context(closing(load))
            self.load.start()
        except BaseException:
            self.close()
            raise
        self._seed, self._length = seed, length
        self._given: set[Reading] = set()
        self._outcomes: list[Outcome] = []

    def close(self) -> None:
        self._stack.close()

    def under(self, fault: Fault) -> Outcome:
        """Let the fault happen under load, and count what it came to."""
        scene = Scene(self.stand, self.load, random.Random(f"{fault.name}{self._seed}"), self._length)
        account = Account(self.stand, self.load, self.console)
        self.load.go()
        scene.pass_time(1.5)
        fault.act(scene)
        scene.pass_time(1)
        outcome = account.settle(fault.name, gap_allowed=fault.gap)
        outcome.complaints += scene.complaints
        outcome.notes = scene.notes
        if fault.kinds and not outcome.technical.keys() & set(fault.kinds):
            outcome.complaints.append(f"none of {', '.join(fault.kinds)} was raised")
        self._given |= account.given
        self._outcomes.append(outcome)
        return outcome

    def together(self) -> Outcome:
        """All that happened on this stand, as it is shown."""
        return together(self.stand, self._given, self._outcomes)


def rows(names: list[str], minutes: float, seed: int) -> list[Outcome]:
    """Cause some faults, one after the other; say how each ended."""
    outcomes: list[Outcome] = []
    begun = time.monotonic()
    for one in run([random_kills(minutes) if name == RANDOM else BY_NAME[name] for name in names], seed):
        if isinstance(one, str):
            print(f"skipped: {one}", flush=True)
            continue
        outcomes.append(one)
        word = "kept" if one.good else "NOT KEPT: " + ("; ".join(one.complaints) or "see the table")
        counts = f"sent {one.sent}, stored {one.stored}, rang {one.alerts_raised}"
        print(f"{time.monotonic() - begun:4.0f} s  {one.fault}: {counts}: {word}", flush=True)
    return outcomes


def run(faults: Sequence[Fault], seed: int = 1) -> Iterator[Outcome | str]:
    """Yield a row for each fault as it is done, or a sentence where it cannot be caused here."""
    for plan, group in groupby(faults, lambda fault: fault.plan):
        possible = [fault for fault in group if os.geteuid() == 0 or not fault.root]
        with tempfile.TemporaryDirectory(prefix="anxin-faults-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            yield from _on_stands(Path(name), plan, possible, seed)
    for fault in faults:
        if fault.root and os.geteuid() != 0:
            yield f"{fault.name}: needs a small file system, which only root can mount"


def _on_stands(folder: Path, plan: Plan, faults: Sequence[Fault], seed: int) -> Iterator[Outcome]:
    """One stand after the other: what a fault broke for good must not spoil the next row."""
    waiting = deque(faults)
    while waiting:
        stand = folder / f"stand-{len(waiting)}"
        stand.mkdir(mode=0o755)
        now = waiting[0].name
        try:
            with closing(Rig(stand, plan_of_leap() if plan == LEAPING else plan, seed)) as rig:
                outcome = Outcome("")
                while waiting and not outcome.complaints:
                    fault = waiting.popleft()
                    now = fault.name
                    outcome = rig.under(fault)
                    yield outcome
                now = ""
                yield rig.together()
        except _TROUBLE as error:
            if waiting and waiting[0].name == now:
                waiting.popleft()
            yield Outcome(now or "all of these, as shown", complaints=[f"{type(error).__name__}: {error}"])
