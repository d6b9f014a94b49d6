# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When a load has become steady, and when enough of it was seen."""

from __future__ import annotations

from dataclasses import dataclass

# Of the least time; a server so slow that it needs more is no candidate anyway.
MOST_WARM_UP, MOST_WINDOW = 2.0, 2.0
# So many turns of all slots: a turn is a prompt and an answer, so that a window holds both in their shares.
TURNS = 1.5


@dataclass(frozen=True, slots=True)
class Steadiness:
    """For a server with so many slots in use."""

    slots: int
    warm_up_s: float
    window_s: float

    def is_warm(self, passed_s: float, answers: int) -> bool:
        """Every slot has been through an answer, or it has taken too long."""
        enough = passed_s >= self.warm_up_s and answers >= self.slots
        return enough or passed_s >= MOST_WARM_UP * self.warm_up_s

    def has_turned_over(self, before: int, within: int) -> bool:
        """Whether it was the answers that ended both waits, and not the time."""
        return before >= self.slots and within >= TURNS * self.slots

    def is_over(self, passed_s: float, answers: int) -> bool:
        """The slots have turned over often enough, or it has taken too long."""
        enough = passed_s >= self.window_s and answers >= TURNS * self.slots
        return enough or passed_s >= MOST_WINDOW * self.window_s
