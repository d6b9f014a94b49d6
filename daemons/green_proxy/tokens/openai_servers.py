# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts with the endpoints for it that llama-server and vLLM have."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from green_proxy.tokens.scale import Ask, Mark

COUNT_WITHIN_S = 2.0
# One number and a comma for each token, of texts as long as any context.
MAX_ANSWER_BYTES = 32 << 20
_INPUT_TOKENS = {
    "/v1/chat/completions": "/v1/chat/completions/input_tokens",
    "/v1/responses": "/v1/responses/input_tokens",
    "/v1/messages": "/v1/messages/count_tokens",
}


class _Endpoints:
    """What the two have in common: each text is a call of its own."""

    counts_chats = True

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def known(self, model: str) -> Mark | None:
        return Mark(model, exact=True)

    async def learn(self, model: str) -> Mark:
        return Mark(model, exact=True)

    async def weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        counts = await asyncio.gather(*(self._tokens(model, text) for text in texts))
        found = [count for count in counts if count is not None]
        return found if len(found) == len(counts) else None

    async def close(self) -> None:
        """Nothing is held."""

    async def _tokens(self, model: str, text: str) -> int | None:
        raise NotImplementedError

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The object that is answered, else an empty one."""
        response = await self._ask(
            "POST", path, json=body, timeout_s=COUNT_WITHIN_S, max_bytes=MAX_ANSWER_BYTES
        )
        if response is None or not response.is_success:
            return {}
        try:
            said = response.json()
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


class LlamaServerScale(_Endpoints):
    """llama-server: `/tokenize`, and whole chats as its template writes them."""

    async def whole(self, path: str, fields: Mapping[str, Any]) -> int | None:
        said = await self._post(_INPUT_TOKENS[path], fields) if path in _INPUT_TOKENS else {}
        if isinstance(count := said.get("input_tokens"), int):
            return count
        # Versions before that endpoint have the two steps of it.
        prompt = (await self._post("/apply-template", fields)).get("prompt")
        if path != "/v1/chat/completions" or not isinstance(prompt, str):
            return None
        return _length(await self._post("/tokenize", {"content": prompt, "add_special": True}))

    async def _tokens(self, model: str, text: str) -> int | None:
        return _length(await self._post("/tokenize", {"content": text}))


class VllmScale(_Endpoints):
    """vLLM: `/tokenize` takes a text or the messages of a chat."""

    async def whole(self, path: str, fields: Mapping[str, Any]) -> int | None:
        if path != "/v1/chat/completions":
            return None
        body = {name: fields[name] for name in ("model", "messages", "tools") if name in fields}
        return _length(await self._post("/tokenize", body))

    async def _tokens(self, model: str, text: str) -> int | None:
        body = {"model": model, "prompt": text, "add_special_tokens": False}
        return _length(await self._post("/tokenize", body))


def _length(said: Mapping[str, Any]) -> int | None:
    tokens = said.get("tokens")
    return len(tokens) if isinstance(tokens, list) else None
