# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The agreement about lowered clocks, as a state machine without sockets.

Clocks may be lowered only while nothing is in flight; a request that arrives while they are held waits
for their release, and for a bounded time only.
"""

from __future__ import annotations

from dataclasses import dataclass

from green_common.feed.messages import Granted, Hold, Refused


@dataclass(frozen=True, slots=True)
class Held:
    """Clocks are counted as held from `since_s`, by this reader, under this epoch."""

    holder: object
    epoch: int
    since_s: float


class Holds:
    """At most one hold at a time; the clock is passed in."""

    def __init__(self) -> None:
        self.held: Held | None = None

    @property
    def epoch(self) -> int | None:
        return self.held.epoch if self.held else None

    def ask(
        self, holder: object, question: Hold, *, in_flight: int, permitted: bool, at_s: float
    ) -> Granted | Refused:
        """Answer "hold?"; from `Granted` on the clocks count as held."""
        reason = self._why_not(in_flight, permitted=permitted)
        if reason:
            return Refused(question.epoch, reason)
        self.held = Held(holder, question.epoch, at_s)
        return Granted(question.epoch)

    def released(self, holder: object, epoch: int) -> Held | None:
        """The hold that this ends: its own epoch's alone."""
        if self.held and self.held.holder is holder and self.held.epoch == epoch:
            return self._end()
        return None

    def left(self, holder: object) -> Held | None:
        """The hold that ends with its holder's connection, whatever the epoch."""
        return self._end() if self.held and self.held.holder is holder else None

    def wait_until_s(self, arrived_s: float, wake_wait_s: float) -> float | None:
        """Until when a request that arrived then has to wait for the release; None where it need not."""
        return arrived_s + wake_wait_s if self.held else None

    def _why_not(self, in_flight: int, *, permitted: bool) -> str | None:
        if not permitted:
            return "only root may hold clocks"
        if in_flight:
            return f"{in_flight} in flight"
        return f"held already under epoch {self.held.epoch}" if self.held else None

    def _end(self) -> Held | None:
        ended, self.held = self.held, None
        return ended
