# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Costs with their errors, fitted to one interval after another: a Kalman filter with forgetting.

The state holds each cost as a multiple of the believed one, and the joules by which the last reading of
the counter was early or late. What one interval lacks for that the next one has, so both are judged
together, and the errors of many readings don't add up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from green_telemetry.costs import prior

# A part of what was known is forgotten with each interval, so that costs can follow clocks and drivers.
FORGET = 3e-5
# Beyond so many standard deviations an interval counts less the further it is off...
OUTLIER = 3.0
# ...and makes all that is known less certain, in case the card has changed for good.
FORGET_AT_OUTLIER = 2e-3
LEAST = 0.01

# Kinds of work with their amounts, in believed joules.
Parts = dict[int, float]


class Estimate:
    """One GPU's and one model's costs, as multiples of the believed ones."""

    def __init__(self) -> None:
        self._prior = [[*row, 0.0, 0.0] for row in prior.covariance()]
        self._prior += [[0.0] * (prior.SIZE + 2) for _ in range(2)]
        self.multiples = [1.0] * prior.SIZE
        self.errors = [list(row) for row in self._prior]
        self._edge_j = [0.0, 0.0]
        self._last = prior.SIZE

    def joules(self, parts: Parts) -> float:
        return sum(self.multiples[kind] * joules for kind, joules in parts.items())

    def error_j(self, parts: Parts) -> float:
        """The standard deviation of so much work's joules; amounts may be signed."""
        variance = sum(
            one * other * self.errors[row][column]
            for row, one in parts.items()
            for column, other in parts.items()
        )
        return math.sqrt(max(0.0, variance))

    def begin(self, edge_variance: float) -> None:
        """The readings that follow don't go on from the last ones."""
        self._set_edge(self._last, edge_variance)

    def learn(self, parts: Parts, energy_j: float, variance: float, edge_variance: float) -> None:
        """An interval of this work took so many joules, give or take; its end has an error of its own."""
        last = self._last
        following = 2 * prior.SIZE + 1 - last
        self._set_edge(following, edge_variance)
        amounts = [*parts.items(), (last, -1.0), (following, 1.0)]
        gains = [sum(row[kind] * amount for kind, amount in amounts) for row in self.errors]
        expected_j = self.joules(parts) - self._edge_j[last - prior.SIZE]
        surprise_j = energy_j - expected_j
        spread = variance + sum(gains[kind] * amount for kind, amount in amounts)
        deviations = abs(surprise_j) / spread**0.5
        if deviations > OUTLIER:
            spread *= deviations / OUTLIER
        self._correct(gains, surprise_j / spread)
        self._spread(gains, spread, FORGET_AT_OUTLIER if deviations > OUTLIER else FORGET)
        self._last = following

    def restore(self, multiples: Iterable[float], deviations: Iterable[float]) -> None:
        """Begin with costs and errors that were known before; what they had in common is as at first."""
        self.multiples = [max(LEAST, multiple) for multiple in multiples]
        scale = [
            min(1.0, deviation / self._prior[kind][kind] ** 0.5) for kind, deviation in enumerate(deviations)
        ]
        for row, one in enumerate(scale):
            for column, other in enumerate(scale):
                self.errors[row][column] = self._prior[row][column] * one * other

    def _correct(self, gains: list[float], pull: float) -> None:
        for kind in range(prior.SIZE):
            self.multiples[kind] = max(LEAST, self.multiples[kind] + gains[kind] * pull)
        for edge in range(2):
            self._edge_j[edge] += gains[prior.SIZE + edge] * pull

    def _spread(self, gains: list[float], spread: float, forget: float) -> None:
        keep = 1.0 - forget
        for row, gain in enumerate(gains):
            part = gain / spread
            self.errors[row] = [
                keep * (known - part * other) + forget * believed
                for known, other, believed in zip(self.errors[row], gains, self._prior[row], strict=True)
            ]

    def _set_edge(self, edge: int, variance: float) -> None:
        self.errors[edge] = [0.0] * (prior.SIZE + 2)
        for row in self.errors:
            row[edge] = 0.0
        self.errors[edge][edge] = variance
        self._edge_j[edge - prior.SIZE] = 0.0
