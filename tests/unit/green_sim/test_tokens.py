# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulation's tokens are four characters each."""

from __future__ import annotations

import pytest

from green_sim.engine.tokens import count_tokens, shared_prefix_tokens, token


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_started_token_counts(text: str, count: int) -> None:
    """A text has as many tokens as started groups of four characters."""
    assert count == count_tokens(text)


def test_tokens_join_to_the_text() -> None:
    """No character is lost between tokens."""
    text = "a simulated answer"

    assert text == "".join(token(text, index) for index in range(count_tokens(text)))


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [("", "abcd", 0), ("abcdefgh", "abcdefgh", 2), ("abcdefgh", "abcdxfgh", 1), ("abc", "abcd", 0)],
)
def test_shared_prefix_counts_whole_tokens(left: str, right: str, shared: int) -> None:
    """Only whole tokens can be reused."""
    assert shared == shared_prefix_tokens(left, right)
