# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Signals as something to select on, so that one way serves blocking loops and asyncio."""

from __future__ import annotations

import contextlib
import signal
import socket

STOP = frozenset({signal.SIGTERM, signal.SIGINT})
RELOAD = frozenset({signal.SIGHUP})


class Signals:
    """Collects SIGTERM, SIGINT and SIGHUP; readable while there are some. Main thread only."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        for number in STOP | RELOAD:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._read.fileno()

    def take(self) -> list[signal.Signals]:
        """The signals since the last call, oldest first; never blocks."""
        with contextlib.suppress(BlockingIOError):
            received = self._read.recv(4096)
            return [signal.Signals(number) for number in received if number in STOP | RELOAD]
        return []

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        self._read.close()
        self._write.close()
