# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The GPU seam: one set of words over NVML and over the simulation."""

from __future__ import annotations

from green_common.gpu.device import (
    Clocks,
    Gpu,
    GpuDriver,
    Instance,
    Memory,
    ProcessWork,
    Unopened,
    Utilisation,
)
from green_common.gpu.errors import (
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)

__all__ = [
    "Clocks",
    "Gpu",
    "GpuDriver",
    "GpuError",
    "GpuLostError",
    "GpuPermissionError",
    "GpuUnsupportedError",
    "Instance",
    "Memory",
    "NoDriverError",
    "ProcessWork",
    "Unopened",
    "Utilisation",
]
