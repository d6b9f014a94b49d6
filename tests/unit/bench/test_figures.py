# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table of loads."""

from __future__ import annotations

from figures import Part, part_table
from load import Answered
from witness import Reading, Witness

STEADY = Witness(Reading(second, second, 400.0 * second) for second in range(101))


def test_a_load_s_row_divides_joules_by_tokens() -> None:
    """400 W for 50 s and 1000 tokens: 20 J a token; an answer after the end belongs to the next part."""
    answers = [
        Answered("a", 1, start_s=10.0, first_token_s=11.0, end_s=30.0, prompt_tokens=9, output_tokens=1000),
        Answered("b", 1, start_s=40.0, first_token_s=41.0, end_s=61.0, prompt_tokens=9, output_tokens=500),
    ]

    rows = list(part_table([Part("clients: 1", 10.0, 60.0)], answers, STEADY))

    assert rows[-1] == "| clients: 1 | 50.0 | 400.0 | 1 | 20.0 | 20.00 | 0.050 | 20.00 | 20.00 |"


def test_a_rest_has_power_and_nothing_else() -> None:
    """No answers, no yield: a dash, never a zero."""
    rows = list(part_table([Part("rest", 0.0, 10.0)], [], STEADY))

    assert rows[-1] == "| rest | 10.0 | 400.0 | 0 | - | - | - | - | - |"
