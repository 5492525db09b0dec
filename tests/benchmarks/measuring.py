"""What the machine says of processes, and how figures are summed up. Linux only: it reads /proc."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anxin.clock import monotonic_s

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
SAMPLE_S = 5.0


def family(pid: int) -> list[int]:
    """Return a process and all that it started (a database has a process for each connection)."""
    found = [pid]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            for task in tasks:
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and its children so far; those of children that ended count for the parent."""
    return sum(_cpu(one) for one in family(pid))


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children; what they share (a database's buffers) is counted once."""
    total = shared = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/statm").read_text().split()
        except OSError:
            continue
        total += int(fields[1]) - int(fields[2])
        shared = max(shared, int(fields[2]))
    return (total + shared) * _PAGE / 1e6


@dataclass
class Meter:
    """Processor time and memory of some processes between `start` and `stop`."""

    pids: Mapping[str, int]
    begun: float = 0.0
    took: float = 0.0
    _before: dict[str, float] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)
    _memory: dict[str, list[float]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Meter:
        self.begun = monotonic_s()
        self._before = {name: cpu_s(pid) for name, pid in self.pids.items()}
        self._memory = {name: [] for name in self.pids}
        threading.Thread(target=self._watch, daemon=True, name="meter").start()
        return self

    def __exit__(self, *_: object) -> None:
        self.took = monotonic_s() - self.begun
        self._spent = {name: cpu_s(pid) - self._before[name] for name, pid in self.pids.items()}
        self._ended.set()
        self._sample()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self._sample()

    def _sample(self) -> None:
        for name, pid in self.pids.items():
            self._memory[name].append(resident_mb(pid))

    def cpu_percent(self) -> dict[str, float]:
        """Percent of one core by process."""
        return {name: round(100 * spent / self.took, 1) for name, spent in self._spent.items()}

    def cpu_us_per(self, count: int) -> dict[str, float]:
        """Microseconds of processor time for each of `count` things."""
        return {name: round(1e6 * spent / max(1, count), 3) for name, spent in self._spent.items()}

    def memory_mb(self) -> dict[str, dict[str, float]]:
        """Resident memory: mean of the second fifth and of the last fifth of the time, and the peak. The first fifth is
        warming up."""
        shown = {}
        for name, samples in self._memory.items():
            fifth = max(1, len(samples) // 5)
            early, late = samples[fifth : 2 * fifth] or samples[:1], samples[-fifth:]
            shown[name] = {
                "early": round(sum(early) / len(early), 1), "late": round(sum(late) / len(late), 1),
                "peak": round(max(samples), 1),
            }  # fmt: skip
        return shown


def percentiles(seconds: Iterable[float]) -> dict[str, float | int | None]:
    """Return how many there are, p50, p99 and the largest, in milliseconds; None where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return {"count": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}

    def at(percent: int) -> float:
        return round(1e3 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1)

    return {"count": len(ordered), "p50_ms": at(50), "p99_ms": at(99), "max_ms": round(1e3 * ordered[-1], 1)}


def machine() -> dict[str, object]:
    """Return what the figures were measured on. No name of the machine."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "processor": model, "cores": os.cpu_count(), "memory_gb": round(memory_kb / 2**20),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}", "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }  # fmt: skip
