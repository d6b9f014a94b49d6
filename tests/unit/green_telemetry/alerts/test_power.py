# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about the power of a GPU."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from green_telemetry.alerts.power import MeanPower, UnevenPower, power_limit_w
from green_telemetry.alerts.scene import Scene

MakeScene = Callable[..., Scene]


@pytest.mark.parametrize(
    ("mean_w", "expected"), [(241.0, True), (240.0, None), (229.0, None), (227.0, False)]
)
def test_the_mean_has_a_limit_and_a_band_below_it(
    scene: MakeScene, mean_w: float, expected: bool | None
) -> None:
    """On the limit nothing turns all the time."""
    rule = MeanPower()
    rule.limit_w = 240.0

    assert rule.judge(scene(minute=(mean_w, 0.0))) is expected


def test_no_limit_and_no_minute() -> None:
    """The first is good, the second can't be told."""
    rule = UnevenPower()
    none = rule.judge(Scene(0.0, None, None, 0, 0.0, True, None))  # type: ignore[arg-type]
    rule.limit_w = 50.0
    unknown = rule.judge(Scene(0.0, None, None, 0, 0.0, True, None))  # type: ignore[arg-type]

    assert (none, unknown) == (False, None)


@pytest.mark.parametrize(
    ("in_flight", "advice"),
    [(0, "look for other work"), (1, "OLLAMA_NUM_PARALLEL"), (16, "power_alert_models")],
)
def test_the_advice_fits_what_is_in_flight(scene: MakeScene, in_flight: int, advice: str) -> None:
    """Nobody, few, or many that share the GPU."""
    rule = MeanPower()
    rule.limit_w = 240.0

    say, figures = rule.words(scene(minute=(431.0, 0.0), in_flight=in_flight))

    assert say.startswith("mean power 431 W over 60 s is above 240 W. ")
    assert advice in say
    assert figures["in_flight"] == in_flight


def test_uneven_power_says_by_how_much(scene: MakeScene) -> None:
    """With its limit."""
    rule = UnevenPower()
    rule.limit_w = 50.0

    say, figures = rule.words(scene(minute=(300.0, 120.0)))

    assert rule.judge(scene(minute=(300.0, 120.0)))
    assert "deviates by 120 W" in say
    assert figures["power_deviation_w"] == 120.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NVIDIA H100 80GB HBM3", 650.0),
        ("NVIDIA H100 PCIe", 300.0),
        ("NVIDIA L40S", 240.0),
    ],
)
def test_a_limit_by_model_is_taken_by_its_longest_name(name: str, expected: float) -> None:
    """What is no number, and what has no name, is passed over."""
    models = ("H100=650", "h100 pcie=300", "L40S=many", "=5", "A100")

    assert power_limit_w(240.0, models, name) == expected
