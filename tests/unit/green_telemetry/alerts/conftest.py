# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Moments of a GPU as the rules see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from green_telemetry.alerts.scene import Scene
from green_telemetry.sampler import Sample

MakeScene = Callable[..., Scene]


@pytest.fixture
def scene() -> MakeScene:
    """One with an idle GPU at 100 W, and what the test says otherwise."""

    def make(at_s: float = 0.0, **more: Any) -> Scene:
        names = {"baseline_w", "in_flight", "idle_s", "feed_connected", "minute"}
        read = {"power_w": 100.0, "gpu_percent": 0, "sm_clock_mhz": 1980, "temperature_c": 40}
        read |= {name: value for name, value in more.items() if name not in names}
        seen = {
            "baseline_w": 100.0,
            "in_flight": 0,
            "idle_s": 60.0,
            "feed_connected": True,
            "minute": (100.0, 1.0),
        }
        seen |= {name: value for name, value in more.items() if name in names}
        return Scene(at_s=at_s, sample=Sample(at_s, at_s, **read), **seen)  # type: ignore[arg-type]

    return make
