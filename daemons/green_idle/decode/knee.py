# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which SM clock decodes with the least joules a token within a bound on the time between tokens."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A difference of one pair may be chance.
PAIRS = 3
LEAST_SAVING_PERCENT = 1.0
LEAST_BEYOND = 2
# The median deviation of a normal distribution times this is its standard deviation.
NORMAL_SPREAD = 1.4826
# Of the highest clock. Below the half no published curve of decoding has its knee.
SHARES = (0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Measured:
    """What decoding did for some seconds at one clock: tokens of all sequences together, and power."""

    tokens_per_s: float
    power_w: float

    @property
    def joules_per_token(self) -> float:
        return self.power_w / self.tokens_per_s


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A lowered clock beside the card's own just before it, with the same sequences.

    So a growing context, a warming card and a batch of any size weigh on both alike.
    """

    own: Measured
    lowered: Measured

    @property
    def slowdown_percent(self) -> float:
        """How much longer the time between tokens is."""
        return (self.own.tokens_per_s / self.lowered.tokens_per_s - 1) * 100

    @property
    def saved_percent(self) -> float:
        """How many joules a token needs less."""
        return (1 - self.lowered.joules_per_token / self.own.joules_per_token) * 100


@dataclass(frozen=True, slots=True)
class Point:
    """
    What the pairs of one clock show together; there is at least one.

    By medians: a stall of half a second makes one pair of three look as if the clock had slowed all down.
    """

    sm_clock_mhz: int
    pairs: tuple[Pair, ...]

    @property
    def is_measured(self) -> bool:
        return len(self.pairs) >= PAIRS

    @property
    def slowdown_percent(self) -> float:
        return statistics.median(pair.slowdown_percent for pair in self.pairs)

    @property
    def saved_percent(self) -> float:
        return statistics.median(pair.saved_percent for pair in self.pairs)

    @property
    def noise_percent(self) -> float:
        """Twice the standard error of what is saved, by the median deviation from the median."""
        if len(self.pairs) < 2:
            return math.inf
        middle = self.saved_percent
        deviation = statistics.median(abs(pair.saved_percent - middle) for pair in self.pairs)
        return 2 * NORMAL_SPREAD * deviation / math.sqrt(len(self.pairs))

    def is_beyond(self, most_slowdown_percent: float) -> bool:
        """True where two pairs say so; one alone may be chance."""
        return sum(pair.slowdown_percent > most_slowdown_percent for pair in self.pairs) >= LEAST_BEYOND


def find_knee(points: Mapping[int, Point], most_slowdown_percent: float) -> Point | None:
    """The measured clock that saves most joules a token within the bound; None where none saves."""
    allowed = [
        point
        for point in points.values()
        if point.is_measured
        and point.slowdown_percent <= most_slowdown_percent
        and point.saved_percent > max(point.noise_percent, LEAST_SAVING_PERCENT)
    ]
    return max(allowed, key=lambda point: point.saved_percent, default=None)


def next_clock_mhz(
    points: Mapping[int, Point], candidates_mhz: Sequence[int], most_slowdown_percent: float
) -> int | None:
    """
    The clock to be measured next; `candidates_mhz` fall.

    One that was beyond the bound is not visited again, and none below it. The curve of joules has one
    valley: where it rises again, nothing is left to be found.
    """
    best_percent = -math.inf
    for mhz in candidates_mhz:
        point = points.get(mhz)
        if point is None:
            return mhz
        if point.is_beyond(most_slowdown_percent):
            return None
        if not point.is_measured:
            return mhz
        if point.saved_percent < best_percent - LEAST_SAVING_PERCENT:
            return None
        best_percent = max(best_percent, point.saved_percent)
    return None


def choose_candidates_mhz(has_mhz: Sequence[int]) -> tuple[int, ...]:
    """A few of the clocks that the card has, falling, without its highest."""
    top_mhz = max(has_mhz)
    near = {min(has_mhz, key=lambda mhz: abs(mhz - share * top_mhz)) for share in SHARES}
    return tuple(sorted(near - {top_mhz}, reverse=True))


def batch_class(sequences: int) -> int:
    """The next power of two: what is measured for it holds for all sizes above the half of it."""
    return 1 << (sequences - 1).bit_length()
