# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Connections to the model server that nobody uses for the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from green_proxy.upstream.connection import Connection

# Below the 5 s after which llama-server and others close an idle connection, so that no request meets that.
KEEP_IDLE_S = 2.0
# llama-server closes a connection behind each stream without a word of it in the head (seen once in 300
# requests that followed at once); whoever is still there after this time stays.
REST_S = 0.1
MAX_IDLE_CONNECTIONS = 256


class Pool:
    """Last in, first out, so that few stay in use; without a timer: `sweep` is called from outside."""

    def __init__(self) -> None:
        # In the order in which they came, each with the time.
        self._idle: dict[Connection, float] = {}
        self._resting: dict[Connection, float] = {}

    def __len__(self) -> int:
        return len(self._idle) + len(self._resting)

    def take(self, now_s: float) -> Connection | None:
        if self._resting:
            self._rouse(now_s)
        while self._idle:
            connection, since_s = self._idle.popitem()
            if now_s - since_s >= KEEP_IDLE_S:
                connection.close()
                # All others are older.
                self.close()
            elif not connection.closed:
                return connection
        return None

    def give(self, connection: Connection, now_s: float, *, rests: bool = False) -> None:
        """One that rests is handed out only after a while, in case that the server closes it."""
        (self._resting if rests else self._idle)[connection] = now_s
        if len(self) > MAX_IDLE_CONNECTIONS:
            self._close_oldest()

    def forget(self, connection: Connection) -> None:
        """It closed by itself."""
        self._idle.pop(connection, None)
        self._resting.pop(connection, None)

    def sweep(self, now_s: float) -> None:
        """Close those that are idle for too long."""
        self._rouse(now_s)
        while self._idle and now_s - next(iter(self._idle.values())) >= KEEP_IDLE_S:
            self._close_oldest()

    def close(self) -> None:
        while len(self):
            self._close_oldest()

    def _rouse(self, now_s: float) -> None:
        while self._resting and now_s - next(iter(self._resting.values())) >= REST_S:
            connection, since_s = next(iter(self._resting.items()))
            del self._resting[connection]
            self._idle[connection] = since_s

    def _close_oldest(self) -> None:
        idle = self._idle or self._resting
        connection = next(iter(idle))
        del idle[connection]
        connection.close()
