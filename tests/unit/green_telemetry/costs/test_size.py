# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Tokens of prompts that nobody counts."""

from __future__ import annotations

import pytest

from green_telemetry.costs.size import SUPPOSED_TOKENS_PER_BYTE, PromptSize


def test_before_the_first_prompt_a_token_has_four_bytes() -> None:
    """As English text."""
    assert PromptSize().tokens_per_byte == SUPPOSED_TOKENS_PER_BYTE


def test_it_learns_from_prompts_that_were_counted() -> None:
    """Chinese has more tokens a byte."""
    size = PromptSize()
    for _ in range(20):
        size.observe(2000, 5000)

    assert size.tokens_per_byte == pytest.approx(0.4, rel=0.01)


def test_it_follows_a_new_kind_of_prompts() -> None:
    """Older ones fade."""
    size = PromptSize()
    for _ in range(500):
        size.observe(500, 2000)
    for _ in range(500):
        size.observe(1000, 2000)

    assert size.tokens_per_byte == pytest.approx(0.5, rel=0.02)


def test_a_request_of_next_to_nothing_teaches_nothing() -> None:
    """Most of it is no prompt."""
    size = PromptSize()
    size.observe(40, 20)

    assert size.tokens_per_byte == SUPPOSED_TOKENS_PER_BYTE
