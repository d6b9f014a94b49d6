# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The body of a generation request, read whole, within limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from green_proxy.door.exchange import Exchange
from green_proxy.fault import Fault

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ask:
    """What the proxy has to know of a request; empty and False where its body does not say."""

    model: str = ""
    unloads: bool = False


def too_large(limit_mib: int) -> Fault:
    text = f"the body is larger than {limit_mib} MiB (proxy.body_limit_mib in green-qwen.toml)"
    return Fault(413, text, "body too large")


async def read_body(exchange: Exchange, *, limit_mib: int, timeout_s: float) -> bytes:
    """Raises Fault where the body is too large or too slow, ClientLeft where it ends early."""
    try:
        return await asyncio.wait_for(_collect(exchange, limit_mib), timeout_s)
    except asyncio.TimeoutError as error:
        text = f"the body took longer than {timeout_s:g} s (proxy.body_timeout_s in green-qwen.toml)"
        raise Fault(408, text, "body too slow") from error


async def once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def ask_of(body: bytes) -> Ask:
    """A body that is no JSON object passes as it is: the model server has the error for that."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Ask()
    if not isinstance(said, dict):
        return Ask()
    model = said.get("model")
    return Ask(model if isinstance(model, str) else "", said.get("keep_alive") in (0, "0", "0s"))


async def _collect(exchange: Exchange, limit_mib: int) -> bytes:
    chunks, size = [], 0
    async for chunk in exchange.body():
        size += len(chunk)
        if size > limit_mib * MIB:
            raise too_large(limit_mib)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
