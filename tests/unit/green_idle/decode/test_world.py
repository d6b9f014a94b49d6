# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The whole course on simulated cards, whose truth is known: it saves, and keeps to the bound."""

from __future__ import annotations

import pytest

from bench.decode.world import World, between_tokens_ms, joules_per_token
from green_sim.gpu.curves import H100, SM_CLOCK_MAX_MHZ
from green_sim.gpu.draw import draw_curves

BOUND_PERCENT = 5.0
# A visit counts whole tokens: of some sixty in three seconds, one too many or too few.
CHANCE_PERCENT = 1.5


@pytest.mark.parametrize("batch", [1, 4, 8, 16, 50])
def test_the_chosen_clock_saves_within_the_bound(batch: int) -> None:
    """By the card's truth, not by what was measured."""
    learned = World(H100, batch, most_slowdown_percent=BOUND_PERCENT).learn()

    assert learned
    assert learned.knee
    mhz = learned.knee.sm_clock_mhz
    assert joules_per_token(H100, batch, mhz) < 0.9 * joules_per_token(H100, batch, SM_CLOCK_MAX_MHZ)
    slowdown = between_tokens_ms(H100, batch, mhz) / between_tokens_ms(H100, batch, SM_CLOCK_MAX_MHZ)
    assert (slowdown - 1) * 100 <= BOUND_PERCENT


@pytest.mark.parametrize("seed", range(12))
def test_on_cards_drawn_at_random_it_never_costs(seed: int) -> None:
    """Other speeds, powers and sensors; slow ones count few tokens in a visit, hence the chance."""
    curves = draw_curves(seed)

    learned = World(curves, 4, most_slowdown_percent=BOUND_PERCENT, seed=seed).learn()

    assert learned
    if learned.knee:
        mhz = learned.knee.sm_clock_mhz
        slowdown = between_tokens_ms(curves, 4, mhz) / between_tokens_ms(curves, 4, SM_CLOCK_MAX_MHZ)
        assert joules_per_token(curves, 4, mhz) < joules_per_token(curves, 4, SM_CLOCK_MAX_MHZ)
        assert (slowdown - 1) * 100 <= BOUND_PERCENT + CHANCE_PERCENT


def test_a_clock_beyond_the_bound_is_visited_twice() -> None:
    """And none below it: 1380 MHz is the first that takes too long."""
    world = World(H100, 1, most_slowdown_percent=BOUND_PERCENT)

    world.learn()

    assert world.visited_mhz.count(1380) == 2
    assert min(world.visited_mhz) == 1380
