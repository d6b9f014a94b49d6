# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alert about a model that is loaded again and again."""

from __future__ import annotations

import pytest

from green_telemetry.alerts.reloads import Reloads
from green_telemetry.timeline import Generation


def load(at_s: float, model: str = "qwen3:32b") -> Generation:
    return Generation(f"load-{at_s}", (), model, at_s, load_started_s=at_s)


def test_three_loads_within_ten_minutes_are_a_storm() -> None:
    """Each counts once, however long it is seen; it has passed once one is left."""
    rule = Reloads()
    loads = [load(0.0), load(100.0), load(200.0)]

    judged = [
        rule.observe(loads[:1], 1.0),
        rule.observe(loads[:2], 101.0),
        rule.observe(loads, 201.0),
        rule.observe(loads, 202.0),
        rule.observe([], 650.0),
        rule.observe([], 750.0),
    ]

    assert judged == [False, None, True, True, None, False]


@pytest.mark.parametrize(
    ("loads", "advice"),
    [
        ([load(0.0), load(20.0), load(40.0)], "num_ctx"),
        ([load(0.0), load(290.0), load(580.0)], "OLLAMA_KEEP_ALIVE"),
        ([load(0.0), load(20.0, "llama3"), load(40.0)], "OLLAMA_MAX_LOADED_MODELS"),
    ],
)
def test_the_advice_fits_the_cause(loads: list[Generation], advice: str) -> None:
    """Options that differ, a short keep_alive, or models that take turns."""
    rule = Reloads()
    rule.observe(loads, 590.0)

    say, figures = rule.words()

    assert advice in say
    assert figures["loads"] == 3
