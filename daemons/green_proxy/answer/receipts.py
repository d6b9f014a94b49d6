# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts of requests, asked of green-telemetry for the clients that want them in their answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from green_proxy.headers import Headers, value_of
from green_proxy.live_socket import LiveSocket

WANTED = b"x-green-receipt"
# An answer is whole after this time at the latest, with its receipt or without.
WAIT_S = 2.0
MAX_ANSWER_BYTES = 65_536
# As green-telemetry names them; what else a receipt has is for the operator.
SHOWN = (
    "outcome",
    "energy_j",
    "uncertainty_j",
    "energy_queued_j",
    "energy_loading_j",
    "energy_prefill_j",
    "energy_decode_j",
    "baseline_share_j",
    "duration_s",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "tokens_per_s",
    "tokens_per_s_per_w",
    "superseded_j",
    "partial",
    "method",
    "simulated",
)


def wants_receipt(headers: Headers) -> bool:
    """Whether X-Green-Receipt says so."""
    said = value_of(headers, WANTED)
    return said is not None and said.strip().lower() == b"yes"


class Receipts:
    """Asks on the live socket; whatever is wrong there, the receipt is pending."""

    def __init__(self, socket: LiveSocket) -> None:
        self._socket = socket

    async def of(self, request: str) -> dict[str, Any]:
        asking = asyncio.ensure_future(self._ask(request))
        try:
            # Before Python 3.12, wait_for loses a cancellation that falls together with the end.
            await asyncio.wait({asking}, timeout=WAIT_S)
            found = asking.result() if asking.done() else None
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        if found is None:
            return {"request": request, "receipt": "pending"}
        return {"request": request, **{name: _plain(found[name]) for name in SHOWN if name in found}}

    async def _ask(self, request: str) -> dict[str, Any] | None:
        target = f"/v1/receipts/{request}?wait_s={WAIT_S:g}"
        try:
            async with self._socket.get(target, read_s=WAIT_S) as response:
                content = await _bounded(response) if response.status_code == httpx.codes.OK else b""
            found = json.loads(content)
        except (httpx.HTTPError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and found.get("request") == request else None


async def _bounded(response: httpx.Response) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            return b""
    return content


def _plain(value: object) -> object:
    """A figure to a thousandth, a word within bounds; nothing else has a place in an answer."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, str):
        return value[:200]
    return value if isinstance(value, bool | int) else None
