# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated driver's socket, served from a thread for tests that block."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from green_sim.clockwork import Clockwork
from green_sim.engine.server import Settings
from green_sim.gpu.card import Card, Process
from green_sim.gpu.socket_server import GpuSocket
from green_sim.machine import Machine


@contextlib.contextmanager
def driver_thread(path: Path, *, gpus: int = 1) -> Iterator[Machine]:
    """Serve a machine with a resident process on `path` until the end of the block."""
    now_s = time.monotonic() - 5
    machine = Machine(tuple(Card(index, now_s) for index in range(gpus)), Settings(pid=1))
    machine.set_foreign(now_s, 4711, Process(10**9))
    loop, up = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        clockwork = Clockwork(machine)
        server = GpuSocket(path, clockwork.answer, clockwork.takes_s)
        await server.open()
        up.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    serving = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    assert up.wait(5)
    try:
        yield machine
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(5)
        loop.close()
