# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What is believed about costs before anything was measured: an H100's figures, with a wide error.

Measured with llama.cpp and a Q4_K model of Qwen3-32B's shape (docs/measurements.md), above 124 W of rest.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

PREFILL, PREFILL_CONTEXT, DECODE_CONTEXT, LOADING = range(4)
# Joules for a prompt token; for it and each token before it; for a token of an answer and each token
# before it; for a second of loading.
OTHERS_J = (0.175, 5e-6, 5e-5, 41.0)
FIRST_BATCH = len(OTHERS_J)

# (sequences that decode together, joules for a token of one of them).
MEASURED_J = ((1, 5.6), (2, 3.15), (4, 2.18), (8, 1.74), (16, 0.461), (32, 0.327), (50, 0.302))
# Servers change kernels at some batch size, anywhere: so each of the first 16 is learned for itself.
BATCHES = (*range(1, 17), 20, 24, 28, 32, 40, 50, 64, 96, 128)
SIZE = FIRST_BATCH + len(BATCHES)

# Other cards differ by about a factor of 3: in all costs alike, in those of like batches, in single ones.
CARD_ERROR, SMOOTH_ERROR, OWN_ERROR = 0.8, 0.4, 0.15
# Costs of context and loading say little about the others.
LONELY, LONELY_ERROR = frozenset((PREFILL_CONTEXT, DECODE_CONTEXT, LOADING)), 1.0
# Batches that differ by this factor have most of their error in common.
KINSHIP = 3.0


def costs_j() -> list[float]:
    """The believed cost of each kind of work."""
    return [*OTHERS_J, *(_decode_j(batch) for batch in BATCHES)]


def covariance() -> list[list[float]]:
    """How far each may be off, and which of them together, as shares of the believed costs."""
    return [[_covariance(row, column) for column in range(SIZE)] for row in range(SIZE)]


def knots(batch: int) -> tuple[tuple[int, float], ...]:
    """The kinds of work that decoding in such a batch is made of, with their parts."""
    high = bisect_left(BATCHES, batch)
    if high == len(BATCHES):
        return ((SIZE - 1, 1.0),)
    if BATCHES[high] == batch or high == 0:
        return ((FIRST_BATCH + high, 1.0),)
    below, above = BATCHES[high - 1], BATCHES[high]
    along = math.log(batch / below) / math.log(above / below)
    return ((FIRST_BATCH + high - 1, 1.0 - along), (FIRST_BATCH + high, along))


def _decode_j(batch: int) -> float:
    """On straight lines of the logarithms between what was measured."""
    for (low, low_j), (high, high_j) in pairwise(MEASURED_J):
        if low <= batch <= high:
            along = math.log(batch / low) / math.log(high / low)
            return low_j * float((high_j / low_j) ** along)
    return MEASURED_J[-1][1]


def _covariance(row: int, column: int) -> float:
    if not LONELY.isdisjoint((row, column)):
        return LONELY_ERROR**2 if row == column else 0.0
    shared = CARD_ERROR**2 + (OWN_ERROR**2 if row == column else 0.0)
    if PREFILL in (row, column):
        return shared + (SMOOTH_ERROR**2 if row == column else 0.0)
    distance = abs(math.log(BATCHES[row - FIRST_BATCH] / BATCHES[column - FIRST_BATCH]))
    return shared + SMOOTH_ERROR**2 * math.exp(-distance / math.log(KINSHIP))
