# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about heat, and about clocks that are held back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from green_telemetry.alerts.heat import Temperature, held_back_rules
from green_telemetry.alerts.scene import Scene

MakeScene = Callable[..., Scene]


@pytest.mark.parametrize(("celsius", "expected"), [(85, True), (82, None), (80, False), (None, None)])
def test_a_temperature_has_to_fall_before_it_is_good(
    scene: MakeScene, celsius: int | None, expected: bool | None
) -> None:
    """By five degrees."""
    rule = Temperature()
    rule.limit_c = 85

    assert rule.judge(scene(temperature_c=celsius)) is expected
    assert "air flow" in rule.words(scene(temperature_c=celsius))[0]


def test_without_a_limit_no_temperature_is_bad(scene: MakeScene) -> None:
    """As the setting says."""
    assert Temperature().judge(scene(temperature_c=99)) is False


@pytest.mark.parametrize(
    ("reasons", "topics", "advice"),
    [
        (0x4, ["throttled_power"], "limit"),
        (0x20, ["throttled_heat"], "fans"),
        # The hardware's slowdown stands beside the heat that caused it.
        (0x48, ["throttled_heat"], "fans"),
        (0x88, ["throttled_hardware"], "power supply"),
        (0x8, ["throttled_hardware"], "Xid"),
        # Idle, and clocks that green-idle or an administrator set.
        (0x3, [], ""),
    ],
)
def test_each_reason_has_its_own_advice(
    scene: MakeScene, reasons: int, topics: list[str], advice: str
) -> None:
    """A power cap is no broken fan."""
    bad = [rule for rule in held_back_rules() if rule.judge(scene(reasons=reasons))]

    assert [rule.topic for rule in bad] == topics
    for rule in bad:
        assert advice in rule.words(scene(reasons=reasons))[0]


def test_a_gpu_that_gives_no_reasons_raises_no_alert(scene: MakeScene) -> None:
    """It can't be told."""
    assert [rule.judge(scene()) for rule in held_back_rules()] == [None, None, None]
