# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where green-proxy's time goes: py-spy beside it while the clients ask, summed up by function."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.proxy.running import RIG_CPU, FailedError, on_cpu

SAMPLES_PER_S = 250
TOP = 30


class Profiler:
    """Call it as a load begins; it watches for as long as it was told."""

    def __init__(self, program: Path, pid: int, out: Path, seconds: float) -> None:
        self._command = [
            *on_cpu(RIG_CPU),
            str(program),
            "record",
            "--pid",
            str(pid),
            "--format",
            "raw",
        ]
        self._command += ["--rate", str(SAMPLES_PER_S), "--duration", str(max(1, round(seconds)))]
        self._command += ["--threads", "--output", str(out)]
        self._seconds = seconds
        self.out = out

    def __call__(self) -> None:
        done = subprocess.run(self._command, capture_output=True, text=True, timeout=self._seconds + 60)
        if done.returncode != 0 or not self.out.exists():
            raise FailedError(f"py-spy failed: {done.stderr.strip()[-500:]}")


def read_stacks(lines: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Samples by function: those at the top of the stack, and those anywhere in it."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.strip().rpartition(" ")
        frames = [short(frame) for frame in stack.split(";") if frame and not frame.startswith("thread ")]
        if not frames:
            continue
        own[frames[-1]] += int(count)
        for frame in set(frames):
            total[frame] += int(count)
    return own, total


def short(frame: str) -> str:
    """`run (asyncio/runners.py:190)` without its line, so that a function is one entry."""
    name, _, place = frame.partition(" (")
    path = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{name} ({'/'.join(path.split('/')[-2:])})" if path else name


def profile_report(title: str, lines: Iterable[str]) -> str:
    own, total = read_stacks(lines)
    count = sum(own.values()) or 1
    said = [f"{title}: {count} samples while it ran", "   self  function"]
    said += [f"{hits / count:7.1%}  {name}" for name, hits in own.most_common(TOP)]
    said += ["", "  total  function and what it calls"]
    said += [f"{hits / count:7.1%}  {name}" for name, hits in total.most_common(TOP)]
    return "\n".join(said)
