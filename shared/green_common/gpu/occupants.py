# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who computes on a GPU: the model server's processes, and all others."""

from __future__ import annotations

from dataclasses import dataclass

from green_common.cgroup import UnitCgroup
from green_common.gpu.device import Gpu
from green_common.gpu.errors import GpuPermissionError, GpuUnsupportedError


@dataclass(frozen=True, slots=True)
class Occupants:
    """The processes that hold a context on a GPU, and all those of the model server's unit."""

    pids: frozenset[int]
    own: frozenset[int]

    @property
    def others(self) -> frozenset[int]:
        return self.pids - self.own

    @property
    def served(self) -> bool:
        """True where the model server uses this GPU."""
        return bool(self.pids & self.own)


def read_occupants(gpu: Gpu, server: UnitCgroup, now_s: float, *, simulated: bool) -> Occupants | None:
    """
    None where it can't be told: the card doesn't list processes, or the unit's cgroup is not known.

    Raises a GpuError where the GPU is lost.
    """
    pids = _compute_pids(gpu)
    if not pids:
        return None if pids is None else Occupants(frozenset(), frozenset())
    own = server.pids(now_s)
    if own is None or (simulated and own and not own & pids):
        # A simulated GPU has the simulation's processes, which need not be in the unit.
        return None
    return Occupants(pids, own)


def _compute_pids(gpu: Gpu) -> frozenset[int] | None:
    """Of a split card the driver may tell only an administrator all, and everybody each instance's."""
    try:
        return frozenset(gpu.read_compute_pids())
    except GpuUnsupportedError:
        return None
    except GpuPermissionError:
        pids = [instance.compute_pids for instance in gpu.read_instances()]
        return frozenset().union(*pids) if pids else None
