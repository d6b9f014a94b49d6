# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which process worked how much: the published utilisation, divided by the power that each adds."""

from __future__ import annotations

from green_sim.gpu.card import Card
from green_sim.gpu.curves import Phase


def sm_percents(card: Card, server_pid: int) -> dict[int, int]:
    """The processes that worked, with their percent of the SMs' time."""
    added_w = {pid: process.power_w for pid, process in card.processes.items() if process.power_w > 0}
    if card.work.phase is not Phase.IDLE and server_pid in card.processes:
        served_w = card.power_w - card.baseline_w - sum(added_w.values())
        added_w[server_pid] = max(1.0, served_w)
    percent = card.sensors.published.gpu_percent
    whole_w = sum(added_w.values())
    return {pid: max(1, round(percent * watts / whole_w)) for pid, watts in added_w.items()}
