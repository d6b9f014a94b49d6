# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How near two servers' answers are."""

from __future__ import annotations

import math

import pytest

from green_qwen.bench.quality.compare import Reading, compare, perplexity

NAMES = ("f16", "q8_0")


def test_equal_answers_agree_wholly() -> None:
    """And nothing is lost."""
    reading = Reading((-1.0, -2.0), (5, 6), ((1, 2, 3), (4, 5)))

    quality = compare(reading, reading, NAMES)

    assert (quality.same_tokens, quality.until_first, quality.same_next) == (1.0, 1.0, 1.0)
    assert quality.perplexity_change == 0.0
    assert (quality.prompts, quality.tokens, quality.text_tokens) == (2, 5, 2)


def test_agreement_is_counted_overall_and_until_the_first_difference() -> None:
    """Four tokens of which the second differs: three of four, and one of four before it."""
    left, right = Reading((-1.0,), (5,), ((1, 2, 3, 4),)), Reading((-1.0,), (6,), ((1, 9, 3, 4),))

    quality = compare(left, right, NAMES)

    assert quality.same_tokens == pytest.approx(0.75)
    assert quality.until_first == pytest.approx(0.25)
    assert quality.same_next == 0.0


def test_a_shorter_answer_differs_where_it_has_ended() -> None:
    """Its missing tokens are no equal ones."""
    quality = compare(Reading((-1.0,), (5,), ((1, 2),)), Reading((-1.0,), (5,), ((1, 2, 3, 4),)), NAMES)

    assert (quality.same_tokens, quality.until_first) == (0.5, 0.5)


def test_perplexity_is_that_of_the_mean() -> None:
    """A text of which each token was one of four is as hard as four choices."""
    assert perplexity([-math.log(4.0)] * 7) == pytest.approx(4.0)


def test_other_tokens_are_another_model() -> None:
    """Then there is nothing to compare."""
    with pytest.raises(ValueError, match="different models"):
        compare(Reading((-1.0,), (5,), ()), Reading((-1.0, -1.0), (5, 5), ()), NAMES)
