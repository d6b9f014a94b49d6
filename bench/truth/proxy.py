# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-proxy would tell of the requests: its messages with its times, and what it leaves out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from bench.truth.world import World
from green_common.feed.messages import (
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    FromProxy,
    LoadFinished,
    LoadStarted,
    Tokens,
)
from green_sim.engine.job import Ended, Event, Job, Order, Runner, Stage

MODEL = "qwen3:32b"
RUNNER = Runner(MODEL)
# Of green-proxy's account of an answer.
TELL_TOKENS_EVERY_S = 0.25
# From the model server's step to the proxy's look at the clock, over loopback, and from there to the server.
LEAST_DELAY_S, MOST_DELAY_S = 0.0001, 0.0015


class Words(Enum):
    """What the model server says at the end of an answer."""

    # Cached tokens inside the prompt's count and not told, time of the new ones only, load with its queue.
    OLLAMA = "Ollama"
    # Cached tokens told, no load.
    LLAMA_SERVER = "llama-server"
    # Ollama's /v1: counts, and no durations.
    COUNTS = "counts only"


@dataclass(slots=True)
class Call:
    """One generation as the proxy sees it; `request` is empty for a load on the proxy's own account."""

    id: str
    request: str
    load: str
    client: str
    streamed: bool
    job: Job | None = None
    tokens: int = 0
    told_s: float = 0.0
    over: bool = False
    on_end: list[Callable[[], None]] = field(default_factory=list)

    @property
    def requests(self) -> tuple[str, ...]:
        return (self.request,) if self.request else ()


class Proxy:
    """Sends orders on and queues its messages, each with its time, for whoever reads the feed."""

    def __init__(self, world: World, words: Words, chance: Random) -> None:
        self.inbox: deque[tuple[float, FromProxy]] = deque()
        self.calls: list[Call] = []
        self.load = ""
        # Without it, the model server loads the model for the request that comes first.
        self.looks_first = True
        self._world = world
        self._words = words
        self._chance = chance
        self._loading: Call | None = None
        self._told_s = 0.0

    @property
    def idle(self) -> bool:
        """True where nobody waits for anything."""
        return all(call.over for call in self.calls)

    def ask(self, order: Order, client: str, *, streamed: bool) -> Call:
        """A client's request: it waits for the load that the proxy begins where the model is absent."""
        number = len(self.calls)
        call = Call(f"r{number}", f"r{number}", self.load, client, streamed)
        self.calls.append(call)
        if self.looks_first and self._must_load():
            loading = self._loading or self._begin_load()
            loading.on_end.append(lambda: self._forward(call, order))
        else:
            self._forward(call, order)
        return call

    def leave(self, call: Call) -> None:
        """Its client is gone."""
        if call.over:
            return
        call.over = True
        if call.job is None:
            return
        job = call.job
        self._tell(Cancelled(call.requests, "client left", call.id, call.tokens))
        self._world.after(self._delay_s(), lambda: self._world.cancel(job))
        for act in call.on_end:
            act()

    def _must_load(self) -> bool:
        return self._world.machine.server.residency.runner is None

    def _begin_load(self) -> Call:
        call = Call(f"load{len(self.calls)}", "", self.load, "", streamed=False)
        self.calls.append(call)
        self._loading = call
        self._forward(call, Order("/api/generate", RUNNER))
        self._tell(LoadStarted(call.id, MODEL))
        return call

    def _forward(self, call: Call, order: Order) -> None:
        if call.over:
            return
        self._tell(Forwarded(call.id, call.requests, MODEL, call.client or None))

        def send() -> None:
            if not call.over:
                call.job = self._world.submit(order, lambda event: self._hear(call, event))

        self._world.after(self._delay_s(), send)

    def _hear(self, call: Call, event: Event) -> None:
        if call.over:
            return
        if isinstance(event, Ended):
            # Told after the engine's own call, once it has said all of this step.
            self._world.after(0.0, lambda: self._end(call, event))
            return
        call.tokens += 1
        if not call.streamed:
            return
        now_s = self._world.now_s
        if call.tokens == 1:
            call.told_s = now_s
            self._tell(FirstToken(call.id))
        elif now_s - call.told_s >= TELL_TOKENS_EVERY_S:
            call.told_s = now_s
            self._tell(Tokens(call.id, call.tokens))

    def _end(self, call: Call, ended: Ended) -> None:
        if call.over:
            return
        call.over = True
        if call is self._loading:
            self._loading = None
            self._tell(LoadFinished(call.id, MODEL))
        self._tell(self._finished(call, ended))
        for act in call.on_end:
            act()

    def _finished(self, call: Call, ended: Ended) -> Finished:
        status = 200 if ended.stage is Stage.FINISHED else ended.status
        job = call.job
        if not call.request or job is None or status != 200:
            return Finished(call.id, call.requests, MODEL, status)
        counts = (job.prompt_tokens, job.generated_tokens)
        if self._words is Words.COUNTS:
            return Finished(call.id, call.requests, MODEL, status, *counts)
        ended_s = job.ended_s or job.arrived_s
        first_s = job.first_token_s or ended_s
        by_ollama = self._words is Words.OLLAMA
        return Finished(
            call.id,
            call.requests,
            MODEL,
            status,
            *counts,
            load_s=(job.scheduled_s or ended_s) - job.arrived_s if by_ollama else None,
            prefill_s=first_s - (job.prompt_began_s or first_s),
            decode_s=ended_s - first_s,
            cached_tokens=None if by_ollama else job.cached_tokens,
        )

    def _delay_s(self) -> float:
        return self._chance.uniform(LEAST_DELAY_S, MOST_DELAY_S)

    def _tell(self, message: FromProxy) -> None:
        self._told_s = max(self._told_s, self._world.now_s + self._delay_s())
        self.inbox.append((self._told_s, message))
