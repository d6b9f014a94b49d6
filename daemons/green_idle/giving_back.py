# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clocks that the driver was asked to give back, until it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from green_common.gpu import GpuError, GpuLostError
from green_idle.actions import Raise, Release
from green_idle.worker import Call, wait_for


@dataclass(slots=True)
class GivingBack:
    """Of all GPUs, which ends the lease, or of one; `low_mhz` is what was locked."""

    wish: Release | Raise
    low_mhz: Mapping[str, int]
    calls: Mapping[str, Call]
    received_at_s: float
    # GPUs whose clocks are a rival's now.
    left: tuple[str, ...] = ()

    def wait(self, within_s: float) -> bool:
        """True where all are back within this time."""
        return wait_for(self.calls.values(), within_s)

    @property
    def took_ms(self) -> float:
        ended_s = max((call.ended_s for call in self.calls.values()), default=self.received_at_s)
        return (ended_s - self.received_at_s) * 1000

    @property
    def failed(self) -> dict[str, GpuError]:
        """A lost GPU has no clocks that a request could meet."""
        errors = {uuid: call.error for uuid, call in self.calls.items() if call.error}
        return {uuid: error for uuid, error in errors.items() if not isinstance(error, GpuLostError)}

    @property
    def lost(self) -> dict[str, GpuLostError]:
        errors = {uuid: call.error for uuid, call in self.calls.items()}
        return {uuid: error for uuid, error in errors.items() if isinstance(error, GpuLostError)}
