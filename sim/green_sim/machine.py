# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated machine: its GPUs and the model server on the first of them, on one clock."""

from __future__ import annotations

from green_sim.engine.server import ModelServer, Settings
from green_sim.gpu.card import Card, ClockRange, Process
from green_sim.gpu.faults import Faults


class Machine:
    """Cards and model server; each call passes the monotonic time in seconds."""

    def __init__(self, cards: tuple[Card, ...], settings: Settings) -> None:
        self.cards = cards
        self.server = ModelServer(cards[0], settings)
        self.server_pid = settings.pid
        self.faults = Faults()

    def advance(self, now_s: float) -> None:
        """Bring everything up to now."""
        self.server.advance(now_s)
        for card in self.cards:
            card.advance(now_s)

    def set_clocks(self, now_s: float, card: Card, call: str, wanted: ClockRange | None) -> None:
        """Lock or reset a clock; whatever runs goes on at the new speed."""
        self.advance(now_s)
        if wanted is None:
            (card.reset_sm if call == "reset_sm" else card.reset_memory)(now_s)
        else:
            (card.lock_sm if call == "lock_sm" else card.lock_memory)(now_s, wanted)
        if card is self.cards[0]:
            self.server.clocks_changed(now_s)

    def set_faults(self, now_s: float, faults: Faults) -> None:
        """Replace the faults that are on."""
        self.advance(now_s)
        self.faults = faults
        for card in self.cards:
            card.sensors.frozen = faults.has("frozen-sensor")
            card.sensors.counter_frozen = faults.has("frozen-counter")

    def set_foreign(self, now_s: float, pid: int, process: Process | None, index: int = 0) -> None:
        """Put a process of somebody else on a card, or take it off."""
        self.advance(now_s)
        if process is None:
            self.cards[index].remove_process(now_s, pid)
        else:
            self.cards[index].set_process(now_s, pid, process)
        self.server.clocks_changed(now_s)
