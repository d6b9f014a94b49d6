# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from green_qwen.pages.figures import UNKNOWN, figure_text, places_of, with_unit


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1\u202f234\u202f567"), (0.25, "0.25"), (-3.5, "\u22123.5"), (0.00012, "0.00012")],
)
def test_four_digits_are_shown(value: float, text: str) -> None:
    """No more than is worth reading, and no zeros that say nothing."""
    assert figure_text(value) == text


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    """Never a zero, and without a unit."""
    assert figure_text(value, 2) == UNKNOWN
    assert with_unit(figure_text(value), "W") == UNKNOWN


def test_a_column_takes_the_places_that_its_figures_need() -> None:
    """So that the points stand below each other."""
    assert places_of([0.1, 0.12, 3, None, float("nan")]) == 2
    assert places_of([]) == 0


def test_a_tiny_figure_among_great_ones_is_not_shown_as_zero() -> None:
    """One digit of it is left, and no more."""
    assert places_of([6308.41, 0.01974]) == 2


def test_a_zero_has_no_sign() -> None:
    """Also where rounding made it one."""
    assert figure_text(-0.001, 1) == "0.0"
