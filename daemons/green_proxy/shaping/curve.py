# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a step of the model server costs, by how many sequences take part in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Point:
    """Decoding with this many sequences at once: the tokens/s of all together, and the whole GPU's power."""

    sequences: int
    tokens_per_s: float
    power_w: float


# Qwen3-32B (Q4_K) on one H100 80GB HBM3, llama.cpp, prompts of 512 tokens, measured on 2026-11-22
# (docs/measurements.md). Between 8 and 16 sequences the server changes kernels: sixteen draw less power
# than eight and are twice as fast.
MEASURED = (
    Point(1, 79.8, 571.0),
    Point(2, 146.0, 584.0),
    Point(4, 209.0, 579.0),
    Point(8, 278.0, 608.0),
    Point(16, 655.0, 426.0),
    Point(32, 1021.0, 458.0),
    Point(50, 1126.0, 464.0),
)


class Curve:
    """
    Joules by batch size.

    Between two measured sizes speed and power are taken to lie on straight lines, which spreads a change
    of kernels evenly over its gap; above the greatest one a token is taken to cost what it costs there.
    """

    def __init__(self, points: tuple[Point, ...] = MEASURED) -> None:
        self._points = points

    def step_j(self, sequences: int) -> float:
        """Joules of one step, which gives each of the sequences one token."""
        return sequences * self.token_j(sequences) if sequences else 0.0

    def token_j(self, sequences: int) -> float:
        size = max(self._points[0].sequences, min(sequences, self._points[-1].sequences))
        for low, high in pairwise(self._points):
            if size <= high.sequences:
                along = (size - low.sequences) / (high.sequences - low.sequences)
                power_w = low.power_w + along * (high.power_w - low.power_w)
                return power_w / (low.tokens_per_s + along * (high.tokens_per_s - low.tokens_per_s))
        return self._points[0].power_w / self._points[0].tokens_per_s
