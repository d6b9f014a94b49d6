# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How often a card's sensors step and how much of the time they look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorTiming:
    """
    Power fields and counter step together every `period_s`.

    An H100 looks at its power for the last quarter of each 100 ms only (arXiv 2312.02741).
    """

    period_s: float = 0.1
    sampled_s: float = 0.025
