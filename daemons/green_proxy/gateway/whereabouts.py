# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where the requests of a conversation are: for a page that waits for the head of its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from green_proxy.shaping.ticket import Ticket

MOST_SHOWN = 16
WAITING, BEFORE = "waiting", "merging"

Place = Callable[[Ticket], tuple[int, float]]
Phase = Callable[[str], str | None]


class Whereabouts:
    """Requests in flight by the conversation that they named; those that named none are not kept."""

    def __init__(self) -> None:
        self._requests: dict[str, dict[str, Ticket | None]] = {}

    def __len__(self) -> int:
        """How many conversations have requests in flight."""
        return len(self._requests)

    def enter(self, conversation: str | None, request: str) -> None:
        if conversation is not None:
            self._requests.setdefault(conversation, {})[request] = None

    def waits(self, conversation: str | None, request: str, ticket: Ticket) -> None:
        """The request stands in the line with this ticket."""
        if conversation is not None and request in self._requests.get(conversation, ()):
            self._requests[conversation][request] = ticket

    def leave(self, conversation: str | None, request: str) -> None:
        if conversation is None:
            return
        requests = self._requests.get(conversation, {})
        requests.pop(request, None)
        if not requests:
            self._requests.pop(conversation, None)

    def of(self, conversation: str | None, place: Place, phase: Phase) -> list[dict[str, Any]]:
        """Oldest first."""
        found = self._requests.get(conversation, {}) if conversation is not None else {}
        newest = list(found.items())[-MOST_SHOWN:]
        return [{"request": request, **_where(request, ticket, place, phase)} for request, ticket in newest]


def _where(request: str, ticket: Ticket | None, place: Place, phase: Phase) -> dict[str, Any]:
    if ticket is not None and ticket.waits:
        position, wait_s = place(ticket)
        return {"state": WAITING, "position": position, "expected_wait_s": round(wait_s, 1)}
    return {"state": phase(request) or BEFORE}
