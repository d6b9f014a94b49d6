# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts on their way to the journal: each by itself, or several an entry while they come quickly."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterator
from typing import Any

HELD_S = 1.0
# What an entry's other fields take is little beside it: 16 kB in all.
MAX_BATCH_BYTES = 15_000

Item = dict[str, Any]
Batch = list[Item]


class Gathering:
    """Nothing stays longer than a second, and nothing is left out; the clock is passed in."""

    def __init__(self, above_per_s: float) -> None:
        self.above_per_s = above_per_s
        self._came_s: deque[float] = deque()
        self._held: Batch = []
        self._held_bytes = 0
        self._due_at_s = math.inf

    @property
    def due_at_s(self) -> float:
        """When to call `due`; infinite while nothing is held."""
        return self._due_at_s

    def add(self, item: Item, now_s: float) -> Iterator[Batch]:
        """Take one in; yields what is to be written by now, in the order in which it came."""
        if not self._comes_quickly(now_s) and not self._held:
            yield [item]
            return
        size = len(json.dumps(item, ensure_ascii=False).encode())
        if self._held_bytes + size > MAX_BATCH_BYTES:
            yield from self.due(math.inf)
        if not self._held:
            self._due_at_s = now_s + HELD_S
        self._held.append(item)
        self._held_bytes += size

    def due(self, now_s: float) -> Iterator[Batch]:
        """What has been held long enough; all of it where `now_s` is infinite."""
        if self._held and now_s >= self._due_at_s:
            batch, self._held, self._held_bytes, self._due_at_s = self._held, [], 0, math.inf
            yield batch

    def _comes_quickly(self, now_s: float) -> bool:
        while self._came_s and self._came_s[0] <= now_s - 1.0:
            self._came_s.popleft()
        # More than decide it need not be remembered.
        if len(self._came_s) <= self.above_per_s:
            self._came_s.append(now_s)
        return len(self._came_s) > self.above_per_s
