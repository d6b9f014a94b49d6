# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How often somebody may try a key that is none."""

from __future__ import annotations

from collections import OrderedDict, deque

MOST = 10
WITHIN_S = 60.0
MAX_PEERS = 1024


class Attempts:
    """Failed attempts by address, of the last minute; whose oldest is forgotten where there are too many."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, peer: str, now_s: float) -> float:
        """How long this address has to wait before it may try again; 0 for not at all."""
        failed = self._failed.get(peer)
        if failed is None or len(failed) < MOST:
            return 0.0
        return max(0.0, failed[0] + WITHIN_S - now_s)

    def failed(self, peer: str, now_s: float) -> None:
        self._failed.setdefault(peer, deque(maxlen=MOST)).append(now_s)
        self._failed.move_to_end(peer)
        if len(self._failed) > MAX_PEERS:
            self._failed.popitem(last=False)
