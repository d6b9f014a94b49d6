# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sums for metrics."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_telemetry.views.tally import MAX_MODELS, OTHER, UNATTRIBUTED, Names, Rising, Tally, accounts_of
from unit.green_telemetry.views.scene import GPU, entry, receipt


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_accounts_add_up_to_the_interval(energy_j: float, baseline_j: float, decode_j: float) -> None:
    """Unattributed is what is left, with its sign."""
    accounts = accounts_of(entry(energy_j, baseline_j, decode_j))

    assert sum(accounts.values()) == pytest.approx(energy_j, abs=1e-6)


def test_a_signed_remainder_is_kept_with_its_sign() -> None:
    """So it can't be a counter."""
    tally = Tally()

    tally.add_entry(GPU, entry(10.0, 4.0, 8.0))

    assert tally.unattributed_j[GPU] == pytest.approx(-2.0)
    assert (GPU, UNATTRIBUTED) not in tally.accounts_j


@given(st.lists(st.floats(-10, 10)))
def test_a_counter_never_falls(values: list[float]) -> None:
    """A fall would be taken for a restart, and all of it counted anew."""
    counter, shown = Rising(), [0.0]

    for value in values:
        counter.add(value)
        shown.append(counter.shown)

    assert shown == sorted(shown)


def test_names_are_bounded() -> None:
    """The first ones are kept, all others are one."""
    names = Names(2)

    assert [names.bounded(name) for name in ("a", "b", "c", "a", None)] == ["a", "b", OTHER, "a", OTHER]


def test_a_flood_of_models_makes_no_flood_of_series() -> None:
    """Each receipt is counted all the same."""
    tally = Tally()

    for number in range(1000):
        tally.add_receipt(receipt(model=f"m{number}"))

    assert len(tally.receipts) == MAX_MODELS + 1
    assert sum(tally.receipts.values()) == 1000


def test_a_receipt_without_joules_is_no_request_of_no_joules() -> None:
    """It is counted, and no histogram of energy sees it."""
    tally = Tally()

    tally.add_receipt(receipt(energy_j=None, energy_decode_j=None, tokens_per_s=None, output_tokens=None))

    assert sum(tally.receipts.values()) == 1
    assert tally.energy_j == {}
    assert [kind for _, kind in tally.tokens] == ["input"]
