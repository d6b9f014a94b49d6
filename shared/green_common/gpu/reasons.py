# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Why a GPU's clocks are what they are: the bits of NVML's mask nvmlClocksEventReasons."""

from __future__ import annotations

# The bit, its name in fields and labels, and what it means; idling and settings are no throttling.
GPU_IDLE = 0x1
CLOCKS_SETTING = 0x2
POWER_CAP = 0x4
HARDWARE_SLOWDOWN = 0x8
SYNC_BOOST = 0x10
THERMAL_SLOWDOWN = 0x20
HARDWARE_THERMAL_SLOWDOWN = 0x40
POWER_BRAKE = 0x80
DISPLAY_CLOCKS = 0x100

REASONS: dict[int, tuple[str, str]] = {
    GPU_IDLE: ("gpu_idle", "nothing runs"),
    CLOCKS_SETTING: ("clocks_setting", "somebody has set or locked the clocks"),
    POWER_CAP: ("power_cap", "the power limit holds the clocks down"),
    HARDWARE_SLOWDOWN: ("hardware_slowdown", "too hot, or short of power: halved or more by the hardware"),
    SYNC_BOOST: ("sync_boost", "held to the clocks of the other GPUs in its group"),
    THERMAL_SLOWDOWN: ("thermal_slowdown", "too hot: slowed down by the driver"),
    HARDWARE_THERMAL_SLOWDOWN: ("hardware_thermal_slowdown", "much too hot: slowed down by the hardware"),
    POWER_BRAKE: ("power_brake", "the power supply asks for less"),
    DISPLAY_CLOCKS: ("display_clocks", "held to the clocks of a display"),
}

THROTTLING = POWER_CAP | HARDWARE_SLOWDOWN | THERMAL_SLOWDOWN | HARDWARE_THERMAL_SLOWDOWN | POWER_BRAKE


def reason_names(mask: int) -> tuple[str, ...]:
    """The names of the bits that are set; one that has no name yet goes by its number."""
    bits = (1 << position for position in range(mask.bit_length()))
    return tuple(REASONS[bit][0] if bit in REASONS else f"{bit:#x}" for bit in bits if mask & bit)
