# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo's closing table."""

from __future__ import annotations

import dataclasses

from green_qwen.demo.table import Outcome, table_lines

BEFORE = Outcome(
    mean_power_w=500.0,
    tokens_per_s=60.0,
    p95_latency_s=20.0,
    idle_power_w=124.0,
    temperature_alerts=0,
    watched_s=40.0,
    answered=30,
)


def test_yield_is_tokens_per_joule() -> None:
    """Tokens a second over watts."""
    assert BEFORE.tokens_per_s_per_w == 0.12


def test_a_doubling_is_shown_as_a_factor_and_less_as_percent() -> None:
    """Percentages above one hundred are hard to read."""
    after = dataclasses.replace(BEFORE, mean_power_w=400.0, tokens_per_s=240.0)

    lines = list(table_lines(BEFORE, after))

    power = next(line for line in lines if line.startswith("mean GPU power"))
    speed = next(line for line in lines if line.startswith("output"))
    assert power.split()[-2:] == ["-20", "%"]
    assert speed.split()[-2:] == ["x", "4.00"]


def test_alerts_a_day_are_marked_as_extrapolated() -> None:
    """A daily figure from forty seconds has to say so."""
    after = dataclasses.replace(BEFORE, temperature_alerts=2)

    text = "\n".join(table_lines(BEFORE, after))

    assert "4320" in text
    assert "extrapolated: 0 counted in 40 s before, 2 in 40 s after" in text
