# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A line in which the clients that wait take turns, and each client's requests come in their order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import takewhile

from green_proxy.shaping.ticket import Ticket


class Line:
    """
    Between two turns of a client that waits, each other client has one turn at most.

    All but `place` and the late `insert` take the same time however many wait: OrderedDict, because a
    plain dict's first key gets slow to find once many before it were removed.
    """

    __slots__ = ("_clients", "_length")

    def __init__(self) -> None:
        self._clients: OrderedDict[str, OrderedDict[Ticket, None]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Ticket]:
        """In no order that matters."""
        return (ticket for queue in self._clients.values() for ticket in queue)

    def append(self, ticket: Ticket) -> None:
        self._clients.setdefault(ticket.client, OrderedDict())[ticket] = None
        self._length += 1

    def insert(self, ticket: Ticket) -> None:
        """Before those of its client that came later, as one that changes lines."""
        self.append(ticket)
        queue = self._clients[ticket.client]
        for other in [other for other in queue if other.number > ticket.number]:
            queue.move_to_end(other)

    def pop(self) -> Ticket:
        """Whose turn it is; its client's next turn comes after everybody else's."""
        client, queue = self._clients.popitem(last=False)
        ticket, _ = queue.popitem(last=False)
        if queue:
            self._clients[client] = queue
        self._length -= 1
        return ticket

    def remove(self, ticket: Ticket) -> None:
        queue = self._clients[ticket.client]
        del queue[ticket]
        if not queue:
            del self._clients[ticket.client]
        self._length -= 1

    def place(self, ticket: Ticket) -> int:
        """How many turns come before and with this one's, if nobody else comes or leaves."""
        own = len(list(takewhile(lambda other: other is not ticket, self._clients[ticket.client])))
        place, before = own + 1, 1
        for client, queue in self._clients.items():
            if client == ticket.client:
                before = 0
            else:
                place += min(len(queue), own + before)
        return place
