# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Joules at the wall, in money and in carbon."""

from __future__ import annotations

import pytest

from green_common.estimates import Estimates


def test_without_settings_there_are_none() -> None:
    """A figure that nobody asked for would be a guess."""
    assert Estimates().of(3.6e6) == {}
    assert Estimates(pue=1.2).of(None) == {}


def test_each_says_that_it_is_an_estimate() -> None:
    """A kilowatt-hour of the GPU at a PUE of 1.5."""
    estimates = Estimates(pue=1.5, price_per_kwh=0.2, carbon_g_per_kwh=400.0).of(3.6e6)

    assert estimates == {
        "wall_kwh_estimate": pytest.approx(1.5),
        "cost_estimate": pytest.approx(0.3),
        "carbon_g_estimate": pytest.approx(600.0),
    }


def test_only_what_is_set_is_told() -> None:
    """A price says nothing about carbon."""
    assert set(Estimates(price_per_kwh=0.2).of(1.0)) == {"wall_kwh_estimate", "cost_estimate"}
