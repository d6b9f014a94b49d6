# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy's side of the process that counts: starts it when first asked, and again when it ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from itertools import count
from typing import Any

from green_common.logs import get_log

START_AGAIN_AFTER_S = 10.0
MAX_REPLY_BYTES = 8 << 20
# What it is given, so that one thread and one heap stay all that it has.
_SETTINGS = {"TOKENIZERS_PARALLELISM": "false", "MALLOC_ARENA_MAX": "1"}


class WorkerProcess:
    """Questions may overlap; each has its own time limit and no answer is an answer: None."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._numbers = count(1)
        self._starting = asyncio.Lock()
        self._started_s = float("-inf")
        self._closed = False

    async def ask(self, question: dict[str, Any], *, within_s: float) -> dict[str, Any] | None:
        """The worker's answer; None where it can't be started, ends meanwhile or takes too long."""
        try:
            return await asyncio.wait_for(self._ask(question), within_s)
        except asyncio.TimeoutError:
            return None

    async def close(self) -> None:
        """End it."""
        self._closed = True
        async with self._starting:
            process, reading = self._process, self._reading
        if process is None or reading is None:
            return
        # It reads until its stdin ends; what it is busy with is of no use any more.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await reading

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any] | None:
        stdin = await self._stdin()
        if stdin is None:
            return None
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            stdin.write(json.dumps(question | {"id": number}).encode() + b"\n")
            await stdin.drain()
            return await self._waiting[number]
        except ConnectionError:
            return None
        finally:
            del self._waiting[number]

    async def _stdin(self) -> asyncio.StreamWriter | None:
        if self._process is None:
            async with self._starting:
                if self._process is None:
                    await self._start()
        return self._process.stdin if self._process else None

    async def _start(self) -> None:
        now_s = time.monotonic()
        if self._closed or now_s - self._started_s < START_AGAIN_AFTER_S:
            return
        self._started_s = now_s
        # With the proxy's own module path and without this machine's start-up hooks (-S).
        path = os.pathsep.join(one for one in sys.path if one)
        environ = {**os.environ, **_SETTINGS, "PYTHONPATH": path}
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        command = [sys.executable, "-S", "-m", "green_proxy.tokens.worker"]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=nothing, env=environ, limit=MAX_REPLY_BYTES
            )
        except OSError as error:
            get_log().error("tokens.no_worker", say=f"token counts are estimates: {error}")
            return
        self.pid = self._process.pid
        self._reading = asyncio.create_task(self._read(self._process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):
            while line := await process.stdout.readline():
                self._hand_over(json.loads(line))
        self._process = self.pid = None
        for future in self._waiting.values():
            if not future.done():
                future.set_result(None)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if not self._closed:
            text = "the process that counts tokens ended; it is started again when needed"
            get_log().warning("tokens.worker_ended", say=text)

    def _hand_over(self, reply: dict[str, Any]) -> None:
        future = self._waiting.get(reply.pop("id"))
        if future is not None and not future.done():
            future.set_result(reply)
