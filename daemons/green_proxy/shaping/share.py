# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many requests of one client are under way at a time."""

from __future__ import annotations

from green_proxy.fault import Fault

RETRY_AFTER_S = 1

COUNTED = {
    "share_refused_requests_total": "Requests refused because their client had too many under way.",
}


class Share:
    """Whoever enters has to leave, however the request ends."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)
        self._in_flight: dict[str, int] = {}

    def enter(self, client: str, limit: int) -> None:
        """Raises Fault 429 where the client has as many under way as allowed; 0 is no limit."""
        under_way = self._in_flight.get(client, 0)
        if limit and under_way >= limit:
            self.counts["share_refused_requests_total"] += 1
            text = f"{under_way} requests of this client are under way; at most {limit} are allowed at a time"
            retry = (b"Retry-After", str(RETRY_AFTER_S).encode())
            where = "(shaping.client_in_flight in green-qwen.toml)"
            raise Fault(429, f"{text} {where}", headers=(retry,))
        self._in_flight[client] = under_way + 1

    def leave(self, client: str) -> None:
        left = self._in_flight[client] - 1
        if left:
            self._in_flight[client] = left
        else:
            # Or every address that ever asked would be remembered.
            del self._in_flight[client]
