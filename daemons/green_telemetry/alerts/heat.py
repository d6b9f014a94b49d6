# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about a GPU that gets hot, and about clocks that the driver or the hardware holds back."""

from __future__ import annotations

from typing import Any

from green_telemetry.alerts.alarm import Alarm
from green_telemetry.alerts.scene import Scene

COOLER_C = 5
# NVML's nvmlClocksEventReasons.
POWER_CAP, HARDWARE_SLOWDOWN, SOFTWARE_HEAT, HARDWARE_HEAT, POWER_BRAKE = 0x4, 0x8, 0x20, 0x40, 0x80
TEMPERATURE_ADVICE = (
    "Look at fans, air flow and filters; until then a lower nvidia-smi --power-limit keeps it from "
    "slowing down."
)
CAP_ADVICE = (
    "It draws as much as its limit allows; nvidia-smi -q -d POWER shows the limit. Nothing is broken: raise "
    "the limit for more speed, or leave it, since the last watts yield the fewest tokens."
)
HEAT_ADVICE = (
    "It is too hot for its clocks: look at fans, air flow and filters, or lower nvidia-smi --power-limit."
)
HARDWARE_ADVICE = (
    "The board asks for it, not the driver: look at power supply and power cables, and for 'Xid' in "
    "journalctl -k."
)


class Temperature:
    """Too hot by the administrator's own limit."""

    event, topic = "alert.temperature", "temperature"

    def __init__(self) -> None:
        self.alarm = Alarm(10.0, 30.0)
        self.limit_c = 0

    def judge(self, scene: Scene) -> bool | None:
        temperature_c = scene.sample.temperature_c
        if not self.limit_c:
            return False
        if temperature_c is None:
            return None
        if temperature_c >= self.limit_c:
            return True
        return False if temperature_c <= self.limit_c - COOLER_C else None

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        temperature_c = scene.sample.temperature_c
        say = f"{temperature_c} °C, and {self.limit_c} °C is the limit. {TEMPERATURE_ADVICE}"
        return say, {"temperature_c": temperature_c, "limit_c": self.limit_c}


class HeldBack:
    """Clocks lower than asked for, for one kind of reason."""

    def __init__(self, event: str, topic: str, bits: int, advice: str, begin_after_s: float) -> None:
        self.event, self.topic = event, topic
        self.alarm = Alarm(begin_after_s, 60.0)
        self._bits = bits
        self._advice = advice

    def judge(self, scene: Scene) -> bool | None:
        reasons = scene.sample.reasons
        return None if reasons is None else bool(_without_symptoms(reasons) & self._bits)

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        clock = scene.sample.sm_clock_mhz
        at = "" if clock is None else f" at {clock} MHz"
        figures = {"reasons": scene.sample.reasons, "sm_clock_mhz": clock}
        return f"its clocks are held back{at} by {self.topic.partition('_')[2]}. {self._advice}", figures


def held_back_rules() -> list[HeldBack]:
    return [
        # A cap that acts for a moment is a card doing its best.
        HeldBack("alert.throttled_power", "throttled_power", POWER_CAP, CAP_ADVICE, 30.0),
        HeldBack("alert.throttled_heat", "throttled_heat", SOFTWARE_HEAT | HARDWARE_HEAT, HEAT_ADVICE, 10.0),
        HeldBack(
            "alert.throttled_hardware",
            "throttled_hardware",
            HARDWARE_SLOWDOWN | POWER_BRAKE,
            HARDWARE_ADVICE,
            10.0,
        ),
    ]


def _without_symptoms(reasons: int) -> int:
    """The hardware's slowdown is set beside its cause too: heat has its own advice."""
    return reasons & ~HARDWARE_SLOWDOWN if reasons & HARDWARE_HEAT else reasons
