# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Costs with their errors, fitted to intervals."""

from __future__ import annotations

from random import Random

import pytest

from green_telemetry.costs import prior
from green_telemetry.costs.estimate import Estimate, Parts

ALONE, SIXTEEN = prior.FIRST_BATCH, prior.FIRST_BATCH + 15


def teach(estimate: Estimate, true: dict[int, float], intervals: int, seed: int = 1) -> None:
    """Intervals with amounts by chance, each with its noise of 3 %."""
    chance = Random(seed)
    for _ in range(intervals):
        parts: Parts = {kind: chance.uniform(10.0, 200.0) for kind in true}
        energy_j = sum(true[kind] * joules for kind, joules in parts.items())
        noise = 0.03 * energy_j
        estimate.learn(parts, energy_j + chance.gauss(0.0, noise), noise**2, 1.0)


def test_it_begins_with_what_is_believed() -> None:
    """So that the first request can be divided, with a wide error."""
    estimate = Estimate()

    assert estimate.joules({ALONE: 100.0}) == 100.0
    assert estimate.error_j({ALONE: 100.0}) > 50.0


@pytest.mark.parametrize("card", [1 / 3, 1.0, 3.0])
def test_costs_of_another_card_are_found(card: float) -> None:
    """A factor of 3 either way, a prompt's the other way round."""
    estimate = Estimate()
    true = {prior.PREFILL: 1 / card, ALONE: card, SIXTEEN: card}

    teach(estimate, true, 40)

    for kind, multiple in true.items():
        assert estimate.multiples[kind] == pytest.approx(multiple, rel=0.1)
        assert estimate.error_j({kind: 1.0}) < 0.15 * multiple


def test_like_batches_tell_of_each_other() -> None:
    """Batches of 15 have never been seen; 14 and 16 have."""
    estimate = Estimate()

    teach(estimate, {SIXTEEN - 2: 2.0, SIXTEEN: 2.0}, 20)

    assert estimate.multiples[SIXTEEN - 1] == pytest.approx(2.0, rel=0.1)


def test_one_outlier_bends_little() -> None:
    """Somebody else was on the GPU for once."""
    estimate = Estimate()
    teach(estimate, {ALONE: 1.0}, 40)

    estimate.learn({ALONE: 100.0}, 1000.0, 9.0, 1.0)

    assert estimate.multiples[ALONE] == pytest.approx(1.0, rel=0.1)


def test_a_card_that_changed_for_good_is_followed() -> None:
    """Its clocks were lowered, say."""
    estimate = Estimate()
    teach(estimate, {ALONE: 1.0}, 100)

    teach(estimate, {ALONE: 2.0}, 60, seed=2)

    assert estimate.multiples[ALONE] == pytest.approx(2.0, rel=0.1)


def test_what_one_interval_lacks_the_next_one_has() -> None:
    """Edges that are off by 30 J on 100 J leave the cost exact."""
    estimate, late_j = Estimate(), 0.0
    chance = Random(3)
    for _ in range(30):
        before_j, late_j = late_j, chance.uniform(-30.0, 30.0)
        estimate.learn({ALONE: 100.0}, 100.0 + late_j - before_j, 1.0, 300.0)

    assert estimate.multiples[ALONE] == pytest.approx(1.0, abs=0.02)
