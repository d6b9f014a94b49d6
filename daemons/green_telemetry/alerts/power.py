# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about the power of a GPU: too much in the mean, or too uneven."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from green_telemetry.alerts.alarm import Alarm
from green_telemetry.alerts.scene import Scene

# A mean that lies on the limit must not begin and end an alert all the time.
GOOD_SHARE = 0.95
FEW_IN_FLIGHT = 4
MEAN_ADVICE_IDLE = (
    "Nothing is in flight on the proxy's feed: look for other work on this GPU with nvidia-smi."
)
MEAN_ADVICE_FEW = (
    "Only {in_flight} generations share the GPU, where a token costs most: let more of them decode together "
    "(OLLAMA_NUM_PARALLEL, and [shaping] slots to match)."
)
MEAN_ADVICE_MANY = (
    "If that is this GPU's normal load, say so in [telemetry] power_alert_models; if it is too much, lower "
    "its limit with nvidia-smi --power-limit."
)
DEVIATION_ADVICE = (
    "Prompts and answers take turns in bursts: hold background work back with X-Green-Priority: batch, and "
    "spread it over more slots (OLLAMA_NUM_PARALLEL)."
)


class MeanPower:
    """Mean power over 60 s."""

    event, topic = "alert.power", "power"

    def __init__(self) -> None:
        self.alarm = Alarm(0.0, 0.0)
        self.limit_w = 0.0

    def judge(self, scene: Scene) -> bool | None:
        return _over(scene.minute[0] if scene.minute else None, self.limit_w)

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        mean_w = scene.minute[0] if scene.minute else 0.0
        advice = MEAN_ADVICE_MANY
        if not scene.in_flight and scene.feed_connected:
            advice = MEAN_ADVICE_IDLE
        elif 0 < scene.in_flight < FEW_IN_FLIGHT:
            advice = MEAN_ADVICE_FEW.format(in_flight=scene.in_flight)
        say = f"mean power {mean_w:.0f} W over 60 s is above {self.limit_w:.0f} W. {advice}"
        return say, {"power_mean_w": mean_w, "limit_w": self.limit_w, "in_flight": scene.in_flight}


class UnevenPower:
    """Standard deviation of power over 60 s."""

    event, topic = "alert.power_deviation", "power_deviation"

    def __init__(self) -> None:
        self.alarm = Alarm(0.0, 0.0)
        self.limit_w = 0.0

    def judge(self, scene: Scene) -> bool | None:
        return _over(scene.minute[1] if scene.minute else None, self.limit_w)

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        deviation_w = scene.minute[1] if scene.minute else 0.0
        say = (
            f"power deviates by {deviation_w:.0f} W over 60 s, which is above {self.limit_w:.0f} W. "
            f"{DEVIATION_ADVICE}"
        )
        return say, {"power_deviation_w": deviation_w, "limit_w": self.limit_w}


def power_limit_w(otherwise_w: float, models: Iterable[str], gpu_name: str) -> float:
    """The limit for this GPU: that of the longest 'part of its name=watts' that fits, else the general."""
    fitting = []
    for entry in models:
        part, equals, watts = entry.rpartition("=")
        try:
            limit_w = float(watts)
        except ValueError:
            continue
        if equals and part.strip() and part.strip().lower() in gpu_name.lower():
            fitting.append((len(part), limit_w))
    return max(fitting)[1] if fitting else otherwise_w


def _over(value_w: float | None, limit_w: float) -> bool | None:
    """Without a limit nothing is wrong, so that an alert that stands when it is taken away is over."""
    if not limit_w:
        return False
    if value_w is None:
        return None
    if value_w > limit_w:
        return True
    return False if value_w < GOOD_SHARE * limit_w else None
