# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether clocks that were given back have risen."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_idle.held import HeldFile
from green_idle.restore import Restoration, Restored, judge_reset
from unit.green_idle.cards import Card, reading

LOW_MHZ = 345


@pytest.mark.parametrize(
    ("sm_clock_mhz", "busy_percent", "waited_s", "expected"),
    [
        (1980, 0, 0.0, Restored.RISEN),
        (1980, 100, 9.0, Restored.RISEN),
        (345, 100, 1.9, Restored.NOT_YET),
        (345, 0, 2.0, Restored.IDLES_LOW),
        (360, 100, 2.0, Restored.STUCK),
    ],
)
def test_the_clock_after_a_reset(
    sm_clock_mhz: int, busy_percent: int, waited_s: float, expected: Restored
) -> None:
    """Risen at once or in time; low with nothing to do is natural, low at work is not."""
    seen = reading(sm_clock_mhz, busy_percent=busy_percent)

    assert judge_reset(LOW_MHZ, seen, waited_s) is expected


@pytest.fixture
def held(tmp_path: Path) -> HeldFile:
    file = HeldFile(str(tmp_path / "held"))
    file.add(["GPU-a"])
    return file


def test_the_file_goes_with_the_risen_clock(held: HeldFile) -> None:
    """Not before it has been seen."""
    card, restoration = Card(), Restoration(LOW_MHZ, held, 0, 0.0)
    restoration.check(card, reading(345), 1.0)
    kept = held.exists()

    assert restoration.check(card, reading(1980), 1.5) is Restored.RISEN
    assert kept
    assert not held.exists()
    assert restoration.is_over


def test_a_stuck_clock_is_reset_again_and_the_file_stays(held: HeldFile) -> None:
    """A process that follows must know of it."""
    card = Card()
    restoration = Restoration(LOW_MHZ, held, 0, 0.0)

    restoration.check(card, reading(345, busy_percent=90), 2.0)
    restoration.check(card, reading(345, busy_percent=90), 3.0)

    assert restoration.state is Restored.STUCK
    assert card.said("reset_sm_clocks") == 2
    assert held.exists()


def test_a_card_that_idles_low_gets_one_reset_more(held: HeldFile) -> None:
    """It costs nothing, and then the hold is forgotten."""
    card = Card()

    Restoration(LOW_MHZ, held, 0, 0.0).check(card, reading(345), 2.0)

    assert card.said("reset_sm_clocks") == 1
    assert not held.exists()
