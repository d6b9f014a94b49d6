# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Unloading a model that nobody uses, on the word of a reader of the feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from green_common.feed.messages import NOTHING_IN_MEMORY
from green_common.logs import get_log
from green_proxy.models.control import Control
from green_proxy.models.replies import full_name
from green_proxy.models.residency import Models

# Ollama waits up to 5 s for the GPU's memory to come back.
GONE_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25
UNLOAD_TIMEOUT_S = 15.0


class Parks:
    """One unload at a time; who needs the model meanwhile waits for its end and loads it again."""

    def __init__(self, control: Control, models: Models, in_flight: Callable[[], int]) -> None:
        self._control = control
        self._models = models
        self._in_flight = in_flight

    async def park(self, model: str) -> str:
        """Unload it; returns why it was not, empty where it was."""
        if self._models.unloading:
            return "another model is being unloaded"
        refused = await self._why_not(model)
        if refused:
            return refused
        # No await between the last look at what is in flight and this.
        self._models.unload_begins(model)
        try:
            return await self._unload(model)
        finally:
            self._models.unload_ended()

    async def _why_not(self, model: str) -> str:
        contexts = self._models.contexts
        if await contexts.loaded() is None:
            return "the model server does not say what it has in memory"
        left_s = contexts.left_s
        if full_name(model) not in left_s:
            return "another model is in memory" if left_s else NOTHING_IN_MEMORY
        others = len(left_s) - 1
        if others:
            # The power lies in the process that holds a model, hardly in the memory: nothing would be saved.
            return f"{others} more in memory" if others > 1 else "another model is in memory"
        pinned = self._models.stays.pinned(model, left_s[full_name(model)])
        if pinned:
            return pinned
        in_flight = self._in_flight()
        return f"{in_flight} in flight" if in_flight else ""

    async def _unload(self, model: str) -> str:
        began_s = time.monotonic()
        order = {"model": model, "keep_alive": 0}
        response = await self._control.ask("POST", "/api/generate", json=order, timeout_s=UNLOAD_TIMEOUT_S)
        if response is None or not response.is_success:
            return self._failed(model, response)
        while await self._is_there(model):
            if time.monotonic() - began_s > GONE_WITHIN_S:
                return f"it is still in memory after {GONE_WITHIN_S:g} s"
            await asyncio.sleep(LOOK_EVERY_S)
        self._models.stays.forget(model)
        took_s = time.monotonic() - began_s
        get_log().info("model.parked", say=f"{model} was unloaded in {took_s:.1f} s", model=model)
        return ""

    async def _is_there(self, model: str) -> bool:
        loaded = await self._models.contexts.loaded()
        # A request that waits for the end of this has not reached the model server.
        return loaded is not None and full_name(model) in loaded

    def _failed(self, model: str, response: httpx.Response | None) -> str:
        what = f"status {response.status_code}" if response is not None else "no answer"
        get_log().warning("model.park_failed", say=f"{model} was not unloaded: {what}", model=model)
        return f"the model server did not unload it: {what}"
