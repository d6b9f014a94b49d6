# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long quiets have lasted, by the hour in which they began."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

HOURS = 24
# Some weeks of a busy hour; older habits are forgotten.
KEPT = 64
# Fewer quiets than this say nothing of an hour.
LEAST = 8
LONGEST_S = 1e9


class Habits:
    """The last quiets of each hour of the day; a quiet hour is spoken for by its neighbours, then by all."""

    def __init__(self) -> None:
        self._by_hour: tuple[deque[float], ...] = tuple(deque(maxlen=KEPT) for _ in range(HOURS))

    def add(self, hour: int, quiet_s: float) -> None:
        self._by_hour[hour % HOURS].append(quiet_s)

    def quiets_s(self, hour: int) -> Sequence[float]:
        """What is known of quiets that begin in this hour; empty while that is too little."""
        for reach in (0, 1, HOURS // 2):
            hours = {(hour + away) % HOURS for away in range(-reach, reach + 1)}
            known = [quiet_s for near in hours for quiet_s in self._by_hour[near]]
            if len(known) >= LEAST:
                return known
        return ()

    def to_json(self) -> list[list[float]]:
        """For the state file, rounded to what matters."""
        return [[round(quiet_s, 1) for quiet_s in quiets_s] for quiets_s in self._by_hour]

    @classmethod
    def from_json(cls, hours: object) -> Habits:
        """Raises ValueError where it is nothing that `to_json` wrote."""
        if not isinstance(hours, list) or len(hours) != HOURS:
            raise ValueError(f"not a list of {HOURS} hours")
        habits = cls()
        for hour, quiets_s in enumerate(hours):
            if not isinstance(quiets_s, list) or not all(map(_is_length, quiets_s)):
                raise ValueError(f"hour {hour} is not a list of lengths in seconds")
            for quiet_s in quiets_s:
                habits.add(hour, quiet_s)
        return habits


def _is_length(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S
