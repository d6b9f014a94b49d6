# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, a stop and a closed terminal end the demo, but what it started ends first."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_stopped(work: Coroutine[Any, Any, None]) -> int:
    """Run it to its end or to a signal; returns 0, or 128 and the signal's number, as a shell has it."""
    task = asyncio.ensure_future(work)
    stopped_by: list[int] = []

    def stop(number: int) -> None:
        # Once: a second Ctrl-C would interrupt the end that the first one has begun.
        if not stopped_by:
            stopped_by.append(number)
            task.cancel()

    for number in STOPS:
        # What was ignored stays so: that is how nohup works.
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped_by:
            raise
        return 128 + stopped_by[0]
    return os.EX_OK
