# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one generation owes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from green_telemetry.account import EDGE_ERROR_S, MAX_GUESSES, Account
from green_telemetry.split import Charge
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]


def charge(
    phase: str = "decode", energy_j: float = 100.0, others: int = 0, *, guessed: bool = False
) -> Charge:
    error_j = 7.0 if others else 0.0
    return Charge("a", phase, 10.0, 12.0, energy_j, 20.0, others, guessed, error_j)


def test_charges_add_up_by_phase() -> None:
    """The total is the sum of the phases."""
    account = Account()

    account.add(charge("prefill", 30.0))
    account.add(charge("decode", 70.0))

    assert account.energy_j == {"queued": 0.0, "loading": 0.0, "prefill": 30.0, "decode": 70.0}
    assert account.total_j == 100.0
    assert account.baseline_share_j == 40.0


def test_guesses_are_put_right_at_the_end(make_generation: MakeGeneration) -> None:
    """What looked like prefill was a load for three quarters of the time."""
    account = Account()
    account.add(charge("prefill", 100.0, guessed=True))
    before_j = account.total_j

    account.settle_guesses(make_generation("a", 10.0, 12.0, 20.0, load_s=1.5, prefill_s=0.5))

    assert before_j == account.total_j == pytest.approx(100.0)
    assert account.energy_j["loading"] == pytest.approx(75.0)
    assert account.energy_j["prefill"] == pytest.approx(25.0)


def test_guesses_beyond_the_most_stand(make_generation: MakeGeneration) -> None:
    """A generation that hangs for days fills no memory; no joule is lost."""
    account = Account()
    for _ in range(MAX_GUESSES + 10):
        account.add(charge("queued", 1.0, guessed=True))

    account.settle_guesses(make_generation("a", 10.0, 12.0, 20.0, load_s=2.0, prefill_s=0.0))

    assert account.energy_j["loading"] == pytest.approx(MAX_GUESSES)
    assert account.energy_j["queued"] == pytest.approx(10.0)


def test_the_uncertainty_is_edges_sharing_and_baseline() -> None:
    """Alone for 10 s at 10 W: two edges of 50 ms and 1 % of the baseline share."""
    account = Account()
    account.add(charge())

    assert account.uncertainty_j(10.0) == pytest.approx(2 * EDGE_ERROR_S * 10.0 + 0.2)


def test_what_each_division_may_be_off_adds_up() -> None:
    """Beside the rest; and the receipt tells how many were there."""
    alone, shared = Account(), Account()
    alone.add(charge())
    shared.add(charge(others=3))

    assert shared.uncertainty_j(10.0) - alone.uncertainty_j(10.0) == pytest.approx(7.0)
    assert shared.most_others == 3


def test_joules_are_known_by_gpu_too() -> None:
    """So that each GPU's window can say what was thrown away on it."""
    account = Account()
    account.add(charge(), "GPU-1")
    account.add(charge(energy_j=5.0), "GPU-2")

    assert account.by_gpu_j == {"GPU-1": 100.0, "GPU-2": 5.0}


def test_an_unlearned_baseline_makes_it_less_certain() -> None:
    """A quarter of the share instead of a hundredth."""
    account = Account(provisional=True)
    account.add(charge())

    assert account.uncertainty_j(10.0) == pytest.approx(2 * EDGE_ERROR_S * 10.0 + 5.0)


def test_a_very_short_generation_is_no_less_certain_than_all_of_it() -> None:
    """Its edges can't cost more than it has."""
    account = Account()
    account.add(charge())

    assert account.uncertainty_j(0.01) <= 100.0
