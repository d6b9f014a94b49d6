# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a daemon takes for itself: CPU time, memory, processes that it begins; and watts of an idle GPU."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from witness import Witness


@dataclass(frozen=True, slots=True)
class Usage:
    """One process at one moment; `begun` counts what was forked or cloned on the whole machine."""

    at_s: float
    cpu_s: float
    rss_mib: float
    peak_rss_mib: float
    threads: int
    begun: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one state; `before` and `after` are None where the daemon did not run."""

    state: str
    start_s: float
    end_s: float
    before: Usage | None = None
    after: Usage | None = None
    begun: int = 0

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def cpu_share(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return (self.after.cpu_s - self.before.cpu_s) / (self.after.at_s - self.before.at_s)


def read_usage(pid: int) -> Usage:
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return Usage(
        at_s=time.monotonic(),
        cpu_s=_cpu_s(pid),
        rss_mib=int(status["VmRSS"].split()[0]) / 1024,
        peak_rss_mib=int(status["VmHWM"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        begun=begun_on_machine(),
    )


def _cpu_s(pid: int) -> float:
    """By the scheduler's nanoseconds where the kernel keeps them: 0.3 % of a core is two ticks in 10 s."""
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except OSError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def begun_on_machine() -> int:
    """Processes and threads since the boot, of the whole machine: a container shows its host's too."""
    lines = Path("/proc/stat").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("processes ")).split()[1])


def power_w(witness: Witness, start_s: float, end_s: float) -> float:
    """The slope of the counter by least squares: a step of it weighs less than at two edges alone."""
    readings = witness.between(start_s, end_s)
    middle_s = fmean(reading.time_s for reading in readings)
    middle_j = fmean(reading.energy_j for reading in readings)
    moments = [(reading.time_s - middle_s, reading.energy_j - middle_j) for reading in readings]
    return sum(time_s * joules for time_s, joules in moments) / sum(time_s**2 for time_s, _ in moments)


def upkeep_table(stretches: Sequence[Stretch], witness: Witness) -> Iterator[str]:
    yield (
        "| state | green-telemetry | s | W by witness | its CPU, % of a core | RSS, greatest MiB | threads "
        "| begun on the machine |"
    )
    yield "|---" * 8 + "|"
    for one in stretches:
        row = f"| {one.state} | {'runs' if one.after else 'does not run'} | {one.duration_s:.1f} "
        yield row + f"| {power_w(witness, one.start_s, one.end_s):.2f} {_usage(one)}| {one.begun} |"


def _usage(one: Stretch) -> str:
    if one.after is None or one.cpu_share is None:
        return "| - | - | - "
    usage = one.after
    return f"| {100 * one.cpu_share:.3f} | {usage.rss_mib:.1f}, {usage.peak_rss_mib:.1f} | {usage.threads} "


def added_w(stretches: Sequence[Stretch], witness: Witness) -> tuple[float, float]:
    """
    What the daemon adds to the GPU's power in stretches without and with it in turn, and its spread.

    Each of the inner stretches is held against the mean of its two neighbours, so that a card that cools
    evenly shows nothing; the spread is half of what these comparisons differ by.
    """
    powers_w = [power_w(witness, one.start_s, one.end_s) for one in stretches]
    differences_w = []
    for index in range(1, len(stretches) - 1):
        beside_w = (powers_w[index - 1] + powers_w[index + 1]) / 2
        sign = 1 if stretches[index].after else -1
        differences_w.append(sign * (powers_w[index] - beside_w))
    return fmean(differences_w), (max(differences_w) - min(differences_w)) / 2
