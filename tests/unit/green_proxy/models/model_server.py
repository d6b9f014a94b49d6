# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server that answers the proxy's own questions from a table."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from green_proxy.models.control import ASK_TIMEOUT_S, MAX_ANSWER_BYTES


class FakeServer:
    """An answer is a JSON value, a status, or None for no answer; one that is held waits for its event."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {path.replace("_", "/"): answer for path, answer in answers.items()}
        self.held: dict[str, asyncio.Event] = {}
        self.asked: list[tuple[str, Any]] = []

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        timeout_s: float = ASK_TIMEOUT_S,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> httpx.Response | None:
        self.asked.append((path, json))
        if path in self.held:
            await self.held[path].wait()
        answer = self.answers.get(path, 404)
        if answer is None:
            return None
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, json=answer)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def ps(**context_lengths: int) -> dict[str, Any]:
    """Ollama's `/api/ps`."""
    return {
        "models": [{"name": f"{name}:latest", "context_length": n} for name, n in context_lengths.items()]
    }
