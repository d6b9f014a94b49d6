# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Small bars."""

from __future__ import annotations

from green_qwen.terminal.paint import DIM, GREEN, RED, YELLOW
from green_qwen.top.spark import ASCII, BLOCKS, bars, signs_for, strip


def test_bars_are_parts_of_the_greatest_and_red_over_the_limit() -> None:
    """What is not known is no bar."""
    assert bars([0.0, None, 100.0, 200.0], 150.0, BLOCKS) == [
        ("▁", (GREEN,)),
        (" ", ()),
        ("▅", (GREEN,)),
        ("█", (RED,)),
    ]


def test_far_below_the_limit_bars_are_low() -> None:
    """A GPU at rest does not look busy."""
    assert bars([70.0, 70.0], 240.0, BLOCKS) == [("▃▃", (GREEN,))]
    assert bars([None], None, ASCII) == [(" ", ())]


def test_a_phase_goes_on_until_another_is_told() -> None:
    """Before the first there is nothing."""
    phases = [(97.0, "idle"), (99.0, "prefill")]

    assert strip(phases, 100.5, 5, ASCII) == [(" ", ()), ("..", (DIM,)), ("pp", (YELLOW,))]


def test_a_terminal_without_blocks_gets_ascii() -> None:
    """By its encoding."""
    assert signs_for("UTF-8") is BLOCKS
    assert signs_for("ISO-8859-1") is signs_for(None) is ASCII
