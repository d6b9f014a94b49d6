# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The last minutes of power, as they are remembered."""

from __future__ import annotations

import dataclasses

import pytest

from green_telemetry.views.recent import KEEP_S, MOST_POINTS, Recent, phase_of_all, point_of
from green_telemetry.views.snapshot import Flight, Snapshot
from unit.green_telemetry.views.scene import snapshot

FLIGHT = Flight("g1", ("r1",), None, "qwen3:32b", "decode", 8.0, 12, None)


def at(at_s: float, *phases: str) -> Snapshot:
    flights = tuple(dataclasses.replace(FLIGHT, phase=phase) for phase in phases)
    return dataclasses.replace(snapshot(), at_s=at_s, flights=flights)


def times_of(recent: Recent) -> list[float]:
    return [point.at_s for point in recent.points()]


def test_about_one_point_a_second_is_kept() -> None:
    """However often the GPU is read."""
    recent = Recent()

    for tenth in range(31):
        recent.add(at(tenth / 10))

    assert times_of(recent) == [0.0, 0.9, 1.8, 2.7]


def test_a_short_phase_has_a_point_of_its_own() -> None:
    """A prompt that is read within a blink is what made the spike."""
    recent = Recent()

    for at_s, phases in ((0.0, ()), (0.1, ("prefill",)), (0.2, ("decode",)), (0.3, ("decode",)), (0.4, ())):
        recent.add(at(at_s, *phases))

    assert [(point.at_s, point.phase) for point in recent.points()] == [
        (0.0, "idle"),
        (0.1, "prefill"),
        (0.2, "decode"),
        (0.4, "idle"),
    ]


def test_old_points_are_forgotten() -> None:
    """After ten minutes."""
    recent = Recent()

    for second in range(0, int(KEEP_S) + 100, 5):
        recent.add(at(float(second)))

    assert times_of(recent)[0] == 95.0
    assert times_of(recent)[-1] == KEEP_S + 95


def test_there_is_a_bound_whatever_happens() -> None:
    """Phases that change at each reading."""
    recent = Recent()

    for number in range(3 * MOST_POINTS):
        recent.add(at(number / 20, "decode" if number % 2 else "prefill"))

    assert len(recent.points()) == MOST_POINTS


def test_a_clock_that_is_set_back() -> None:
    """What lies in the future then is forgotten: a chart would wait for it."""
    recent = Recent()

    for at_s in (1000.0, 1001.0, 500.0, 501.0):
        recent.add(at(at_s))

    assert times_of(recent) == [500.0, 501.0]


def test_without_power_there_is_no_point() -> None:
    """A lost GPU is a hole, not a zero."""
    (gpu,) = snapshot().gpus
    lost = dataclasses.replace(snapshot(), gpus=(dataclasses.replace(gpu, present=False),))
    recent = Recent()

    recent.add(lost)

    assert recent.points() == ()


def test_several_gpus_are_one_figure() -> None:
    """A limit that one of them does not tell is not known of all."""
    (gpu,) = snapshot().gpus
    two = (dataclasses.replace(gpu, power_limit_w=300.0), dataclasses.replace(gpu, index=1, uuid="GPU-2"))

    point = point_of(dataclasses.replace(snapshot(), gpus=two))

    assert point is not None
    assert (point.power_w, point.baseline_w, point.limit_w) == (240.0, 200.0, None)


@pytest.mark.parametrize(
    ("phases", "shown"),
    [
        ((), "idle"),
        (("decode", "prefill"), "prefill"),
        (("decode", "loading", "prefill"), "loading"),
        (("decode",), "decode"),
    ],
)
def test_the_earliest_phase_shows(phases: tuple[str, ...], shown: str) -> None:
    """As in the page's chart."""
    assert phase_of_all(dataclasses.replace(FLIGHT, phase=phase) for phase in phases) == shown
