# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The independent readings of the energy counter."""

from __future__ import annotations

import json

import pytest
from witness import Reading, Witness, witnesses_of


def every_second(*energies_j: float) -> Witness:
    return Witness(
        Reading(second - 0.002, second + 0.002, energy_j) for second, energy_j in enumerate(energies_j)
    )


def test_the_counter_is_interpolated_between_two_readings() -> None:
    """A quarter of the way is a quarter of the joules."""
    witness = every_second(1000.0, 1400.0)

    level = witness.at(0.25)

    assert level.energy_j == pytest.approx(1100.0)


def test_uncertainty_is_a_counter_step_and_half_a_call() -> None:
    """At 400 W: 0.1 s for the step, 2 ms for the call."""
    witness = every_second(1000.0, 1400.0)

    level = witness.at(0.25)

    assert level.uncertainty_j == pytest.approx(400 * 0.102)


def test_a_reading_at_the_last_moment_is_found() -> None:
    """The end of the readings belongs to them."""
    witness = every_second(0.0, 100.0, 300.0)

    level = witness.at(2.0)

    assert level.energy_j == pytest.approx(300.0)


@pytest.mark.parametrize("time_s", [-0.1, 1.1])
def test_nothing_is_extrapolated(time_s: float) -> None:
    """Outside of the readings there is no answer."""
    witness = every_second(0.0, 100.0)

    with pytest.raises(ValueError, match="no independent reading"):
        witness.at(time_s)


@pytest.mark.parametrize(("energy_j", "allowed"), [(940, False), (990, True), (1399, True), (1460, False)])
def test_another_reading_must_lie_between_the_two_around_it(energy_j: float, *, allowed: bool) -> None:
    """Give or take one step of the counter."""
    witness = every_second(1000.0, 1400.0)

    level = witness.at(0.5)

    assert level.allows(energy_j) is allowed


def test_lines_are_kept_apart_by_gpu() -> None:
    """Millijoules become joules, each GPU has its own witness."""
    lines = [
        json.dumps({"gpu": gpu, "before_s": second, "after_s": second, "wall_s": 0, "energy_mj": energy_mj})
        for gpu, second, energy_mj in (("A", 0, 1000), ("B", 0, 5000), ("A", 1, 3000), ("B", 1, 9000))
    ]

    witnesses = witnesses_of(lines)

    assert (witnesses["A"].at(0.5).energy_j, witnesses["B"].at(0.5).energy_j) == (2.0, 7.0)
