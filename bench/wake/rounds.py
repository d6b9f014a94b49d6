# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Wakes of several chains side by side, and how much of the machine was whose meanwhile."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.proxy import usage
from bench.wake.chain import Chain, Wake

# After the hold has begun, at no fixed distance from any reading or beat.
PAUSE_S = (0.3, 1.3)
CORES = 2


@dataclass(frozen=True, slots=True)
class Round:
    """The wakes of each chain; the share of the cores that was busy, and that others than we kept busy."""

    loaded: bool
    wakes: Sequence[Sequence[Wake]]
    busy: float
    foreign: float


def measure(chains: Sequence[Chain], wakes: int, *, loaded: bool) -> Round:
    """So many wakes of each chain, all chains at once."""
    began_s, before_s, ours_s = time.monotonic(), usage.machine().busy_s, _used_s()
    with ThreadPoolExecutor(len(chains)) as pool:
        found = list(pool.map(lambda chain: _wake_often(chain, wakes), chains))
    whole_s = CORES * (time.monotonic() - began_s)
    busy_s, ours_s = usage.machine().busy_s - before_s, _used_s() - ours_s
    return Round(loaded, found, busy_s / whole_s, max(0.0, busy_s - ours_s) / whole_s)


def _wake_often(chain: Chain, wakes: int) -> list[Wake]:
    return [chain.wake(random.uniform(*PAUSE_S)) for _ in range(wakes)]  # noqa: S311


def _used_s() -> float:
    """Of this process, all that it started, and of those what has ended."""
    ended = os.times()
    return usage.cpu_s(os.getpid()) + ended.children_user + ended.children_system
