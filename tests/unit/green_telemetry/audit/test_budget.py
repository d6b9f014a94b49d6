# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many entries of each kind may be written."""

from __future__ import annotations

from hypothesis import given, strategies as st

from green_telemetry.audit.budget import Allowance, Budget

KIND = Allowance(burst=2, every_s=60.0)


def test_a_burst_passes_and_then_one_each_period() -> None:
    """What was withheld is told with the next one."""
    budget = Budget({"gap": KIND})

    taken = [budget.take("gap", at_s) for at_s in (0.0, 1.0, 2.0, 3.0, 61.0, 62.0, 122.0)]

    assert taken == [0, 0, None, None, 2, None, 1]


def test_each_gpu_has_an_allowance_of_its_own() -> None:
    """One that comes and goes doesn't silence the other."""
    budget = Budget({"gap": KIND})
    for _ in range(3):
        budget.take("gap", 0.0, "GPU-a")

    assert budget.take("gap", 0.0, "GPU-b") == 0
    assert not budget.allows("gap", 0.0, "GPU-a")


def test_a_clock_that_goes_back_earns_nothing() -> None:
    """And takes nothing away."""
    budget = Budget({"gap": KIND})

    taken = [budget.take("gap", at_s) for at_s in (100.0, 100.0, 0.0, 100.0, 160.0)]

    assert taken == [0, 0, None, None, 2]


@given(st.lists(st.floats(0.0, 30.0), max_size=200))
def test_no_sequence_gets_more_than_its_rate_and_nothing_goes_uncounted(pauses: list[float]) -> None:
    """Burst and rate bound what is written; written and withheld are all."""
    budget, now_s, written, told = Budget({"gap": KIND}), 0.0, 0, 0
    for pause_s in pauses:
        now_s += pause_s
        withheld = budget.take("gap", now_s)
        if withheld is not None:
            written, told = written + 1, told + withheld + 1

    rest = budget.take("gap", now_s + 120.0)

    assert written <= KIND.burst + now_s / KIND.every_s + 1e-6
    assert rest is not None
    assert told + rest == len(pauses)
