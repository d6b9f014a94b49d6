# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The chain in virtual time for a few seeds, all of it simulated; a hundred are in tests/integration."""

from __future__ import annotations

import pytest

from bench.truth.figures import answers, figures, given_up, total_errors
from bench.truth.proxy import Words
from bench.truth.table import report
from bench.truth.trial import Held, Trial, run_trial

SEEDS = (2, 3, 5)


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    """Short loads on three cards."""
    return [run_trial(seed, load_lasts_s=15.0) for seed in SEEDS]


def held(true_j: float, said_j: float, uncertainty_j: float = 1.0, outcome: str = "finished") -> Held:
    """A receipt beside its truth."""
    return Held(0, "alone", outcome, False, true_j, said_j, uncertainty_j, 1.0, 10, 0, 10)


def test_a_seed_always_says_the_same(trials: list[Trial]) -> None:
    """No clock and no chance from outside."""
    assert run_trial(SEEDS[0], load_lasts_s=15.0) == trials[0]


def test_every_request_has_a_receipt(trials: list[Trial]) -> None:
    """Also those whose client left."""
    assert sum(trial.without for trial in trials) == 0
    assert given_up(trials)


def test_receipts_alone_are_true_within_5_percent_in_the_mean(trials: list[Trial]) -> None:
    """One client after another."""
    assert figures(answers(trials, "alone")).mean < 0.05


def test_the_sum_of_receipts_is_true_within_2_percent(trials: list[Trial]) -> None:
    """For each card."""
    assert max(total_errors(trials)) < 0.02


def test_dialogues_meet_their_cached_beginning(trials: list[Trial]) -> None:
    """Otherwise the trap of the cached tokens would not be tried."""
    assert any(one.cached_tokens > 100 for one in answers(trials, "16 mixed"))


@pytest.mark.parametrize("words", Words)
def test_receipts_come_whatever_the_model_server_says(words: Words) -> None:
    """With durations, with cached tokens, or with counts alone."""
    trial = run_trial(1, load_lasts_s=6.0, words=words)

    assert trial.without == 0
    assert figures(answers([trial], "alone")).mean < 0.05


def test_errors_are_shares_of_the_truth() -> None:
    """Without their sign in the mean, with it in the sum."""
    of = figures([held(100.0, 110.0), held(100.0, 90.0, uncertainty_j=10.0), held(0.0, 2.0)])

    assert of.mean == pytest.approx(0.1)
    assert of.total == pytest.approx(0.01)
    assert of.weighted == pytest.approx(22 / 200)
    assert of.within == pytest.approx(1 / 3)


def test_the_table_says_that_it_is_simulated(trials: list[Trial]) -> None:
    """Whoever copies it copies that too."""
    text = report(trials)

    assert "(simulated)" in text
    assert "Simulated: 3 seeds" in text
