# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What the GPU draws with the model resident and nothing to do, learned while that is so.

Known by clock state, because a GPU at 1980 MHz rests at 124 W and at 345 MHz at 72 W (H100); a median
of the last 15 s, so that it follows the card as it cools after a load and no single sample bends it.
"""

from __future__ import annotations

from collections import deque
from statistics import median

RECENT_S = 15.0
MAX_SAMPLES = 64
CLOCK_STATE_MHZ = 250
# Nothing learned yet: no card rests at more than about a fifth of its limit.
PROVISIONAL_SHARE_OF_LIMIT = 0.2


class Baseline:
    """The baseline of one GPU, in watts."""

    def __init__(self, power_limit_w: float | None = None) -> None:
        self._by_state: dict[int, deque[tuple[float, float]]] = {}
        self._level_w: dict[int, float] = {}
        self._lowest_w: float | None = None
        self._cap_w = power_limit_w * PROVISIONAL_SHARE_OF_LIMIT if power_limit_w else None

    @property
    def learned(self) -> bool:
        """False while the baseline is only the lowest power seen, capped at a fifth of the limit."""
        return bool(self._level_w)

    def observe(self, time_s: float, power_w: float, sm_clock_mhz: int | None, *, quiet: bool) -> None:
        """Take in a power sample; only one with nothing in flight and nothing computing is `quiet`."""
        self._lowest_w = power_w if self._lowest_w is None else min(self._lowest_w, power_w)
        if not quiet:
            return
        state = _state(sm_clock_mhz)
        samples = self._by_state.setdefault(state, deque(maxlen=MAX_SAMPLES))
        while samples and samples[0][0] < time_s - RECENT_S:
            samples.popleft()
        samples.append((time_s, power_w))
        self._level_w[state] = median(power for _, power in samples)

    def power_w(self, sm_clock_mhz: int | None) -> float | None:
        """The baseline at this clock, from the nearest state known; None before any power was seen."""
        if self._level_w:
            state = _state(sm_clock_mhz)
            return self._level_w[min(self._level_w, key=lambda known: abs(known - state))]
        if self._lowest_w is None or self._cap_w is None:
            return self._lowest_w
        return min(self._lowest_w, self._cap_w)


def _state(sm_clock_mhz: int | None) -> int:
    return round((sm_clock_mhz or 0) / CLOCK_STATE_MHZ)
