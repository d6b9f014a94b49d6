# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a step costs by batch size."""

from __future__ import annotations

import pytest

from green_proxy.shaping.curve import MEASURED, Curve


@pytest.mark.parametrize(
    ("sequences", "token_j"), [(1, 7.15), (2, 4.01), (4, 2.77), (8, 2.19), (16, 0.65), (32, 0.45), (50, 0.41)]
)
def test_a_measured_size_costs_what_was_measured(sequences: int, token_j: float) -> None:
    """The joules per token of docs/measurements.md, to their digits."""
    assert Curve().token_j(sequences) == pytest.approx(token_j, abs=0.01)


def test_sixteen_together_cost_less_than_eight() -> None:
    """In all, not only per token."""
    assert Curve().step_j(16) < Curve().step_j(8)


def test_between_measured_sizes_lie_straight_lines() -> None:
    """Of speed and power: at 3 sequences 177.5 tokens/s and 581.5 W."""
    assert Curve().token_j(3) == pytest.approx(581.5 / 177.5)


def test_beyond_the_curve_a_token_costs_what_it_does_at_its_end() -> None:
    """And no step costs nothing but the one without sequences."""
    assert Curve().token_j(400) == Curve().token_j(MEASURED[-1].sequences)
    assert Curve().step_j(0) == 0.0
