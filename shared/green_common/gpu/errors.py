# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a daemon and a GPU."""

from __future__ import annotations

import os

from green_common.errors import GreenError


class GpuError(GreenError):
    """A GPU call failed; `code` is the driver's own word or number for it, where there is one."""

    exit_code = os.EX_UNAVAILABLE
    code: str | int | None = None


class NoDriverError(GpuError):
    """There is no driver library, or the driver is not loaded: no GPU can be read at all."""


class GpuLostError(GpuError):
    """The GPU fell off the bus or the driver went away; it has to be opened again."""


class GpuUnsupportedError(GpuError):
    """This card or driver does not offer the value or the operation."""


class GpuPermissionError(GpuError):
    """The driver refuses this process: locking clocks wants CAP_SYS_ADMIN."""

    exit_code = os.EX_NOPERM
