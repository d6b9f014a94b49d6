# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is not given up for tokens per joule."""

from __future__ import annotations

import math
from dataclasses import replace

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.setting import Setting
from unit.green_qwen.tune.cards import measured

FIGURES = measured(Setting(slots=10), 0.5)


def test_without_limits_nothing_is_broken() -> None:
    """As installed."""
    assert Bounds().breach_by(FIGURES) == ""


def test_a_late_first_token_is_named_with_its_limit() -> None:
    """5 s where 4 are allowed."""
    assert Bounds(first_token_s=4.0).breach_by(FIGURES) == "first token P95 5.0 s, allowed 4 s"


def test_a_first_token_that_nobody_saw_breaks_the_limit() -> None:
    """None came in the whole window."""
    assert Bounds(first_token_s=4.0).breach_by(replace(FIGURES, first_token_p95_s=math.nan))


def test_slow_tokens_are_named_with_their_limit() -> None:
    """20 ms where 15 are allowed."""
    assert Bounds(between_tokens_ms=15.0).breach_by(FIGURES) == "between tokens P95 20 ms, allowed 15 ms"


def test_a_context_that_is_too_small_is_refused() -> None:
    """Whatever it yields."""
    assert Bounds(context_tokens=8192).objection_to(Setting(context_tokens=4096))
