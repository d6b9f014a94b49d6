# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Means of repeated runs, and the change from before to after with its confidence interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

# Student's t, two-sided 95 %, by degrees of freedom from 1.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
)
_T95_BEYOND = 2.086


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval that holds it with 95 %; None for both ends where there was one run only."""

    value: float
    low: float | None = None
    high: float | None = None


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean, with the t interval of independent runs."""
    half = _half_width(values)
    mean = fmean(values)
    return Estimate(mean) if half is None else Estimate(mean, mean - half, mean + half)


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """
    After by before, as the geometric mean of the pairs' ratios; None where a value is not above zero.

    The interval is a paired t over the logarithms of the ratios: what drifts slowly, such as the temperature
    of the room, is the same in both of a pair and falls out.
    """
    if not pairs or any(value <= 0 for pair in pairs for value in pair):
        return None
    logs = [math.log(after / before) for before, after in pairs]
    half, mean = _half_width(logs), fmean(logs)
    if half is None:
        return Estimate(math.exp(mean))
    return Estimate(math.exp(mean), math.exp(mean - half), math.exp(mean + half))


def slope_of(points: Sequence[tuple[float, float]]) -> float | None:
    """The least squares line's rise for one along x; None for fewer than two places on it."""
    if len({x for x, _ in points}) < 2:
        return None
    middle_x, middle_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread


def _half_width(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    freedom = len(values) - 1
    t95 = _T95[freedom - 1] if freedom <= len(_T95) else _T95_BEYOND
    return t95 * stdev(values) / math.sqrt(len(values))
