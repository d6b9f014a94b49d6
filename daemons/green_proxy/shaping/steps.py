# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All steps of shaping, and what they have counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from green_common.config import Config, ProxyConfig
from green_proxy.feed.feed import Feed
from green_proxy.models import load
from green_proxy.models.load import Loads
from green_proxy.models.residency import Models
from green_proxy.request import body
from green_proxy.request.body import Bodies
from green_proxy.request.call import Call, read_call
from green_proxy.request.dialect import dialect_of
from green_proxy.request.document import LARGE_BYTES
from green_proxy.request.identity import Identity
from green_proxy.shaping import limit, merge, pin, reloads, room, share, trim
from green_proxy.shaping.limit import Limit
from green_proxy.shaping.merges import Merges
from green_proxy.shaping.pin import Pin
from green_proxy.shaping.reloads import Reloads
from green_proxy.shaping.share import Share
from green_proxy.shaping.trim import Trim
from green_proxy.shaping.waiting import Waiting
from green_proxy.tokens import counter
from green_proxy.tokens.counter import Counted, Counter
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.server import Upstream

FIRST_FAILING_STATUS = 400
_MODULES = (pin, reloads, limit, share, merge, trim, counter, room, load, body)
COUNTED: dict[str, str] = {name: meaning for module in _MODULES for name, meaning in module.COUNTED.items()}


class Steps:
    """Made inside the event loop that it lives in; each step reads the settings as they are now."""

    def __init__(self, config: Callable[[], Config], upstream: Upstream, feed: Feed) -> None:
        self._config = config
        self.bodies = Bodies()
        self.share = Share()
        self.merges = Merges()
        self.models = Models(upstream)
        self.loads = Loads(upstream, self.models, feed, lambda: config().proxy.load_timeout_s)
        self.waiting = Waiting(config().shaping)
        self.counter = Counter(upstream.ask, upstream.url)
        self._pin, self._reloads = Pin(), Reloads()
        self._limit = Limit(lambda: config().shaping)
        self._trim = Trim(lambda: config().shaping, self.counter)
        self._limits, self._limits_of = Limits(), ProxyConfig()
        self._counting = (
            self._pin,
            self._reloads,
            self._limit,
            self.share,
            self.merges,
            self._trim,
            self.counter,
            self.waiting,
            self.loads,
            self.bodies,
        )

    @property
    def counts(self) -> dict[str, float]:
        return {name: count for step in self._counting for name, count in step.counts.items()}

    @property
    def slots(self) -> int | None:
        """Of the model server, as configured; None where nobody is held back for one."""
        shaping = self._config().shaping
        return shaping.slots if shaping.admit else None

    async def read(self, path: str, content: bytes, *, encoded: bool) -> Call:
        """Raises Fault for what can't be read. What takes long does so in a thread."""
        if encoded:
            # Not ours to unpack: it passes as it is, and nothing of it is known.
            return Call(dialect_of(path), path, content, {})
        if len(content) <= LARGE_BYTES:
            return read_call(path, content)
        return await asyncio.get_running_loop().run_in_executor(None, read_call, path, content)

    def pin(self, call: Call) -> None:
        if self._config().shaping.pin:
            if self.models.contexts.is_ollama and call.fields:
                self._reloads.see(call, self.models.contexts.context_tokens(call.model))
            self._pin.apply(call)

    def limit(self, call: Call, client: str) -> None:
        """Raises Fault 400 for what is over a limit that no load can change."""
        self._limit.check(call, client, is_ollama=self.models.contexts.is_ollama)

    def cap(self, call: Call) -> None:
        """Once the model is loaded, so that its context is known."""
        contexts = self.models.contexts
        tokens = contexts.context_tokens(call.model)
        self._limit.cap(call, is_ollama=contexts.is_ollama, context_tokens=tokens)

    async def trim(self, call: Call, identity: Identity) -> Counted | None:
        if not self._config().shaping.trim or not identity.known or not call.messages:
            return None
        return await self._trim.apply(call, self.models.contexts.context_tokens(call.model))

    async def ready(self, call: Call) -> None:
        """Raises Fault 504 where the model is not loaded in time."""
        # A request with options of its own would load the model again, other than we did.
        options = None if self._config().shaping.pin else call.options
        if not call.unloads and not options:
            await self.loads.ready(call.model, call.keep_alive)
        # After a load, which may have been another request's, without one.
        self.models.stays.asked(call.model, call.keep_alive)

    def limits(self) -> Limits:
        proxy = self._config().proxy
        if proxy is not self._limits_of:
            self._limits_of = proxy
            self._limits = Limits(
                connect_s=proxy.connect_timeout_s,
                first_byte_s=proxy.first_token_timeout_s,
                between_s=proxy.token_timeout_s,
                total_s=proxy.total_timeout_s,
            )
        return self._limits

    def answered(self, call: Call, status: int) -> None:
        """Remember which models are in memory."""
        if call.unloads:
            self.models.residency.forget(call.model)
            self.models.stays.forget(call.model)
            self._reloads.forget(call.model)
        elif status < FIRST_FAILING_STATUS and call.model:
            self.models.residency.seen(call.model, time.monotonic())

    async def close(self) -> None:
        self.waiting.close()
        await self.loads.close()
        await self.models.contexts.close()
        await self.counter.close()
