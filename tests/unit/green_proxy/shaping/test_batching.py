# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The price that requests of batch priority wait for."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_proxy.shaping.batching import Batching


@pytest.mark.parametrize(("running", "joining"), [(7, 2), (8, 1), (15, 1), (0, 16), (3, 8)])
def test_a_fuller_batch_that_pays_goes_at_once(running: int, joining: int) -> None:
    """In 16 slots, whoever crosses the change of kernels lowers the cost of the whole step."""
    assert Batching(16).patience(running, joining) == 0.0


@pytest.mark.parametrize(
    ("running", "joining", "patience"), [(0, 1, 1.0), (0, 2, 0.51), (0, 8, 0.23), (1, 1, 0.02), (7, 1, 0.10)]
)
def test_a_dear_batch_goes_when_nothing_better_came(running: int, joining: int, patience: float) -> None:
    """The dearer, the later; alone is the dearest."""
    assert Batching(16).patience(running, joining) == pytest.approx(patience, abs=0.005)


def test_one_slot_has_nothing_to_wait_for() -> None:
    """A batch of one is then the best there is."""
    assert Batching(1).patience(0, 1) == 0.0


@given(slots=st.integers(1, 64), running=st.integers(0, 63), joining=st.integers(1, 64))
def test_whoever_fills_the_slots_goes_at_once(slots: int, running: int, joining: int) -> None:
    """Nothing fuller can come; and no patience is beyond what a request has."""
    running = min(running, slots - 1)
    joining = min(joining, slots - running)

    patience = Batching(slots).patience(running, joining)

    assert 0.0 <= patience <= 1.0
    assert patience == 0.0 or running + joining < slots
