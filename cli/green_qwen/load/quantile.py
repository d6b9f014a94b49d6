# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Percentiles of times of which some are not over yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantile:
    """A time; with `at_least` too few were over for more than that bound. NaN where nothing was seen."""

    value_s: float
    at_least: bool = False


def quantile(over_s: Sequence[float], part: float, open_s: Sequence[float] = ()) -> Quantile:
    """
    The time within which that part was over, as Kaplan and Meier estimate it.

    `open_s` is how long those have taken that are still open: left out they would flatter a slow server, and
    taken for answered no less. Without them it is the plain percentile by nearest rank.
    """
    times = sorted([(time_s, 0) for time_s in over_s] + [(time_s, 1) for time_s in open_s])
    at_risk, longer = len(times), 1.0
    for time_s, still_open in times:
        if not still_open:
            longer *= 1 - 1 / at_risk
            # Not a rounding error above what was asked for.
            if longer <= 1 - part + 1e-12:
                return Quantile(time_s)
        at_risk -= 1
    return Quantile(times[-1][0], at_least=True) if times else Quantile(math.nan)
