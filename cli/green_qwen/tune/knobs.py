# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Knobs that are turned one at a time on the best setting, each with the values that are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from green_qwen.tune.evidence import Ratio
from green_qwen.tune.setting import Setting


class Verdict(Enum):
    """What became of a value that was tried."""

    CHOSEN = "chosen"
    NO_GAIN = "no gain beyond noise"
    WORSE = "worse"
    CONSENT = "better, but takes consent"
    LIMIT = "breaks a limit"
    FAILED = "failed"
    NO_ROOM = "does not fit"
    NO_TIME = "not measured: no time left"
    CHEAPER_IDLE = "chosen for its idle power"


@dataclass(frozen=True, slots=True)
class KnobResult:
    """What one value gave against another, all else equal; `ratio` is of yields, new to old."""

    knob: str
    old: Any
    new: Any
    verdict: Verdict
    ratio: Ratio | None = None
    idle_change_w: float | None = None
    note: str = ""


# In the order of what they have been seen to give; each value that is tried, where it differs.
_VALUES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("gpu_sampling", (True, False)),
    ("batch_tokens", (2048, 256)),
    ("kv_cache", ("q4_0", "q8_0")),
    ("flash_attention", ("on", "off")),
    ("perf_boost", (True, False)),
    ("threads", (16,)),
    ("mmap", (False,)),
)


def flips(best: Setting, knobs: frozenset[str]) -> Iterator[tuple[str, Setting]]:
    """Each other value of each knob that the server has, one change at a time."""
    for name, values in _VALUES:
        if name not in knobs:
            continue
        for value in values:
            if getattr(best, name) != value:
                yield name, best.but(**{name: value})
        if name == "batch_tokens" and best.context_tokens is not None:
            # What a context four times as large would cost, since the recipe has it as a saving.
            yield "context_tokens", best.but(context_tokens=best.context_tokens * 4)
