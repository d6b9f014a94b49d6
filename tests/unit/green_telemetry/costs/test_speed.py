# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How fast prompts are worked off."""

from __future__ import annotations

from green_telemetry.costs.speed import PrefillSpeed


def test_cached_prompts_look_fast_and_are_not_believed() -> None:
    """Half of them were cached to nine tenths."""
    speed = PrefillSpeed()

    for _ in range(5):
        speed.observe(1000, 0.4)
        speed.observe(1000, 0.04)

    assert speed.tokens_per_s == 2500.0


def test_short_prompts_tell_nothing() -> None:
    """They take the time of starting."""
    speed = PrefillSpeed()

    speed.observe(20, 0.1)

    assert speed.tokens_per_s is None
