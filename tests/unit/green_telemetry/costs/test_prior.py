# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is believed before anything was measured."""

from __future__ import annotations

import pytest

from green_telemetry.costs import prior


@pytest.mark.parametrize(("batch", "cost_j"), prior.MEASURED_J)
def test_measured_batches_cost_what_was_measured(batch: int, cost_j: float) -> None:
    """A batch between knots is made of its neighbours."""
    costs_j = prior.costs_j()

    believed_j = sum(part * costs_j[kind] for kind, part in prior.knots(batch))

    assert believed_j == pytest.approx(cost_j, rel=0.01)


@pytest.mark.parametrize("batch", [1, 8, 17, 30, 128, 1000])
def test_a_batch_is_whole(batch: int) -> None:
    """Its parts are one, beyond the last knot too."""
    assert sum(part for _, part in prior.knots(batch)) == pytest.approx(1.0)
