# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which models the model server has in memory, as far as the proxy has seen."""

from __future__ import annotations

import asyncio
import time

from green_proxy.models.context import Contexts
from green_proxy.models.control import Control
from green_proxy.models.replies import full_name
from green_proxy.models.stays import Stays

SEEN_FOR_S = 60.0
# llama-server answers to any name, so that what is remembered of them has to have bounds.
MAX_SEEN = 64
MAX_NAME_CHARACTERS = 1000


class Residency:
    """Remembers models that answered lately; the clock is passed in."""

    def __init__(self) -> None:
        self._seen_s: dict[str, float] = {}

    def seen(self, model: str, at_s: float) -> None:
        if len(model) > MAX_NAME_CHARACTERS:
            return
        self.forget(model)
        self._seen_s[full_name(model)] = at_s
        if len(self._seen_s) > MAX_SEEN:
            del self._seen_s[next(iter(self._seen_s))]

    def forget(self, model: str) -> None:
        self._seen_s.pop(full_name(model), None)

    def forget_all(self) -> None:
        """A load may have pushed any other model out."""
        self._seen_s.clear()

    def known(self, model: str, at_s: float) -> bool:
        seen_s = self._seen_s.get(full_name(model))
        return seen_s is not None and at_s - seen_s < SEEN_FOR_S


class Models:
    """Asks Ollama what is loaded; other servers have no such question and load at their start."""

    def __init__(self, control: Control) -> None:
        self.residency = Residency()
        self.contexts = Contexts(control)
        self.stays = Stays()
        self._settled = asyncio.Event()
        self._settled.set()

    def may_have_to_load(self, model: str) -> bool:
        """False where there is nothing to load, as far as that is known without asking."""
        at_s = time.monotonic()
        return bool(model) and self.contexts.is_ollama and not self.residency.known(model, at_s)

    async def must_load(self, model: str) -> bool:
        """True where Ollama says that this model is not in memory."""
        if not self.may_have_to_load(model):
            return False
        # Asked too early, Ollama still names a model that is on its way out.
        await self._settled.wait()
        loaded = await self.contexts.loaded()
        if loaded is None or full_name(model) in loaded:
            return False
        self.residency.forget_all()
        return True

    @property
    def unloading(self) -> bool:
        return not self._settled.is_set()

    def unload_begins(self, model: str) -> None:
        """Until it has ended nobody is told that the model is there."""
        self.residency.forget(model)
        self._settled.clear()

    def unload_ended(self) -> None:
        self._settled.set()
