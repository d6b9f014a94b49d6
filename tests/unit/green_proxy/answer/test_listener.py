# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Waiting for an answer that another request's task brings."""

from __future__ import annotations

import asyncio

from green_proxy.answer.listener import Listener
from unit.green_proxy.clients import Client, settle


def test_waiting_ends_with_the_answer() -> None:
    """And does not begin where there is one."""

    async def scene() -> tuple[bool, bool]:
        listener = Listener(Client("one"))  # type: ignore[arg-type]
        waiting = asyncio.ensure_future(listener.wait_over())
        await settle()
        before = waiting.done()
        listener.release()
        await waiting
        await listener.wait_over()
        return before, waiting.done()

    assert asyncio.run(scene()) == (False, True)


def test_an_answer_after_the_wait_was_cancelled_harms_nobody() -> None:
    """As at a stop."""

    async def scene() -> bool:
        listener = Listener(Client("one"))  # type: ignore[arg-type]
        waiting = asyncio.ensure_future(listener.wait_over())
        await settle()
        waiting.cancel()
        listener.release()
        await settle()
        return waiting.cancelled()

    assert asyncio.run(scene())
