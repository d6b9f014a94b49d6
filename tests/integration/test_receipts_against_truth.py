# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts of a hundred drawn cards against what their requests truly cost; all of it is simulated."""

from __future__ import annotations

import pytest

from bench.truth.figures import answers, figures, total_errors
from bench.truth.table import report
from bench.truth.trial import Trial, run_trial

SEEDS = 100
BATCHES = ("16 with equal prompts", "16 mixed")

# The first test to ask for the trials waits for all of them.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    """Each seed's card with its four loads, once for all tests."""
    held = [run_trial(seed) for seed in range(SEEDS)]
    print(f"\n{report(held)}")
    return held


def test_receipts_alone_are_true_within_5_percent_in_the_mean(trials: list[Trial]) -> None:
    """One client after another has the card for itself."""
    alone = figures(answers(trials, "alone"))

    assert alone.receipts > 5 * SEEDS
    assert alone.mean < 0.05


@pytest.mark.parametrize("load", BATCHES)
def test_receipts_in_a_batch_of_16_are_true_within_10_percent_in_the_mean(
    trials: list[Trial], load: str
) -> None:
    """Equal prompts, and short beside long ones with dialogues, cached beginnings and people who leave."""
    batch = figures(answers(trials, load))

    assert batch.receipts > 16 * SEEDS
    assert batch.mean < 0.10


def test_the_sum_of_receipts_is_true_within_2_percent(trials: list[Trial]) -> None:
    """For every card, with loads and with what was thrown away."""
    assert max(total_errors(trials)) < 0.02


def test_receipts_lie_within_the_uncertainty_that_they_state(trials: list[Trial]) -> None:
    """Nine of ten at least, alone and in company."""
    assert figures(answers(trials)).within > 0.90


def test_every_request_has_its_receipt(trials: list[Trial]) -> None:
    """Whoever was forwarded is accounted for."""
    assert sum(trial.without for trial in trials) == 0


def test_little_stays_unattributed(trials: list[Trial]) -> None:
    """In no window more than 5 %."""
    assert max(trial.unattributed_percent for trial in trials) < 5.0
