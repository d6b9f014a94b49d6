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
MAX_IDLE_CONNECTIONS = 256


class Pool:
    """Last in, first out, so that few stay in use; without a timer: `sweep` is called from outside."""

    def __init__(self) -> None:
        # In the order in which they came, each with the time.
        self._idle: dict[Connection, float] = {}

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, now_s: float) -> Connection | None:
        while self._idle:
            connection, since_s = self._idle.popitem()
            if now_s - since_s >= KEEP_IDLE_S:
                connection.close()
                # All others are older.
                self.close()
            elif not connection.closed:
                return connection
        return None

    def give(self, connection: Connection, now_s: float) -> None:
        self._idle[connection] = now_s
        if len(self._idle) > MAX_IDLE_CONNECTIONS:
            self._close_oldest()

    def forget(self, connection: Connection) -> None:
        """It closed by itself."""
        self._idle.pop(connection, None)

    def sweep(self, now_s: float) -> None:
        """Close those that are idle for too long."""
        while self._idle and now_s - next(iter(self._idle.values())) >= KEEP_IDLE_S:
            self._close_oldest()

    def close(self) -> None:
        while self._idle:
            self._close_oldest()

    def _close_oldest(self) -> None:
        connection = next(iter(self._idle))
        del self._idle[connection]
        connection.close()
