# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the connections of one server share: a buffer to read into, counts, and how long each may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from uvicorn.server import ServerState

from green_proxy.door.deadlines import Deadlines

# Clients that pool connections keep them longer than the 5 s that are usual; Ollama itself never closes one.
KEEP_ALIVE_S = 75.0
HEAD_TIMEOUT_S = 30.0
# For a client to read the answer to a request of which we did not take all.
LINGER_S = 5.0
# For a client to read the rest of its last answer.
CLOSING_S = 60.0
READ_BYTES = 65_536

COUNTED = {
    "connections_total": "Connections of clients that were taken",
    "bad_requests_total": "Requests that were answered with an error since they were not strictly HTTP",
}


class Timed(Protocol):
    """What a connection does once it has taken too long."""

    def idle_too_long(self) -> None: ...

    def head_too_slow(self) -> None: ...

    def give_up(self) -> None: ...


class State(ServerState):
    """What the connections of one server share."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = memoryview(bytearray(READ_BYTES))
        self.idle: Deadlines[Timed] = Deadlines(KEEP_ALIVE_S, lambda one: one.idle_too_long())
        self.heads: Deadlines[Timed] = Deadlines(HEAD_TIMEOUT_S, lambda one: one.head_too_slow())
        self.lingering: Deadlines[Timed] = Deadlines(LINGER_S, lambda one: one.give_up())
        self.closing: Deadlines[Timed] = Deadlines(CLOSING_S, lambda one: one.give_up())
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        # Set while the server drains: called whenever a connection or a task has ended.
        self.on_change: Callable[[], None] | None = None

    def changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
