# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""uvicorn, started and stopped by us."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# Clients that pool connections keep them longer than uvicorn's 5 s; Ollama itself never closes one.
KEEP_ALIVE_S = 75
CUT_WAIT_S = 2.0


class Server(uvicorn.Server):
    """Leaves signals to the daemon, and waits for its stop instead of asking ten times a second."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        # What matters of its lines is logged by us; the rest would let strangers fill the journal.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        self._stopping = asyncio.Event()
        self._ready: Callable[[], None] = lambda: None

    async def run_until_stopped(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serve; `ready` is called once connections are taken. After `stop` it drains, then cuts."""
        self._ready = ready
        await self.serve(sockets=[listener])
        cut = tuple(self.server_state.tasks)
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut, timeout=CUT_WAIT_S)

    def stop(self, drain_s: float) -> None:
        """Take no more connections, let running answers end within the time; a second call cuts them."""
        self.force_exit = self._stopping.is_set()
        # Annotated as int, but all it does is go to asyncio.wait_for.
        self.config.timeout_graceful_shutdown = drain_s  # type: ignore[assignment]
        self._stopping.set()

    async def main_loop(self) -> None:
        self._ready()
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
