# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A small, reproducible wobble of the power: the same seed and tick always give the same value."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def wobble(seed: int, tick: int, amplitude: float) -> float:
    """A factor between 1 - amplitude and 1 + amplitude, from splitmix64 of seed and tick."""
    mixed = (seed * 0xD1342543DE82EF95 + tick * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return 1 + amplitude * (2 * ((mixed ^ (mixed >> 31)) / _MASK) - 1)
