# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the model server says of itself: its kind, its slots, and how long its models' contexts are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from green_common.logs import get_log
from green_proxy.models.control import Control
from green_proxy.models.replies import context_lengths, full_name, loaded_models, props, time_left_s

# A client that bypasses the proxy can have Ollama load the model with another context at any time.
KNOWN_FOR_S = 60.0
ASK_AGAIN_S = 5.0
NOT_FOUND = 404
# llama-server and vLLM answer with as many names as they like.
MAX_MODELS = 64


class Contexts:
    """
    Asked in the background while it is used, never on a request's way.

    A server counts as Ollama until it says that it has no `/api/ps`.
    """

    def __init__(self, control: Control) -> None:
        self.is_ollama = True
        # llama-server's own word; None where the server does not say.
        self.slots: int | None = None
        # How long each model stayed on without a request when Ollama was asked last.
        self.left_s: dict[str, float | None] = {}
        self._control = control
        self._tokens: dict[str, int] = {}
        self._of_any: int | None = None
        self._ask_at_s = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    def context_tokens(self, model: str) -> int | None:
        """The context of each slot, as far as it is known; what is old is asked anew for the next time."""
        if time.monotonic() >= self._ask_at_s and self._asking is None:
            self._asking = asyncio.ensure_future(self.learn())
            self._asking.add_done_callback(self._asked)
        return self._tokens.get(full_name(model), self._of_any)

    async def learn(self) -> None:
        """Ask the server about itself."""
        self._ask_at_s = time.monotonic() + ASK_AGAIN_S
        known = self.is_ollama and await self.loaded() is not None
        if not self.is_ollama:
            known = await self._learn_props() or await self._learn_lengths()
            # Another server may run there by now.
            self.is_ollama = not known
        if known:
            self._ask_at_s = time.monotonic() + KNOWN_FOR_S

    async def loaded(self) -> set[str] | None:
        """The full names of what Ollama has in memory, or None where it does not say."""
        response = await self._control.ask("GET", "/api/ps")
        if response is None:
            return None
        self.is_ollama = response.status_code != NOT_FOUND
        models = loaded_models(response)
        if models is None:
            return None
        self.left_s = time_left_s(response, time.time()) or {}
        self.slots = self._of_any = None
        self._note({model: tokens for model, tokens in models.items() if tokens is not None})
        return set(models)

    async def close(self) -> None:
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _asked(self, asking: asyncio.Task[None]) -> None:
        self._asking = None

    async def _learn_props(self) -> bool:
        response = await self._control.ask("GET", "/props")
        said = props(response) if response is not None else None
        if said is None:
            return False
        # It has one model, and answers to any name for it.
        self.slots, self._of_any = said.slots, said.context_tokens
        self._tokens.clear()
        return True

    async def _learn_lengths(self) -> bool:
        response = await self._control.ask("GET", "/v1/models")
        lengths = context_lengths(response) if response is not None else {}
        self.slots = self._of_any = None
        self._note(lengths)
        return bool(lengths)

    def _note(self, lengths: Mapping[str, int]) -> None:
        for model, tokens in lengths.items():
            before = self._tokens.pop(model, tokens)
            self._tokens[model] = tokens
            if before != tokens:
                say = f"{model} has a context of {tokens} tokens now, {before} before: it was loaded anew"
                get_log().warning("model.context_changed", say=say, model=model, context_tokens=tokens)
        while len(self._tokens) > MAX_MODELS:
            del self._tokens[next(iter(self._tokens))]
