# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Open the driver that the configuration names."""

from __future__ import annotations

from green_common.config import GpuConfig
from green_common.gpu.device import GpuDriver


def open_driver(config: GpuConfig) -> GpuDriver:
    """Raises NoDriverError where there is none. The two are imported only where they are used."""
    if config.driver == "simulated":
        from green_common.gpu.simulated import SimulatedDriver

        return SimulatedDriver(config.simulated_socket)
    from green_common.gpu.nvml import NvmlDriver

    return NvmlDriver()
