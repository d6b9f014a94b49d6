# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A simulated card split into two MIG instances: halves of its memory, all processes in the first."""

from __future__ import annotations

from green_sim.gpu.card import MEMORY_TOTAL_BYTES, NAME, Card

INSTANCES = 2
PROFILE = "3g.40gb"


def instances(card: Card) -> str:
    """Each as `UUID:NAME:USED:TOTAL:PID,PID`, with underscores for the name's spaces."""
    name = f"{NAME} MIG {PROFILE}".replace(" ", "_")
    total_bytes = MEMORY_TOTAL_BYTES // INSTANCES
    used = (min(card.memory_used_bytes, total_bytes), 0)
    pids = (",".join(map(str, card.processes)), "")
    return " ".join(
        f"{_uuid(card, number)}:{name}:{used[number]}:{total_bytes}:{pids[number]}"
        for number in range(INSTANCES)
    )


def _uuid(card: Card, number: int) -> str:
    return f"MIG-51300000-0000-5000-8000-{card.index:08x}{number:04x}"
