# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Estimates are about right for text and code in many languages."""

from __future__ import annotations

import pytest

from green_proxy.tokens.estimate import estimate_tokens


# The exact numbers are those of Qwen2's vocabulary.
@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("", 0),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Der schnelle braune Fuchs springt über den faulen Hund.", 15),
        ("人工智能正在改变世界。能源消耗也随之增加。", 10),
        ("def add(left: int, right: int) -> int:\n    return left + right\n", 19),
    ],
)
def test_within_half_of_the_truth(text: str, exact: int) -> None:
    """Each sentence is short, so it may be off by that much."""
    assert abs(estimate_tokens(text) - exact) <= exact / 2 + 1


def test_half_a_surrogate_pair_is_no_error() -> None:
    """JSON can carry one."""
    assert estimate_tokens("\ud83d") == 0
