# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long all runs still take, by those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean


class Remaining:
    """Runs of each arm that are to come, and how long those took that were."""

    def __init__(self, arms: Sequence[str], pairs: int) -> None:
        self._left = dict.fromkeys(arms, pairs)
        self._took_s: dict[str, list[float]] = {arm: [] for arm in arms}

    def add(self, arm: str, took_s: float) -> None:
        self._left[arm] -= 1
        self._took_s[arm].append(took_s)

    def left_s(self, arm: str, passed_s: float) -> float | None:
        """With the run of that arm under way for so long; None before any run was finished."""
        known_s = [took_s for each in self._took_s.values() for took_s in each]
        if not known_s:
            return None
        means_s = {name: fmean(each or known_s) for name, each in self._took_s.items()}
        return max(0.0, sum(count * means_s[name] for name, count in self._left.items()) - passed_s)
