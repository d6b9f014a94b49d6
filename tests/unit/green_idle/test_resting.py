# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The clocks to rest at, and those that are given back."""

from __future__ import annotations

import pytest

from green_common.config.schema import IdleConfig
from green_common.errors import ConfigError
from green_common.gpu import GpuLostError, GpuUnsupportedError
from green_idle.calibration.arms import Arm
from green_idle.resting import RestClocks, check_restored, choose, choose_all
from unit.green_idle.cards import Card


@pytest.mark.parametrize(("wanted_mhz", "expected_mhz"), [(0, 345), (345, 345), (1980, 1980)])
def test_the_resting_clock_is_one_that_the_card_has(wanted_mhz: int, expected_mhz: int) -> None:
    """The lowest unless another was named."""
    assert choose(Card(), wanted_mhz) == RestClocks(expected_mhz, 1593)


def test_a_clock_that_the_card_lacks_is_refused_with_the_nearest() -> None:
    """Rounding silently would rest at a clock that nobody chose."""
    with pytest.raises(ConfigError, match=r"rest_sm_clock_mhz is 400.*nearest it has is 360, the lowest 345"):
        choose(Card(), 400)


def test_a_card_without_a_list_of_clocks_is_unsupported() -> None:
    """Nothing to choose from."""
    with pytest.raises(GpuUnsupportedError, match="names no SM clock"):
        choose(Card(has_mhz=()), 0)


@pytest.mark.parametrize(
    ("card", "arms"),
    [
        (Card(), tuple(Arm)),
        (Card(memory_mhz=(2619,)), (Arm.OWN, Arm.SM)),
        (Card(failing={"read_supported_memory_clocks_mhz": GpuUnsupportedError("no")}), (Arm.OWN, Arm.SM)),
    ],
)
def test_the_memory_clock_is_an_arm_where_there_is_a_choice(card: Card, arms: tuple[Arm, ...]) -> None:
    """Two or more clocks, and a card that names them."""
    assert choose(card, 0).arms == arms


def test_an_arm_locks_what_it_says() -> None:
    """The memory clock in the last alone."""
    clocks = RestClocks(345, 1593)

    assert clocks.of(Arm.SM) == RestClocks(345)
    assert clocks.of(Arm.SM_AND_MEMORY) == clocks


def test_a_clock_to_restore_that_the_card_lacks_is_refused() -> None:
    """With the nearest."""
    check_restored(Card(), 0)
    check_restored(Card(), 1980)

    with pytest.raises(ConfigError, match=r"restore_sm_clock_mhz is 1900.*nearest it has is 1980"):
        check_restored(Card(), 1900)


def test_one_cards_trouble_is_not_the_others() -> None:
    """Each is left out for its own reason."""
    cards = [
        Card("GPU-a"),
        Card("GPU-b", 1, failing={"read_utilisation": GpuUnsupportedError("no")}),
        Card("GPU-c", 2, failing={"read_utilisation": GpuLostError("gone")}),
        Card("GPU-d", 3, has_mhz=(210, 2100)),
    ]

    choice = choose_all(cards, IdleConfig(rest_sm_clock_mhz=345))

    assert choice.rests == {"GPU-a": RestClocks(345, 1593)}
    assert choice.cannot.keys() == {"GPU-b", "GPU-c", "GPU-d"}


def test_a_clock_that_no_card_has_is_an_error_of_the_configuration() -> None:
    """Not of the cards."""
    with pytest.raises(ConfigError, match="does not have"):
        choose_all([Card(), Card("GPU-b", 1)], IdleConfig(rest_sm_clock_mhz=400))
