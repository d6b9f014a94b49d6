# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Spares requests the wait for a model server that can't be reached."""

from __future__ import annotations

OPENS_AFTER = 3
PROBE_EVERY_S = 5.0


class Breaker:
    """Opens after some failures in a row, and then lets one attempt through now and again."""

    def __init__(self) -> None:
        self._failures = 0
        self._opens_again_s = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= OPENS_AFTER

    def wait_s(self, now_s: float) -> float:
        """0 where an attempt may be made, else how long to wait; whoever gets 0 has to make it."""
        if not self.open:
            return 0.0
        if now_s < self._opens_again_s:
            return self._opens_again_s - now_s
        self._opens_again_s = now_s + PROBE_EVERY_S
        return 0.0

    def failed(self, now_s: float) -> None:
        self._failures += 1
        self._opens_again_s = now_s + PROBE_EVERY_S

    def worked(self) -> None:
        self._failures = 0
