# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Drawn cards differ from each other, and none of them breaks physics."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from green_sim.gpu.card import POWER_LIMIT_W
from green_sim.gpu.curves import H100, Clock, Phase, Work
from green_sim.gpu.draw import draw_curves

SEEDS = st.integers(0, 2**31)


def test_a_seed_is_a_card() -> None:
    """The same seed draws the same curves, another one others."""
    assert draw_curves(7) == draw_curves(7)
    assert draw_curves(7) != draw_curves(8)


@given(SEEDS)
def test_power_stays_below_the_limit(seed: int) -> None:
    """Above idle in every phase, and below the limit with the widest noise."""
    curves = draw_curves(seed)
    works = [Work(Phase.LOAD, 1), Work(Phase.PREFILL, 1)]
    works += [Work(Phase.DECODE, batch) for batch in range(1, 51)]
    powers_w = [curves.power_w(work, Clock()) for work in works]

    assert min(powers_w) > curves.idle_boosted_w > curves.idle_low_w
    assert max(powers_w) * (1 + curves.noise) < POWER_LIMIT_W


@given(SEEDS)
def test_more_sequences_make_more_tokens(seed: int) -> None:
    """All together get faster with each one more, none of them alone does, but where kernels change."""
    curves = draw_curves(seed)
    speeds = [curves.decode_tokens_per_s(batch) for batch in range(1, 51)]
    slower = sum(after / (n + 1) < before / n for n, (before, after) in enumerate(pairwise(speeds), 1))

    assert all(after > before for before, after in pairwise(speeds))
    assert slower >= 48


@given(SEEDS)
def test_figures_are_within_a_factor_of_three_of_the_measured(seed: int) -> None:
    """Speeds and noise are another card's, not another world's."""
    curves = draw_curves(seed)

    for drawn, measured in (
        (curves.prefill_tokens_per_s, H100.prefill_tokens_per_s),
        (curves.decode_tokens_per_s(1), H100.decode_tokens_per_s(1)),
        (curves.noise, H100.noise),
    ):
        assert measured / 3.001 < drawn < measured * 3.001
    assert 0 < curves.sensor.sampled_s < curves.sensor.period_s


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_mixed_step_draws_the_mean_of_its_parts(share: float) -> None:
    """By the time that prompts take of it."""
    watts = H100.power_w(Work(Phase.MIXED, 16, share), Clock())

    assert watts == pytest.approx(share * 560 + (1 - share) * 426)
