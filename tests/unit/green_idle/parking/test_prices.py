# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was measured, and what follows from it."""

from __future__ import annotations

import pytest

from green_idle.parking.prices import KEPT, MODELS_KEPT, MeasuredLoad, Prices
from green_idle.parking.tariff import Tariff


def prices(resident_w: float = 124.0) -> Prices:
    measured = Prices()
    measured.rested(resident_w, resident=True)
    measured.rested(74.0, resident=False)
    measured.loaded("m", MeasuredLoad(3000.0, 10.0))
    return measured


def test_a_tariff_is_what_a_load_takes_above_an_empty_gpu() -> None:
    """3000 J less ten seconds of 74 W."""
    assert prices().tariff("m") == Tariff(2260.0, 50.0)


def test_nothing_is_known_of_a_model_that_was_never_loaded() -> None:
    """Another one's load says nothing of it."""
    assert prices().tariff("other") is None


@pytest.mark.parametrize("resident", [True, False])
def test_both_ways_to_rest_are_needed(resident: bool) -> None:
    """A power is never assumed."""
    measured = Prices()
    measured.loaded("m", MeasuredLoad(3000.0, 10.0))
    measured.rested(100.0, resident=resident)

    assert measured.tariff("m") is None


@pytest.mark.parametrize("resident_w", [74.9, 74.0, 60.0])
def test_less_than_a_watt_is_nothing_saved(resident_w: float) -> None:
    """As where lowered clocks have saved it all."""
    tariff = prices(resident_w).tariff("m")

    assert tariff
    assert tariff.resident_w == 0.0
    assert tariff.break_even_s == float("inf")


def test_one_odd_measurement_changes_little() -> None:
    """The median of the last few."""
    measured = prices()
    for _ in range(KEPT):
        measured.rested(125.0, resident=True)
    measured.rested(900.0, resident=True)

    assert measured.resident_w == 125.0


def test_models_are_bounded() -> None:
    """Clients choose the names."""
    measured = prices()
    for number in range(MODELS_KEPT):
        measured.loaded(f"m{number}", MeasuredLoad(1000.0, 1.0))

    assert measured.tariff("m") is None
    assert measured.tariff("m0") is not None


def test_what_was_written_is_read_again() -> None:
    """Over a restart."""
    assert Prices.from_json(prices().to_json()).tariff("m") == prices().tariff("m")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"resident_w": [1], "absent_w": [1], "loads": []},
        {"resident_w": [-1], "absent_w": [1], "loads": {}},
        {"resident_w": [float("nan")], "absent_w": [1], "loads": {}},
        {"resident_w": [1], "absent_w": [1], "loads": {"m": [[1]]}},
        {"resident_w": 1, "absent_w": [1], "loads": {}},
    ],
)
def test_what_we_did_not_write_is_refused(broken: object) -> None:
    """With one of the errors that the file's reader knows."""
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        Prices.from_json(broken)
