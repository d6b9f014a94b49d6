# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The counts of texts that were weighed before; of a text only its hash is kept."""

from __future__ import annotations

MAX_COUNTS = 65_536


class Counts:
    """Two generations: what is used goes into the younger one, and the older one is dropped as a whole."""

    __slots__ = ("_limit", "_old", "young")

    def __init__(self, limit: int = MAX_COUNTS) -> None:
        self._limit = limit // 2
        self.young: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def get(self, key: int) -> int | None:
        count = self.young.get(key)
        if count is None and (count := self._old.pop(key, None)) is not None:
            self.put(key, count)
        return count

    def put(self, key: int, count: int) -> None:
        if len(self.young) >= self._limit:
            self._old, self.young = self.young, {}
        self.young[key] = count
