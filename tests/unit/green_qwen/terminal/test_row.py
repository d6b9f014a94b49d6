# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Lines that are cut before they are painted."""

from __future__ import annotations

from green_qwen.terminal.columns import width_of
from green_qwen.terminal.paint import RED, Paint
from green_qwen.terminal.row import clipped, row_text, span


def test_colours_take_no_columns() -> None:
    """The cut is by what is seen."""
    painted = row_text([span("abc", RED), span("def")], 5, Paint(colour=True))

    assert painted == "\x1b[31mabc\x1b[0mde"


def test_nothing_comes_after_what_was_cut() -> None:
    """A narrow part behind it would seem to belong to it."""
    assert row_text([span("abc"), span("模"), span("x")], 4, Paint(colour=False)) == "abc"


def test_a_wide_sign_is_not_halved() -> None:
    """It takes two columns."""
    assert clipped("模型", 3) == "模"
    assert width_of(clipped("a模型", 4)) == 3
