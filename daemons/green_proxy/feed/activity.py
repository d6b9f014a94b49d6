# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The book of what is in flight: it gives each event its message, so that both always agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    Hello,
    LoadFinished,
    LoadStarted,
    Running,
    Tokens,
)
from green_common.feed.reasons import SUPERSEDED, Reason
from green_proxy.answer.usage import Usage

LOADING, PREFILL, DECODE = "loading", "prefill", "decode"


@dataclass(slots=True)
class Generation:
    """One call of the model server, without requests where it is the proxy's own; times are monotonic."""

    id: str
    requests: tuple[str, ...]
    model: str
    phase: str
    phase_since_s: float
    own: bool = False
    tokens: int = 0
    client: str | None = None


class Activity:
    """Requests from acceptance to their end, and the generations that run for them."""

    def __init__(self) -> None:
        self.accepted_total = 0
        self.finished_total = 0
        self.cancelled_total = 0
        self._own = 0
        self._requests: set[str] = set()
        self._generations: dict[str, Generation] = {}

    @property
    def in_flight(self) -> int:
        """Requests that were accepted and have not ended, forwarded or not, and the proxy's own loads."""
        return len(self._requests) + self._own

    @property
    def generating(self) -> int:
        return len(self._generations)

    def phase_of(self, request: str) -> str | None:
        """That of the generation that runs for a request; None where there is none yet."""
        running = (one for one in self._generations.values() if request in one.requests)
        return next((one.phase for one in running), None)

    def accepted(self, request: str, route: str, client: str | None = None) -> Accepted:
        self.accepted_total += 1
        self._requests.add(request)
        return Accepted(request, route, client)

    def forwarded(
        self,
        generation: str,
        requests: tuple[str, ...],
        model: str,
        at_s: float,
        *,
        client: str | None = None,
        prompt_bytes: int | None = None,
    ) -> Forwarded:
        own = not requests
        self._generations[generation] = Generation(
            generation, requests, model, PREFILL, at_s, own, client=client
        )
        # A load that outlives whoever wanted it still keeps the GPU busy.
        self._own += own
        return Forwarded(generation, requests, model, client, prompt_bytes)

    def joined(self, generation: str, request: str) -> Forwarded:
        """One more accepted request shares a generation."""
        shared = self._generations[generation]
        shared.requests = (*shared.requests, request)
        return Forwarded(generation, shared.requests, shared.model, shared.client)

    def left(self, generation: str, request: str, reason: Reason) -> Cancelled:
        """One of several requests is gone, and the generation goes on for the others."""
        shared = self._generations[generation]
        shared.requests = tuple(one for one in shared.requests if one != request)
        self._requests.discard(request)
        self.cancelled_total += 1
        return Cancelled((request,), reason, generation, shared.tokens)

    def superseded(self, generation: str) -> Cancelled:
        """The generation ends without an answer; its requests get theirs from another one."""
        ended = self._generations.pop(generation)
        return Cancelled((), SUPERSEDED, generation, ended.tokens, ended.requests)

    def load_started(self, generation: str, at_s: float) -> LoadStarted:
        return LoadStarted(generation, self._enter(generation, LOADING, at_s).model)

    def load_finished(self, generation: str, at_s: float) -> LoadFinished:
        return LoadFinished(generation, self._enter(generation, PREFILL, at_s).model)

    def first_token(self, generation: str, at_s: float) -> FirstToken:
        self._enter(generation, DECODE, at_s)
        return FirstToken(generation)

    def tokens(self, generation: str, tokens: int) -> Tokens:
        self._generations[generation].tokens = tokens
        return Tokens(generation, tokens)

    def finished(self, generation: str, status: int, usage: Usage) -> Finished:
        ended = self._end(generation)
        self.finished_total += len(ended.requests)
        return Finished(
            generation=generation,
            requests=ended.requests,
            model=ended.model,
            status=status,
            prompt_tokens=usage.prompt_tokens,
            output_tokens=usage.output_tokens,
            tokens_counted=usage.tokens_counted,
            load_s=usage.load_s,
            prefill_s=usage.prefill_s,
            decode_s=usage.decode_s,
            cached_tokens=usage.cached_tokens,
        )

    def cancelled(self, generation: str, reason: Reason) -> Cancelled:
        ended = self._end(generation)
        self.cancelled_total += len(ended.requests)
        return Cancelled(ended.requests, reason, generation, ended.tokens)

    def turned_away(self, request: str, reason: Reason) -> Cancelled:
        """A request that ended before it was forwarded."""
        self._requests.discard(request)
        self.cancelled_total += 1
        return Cancelled((request,), reason)

    def greeting(self, held_epoch: int | None) -> Iterator[Hello | Running]:
        yield Hello(self.accepted_total, self.in_flight, held_epoch)
        for generation in self._generations.values():
            yield Running(
                generation.id,
                generation.requests,
                generation.model,
                generation.phase,
                generation.phase_since_s,
                generation.tokens,
                generation.client,
            )

    def beat(self) -> Beat:
        return Beat(self.accepted_total, self.in_flight)

    def _enter(self, generation: str, phase: str, at_s: float) -> Generation:
        entered = self._generations[generation]
        entered.phase, entered.phase_since_s = phase, at_s
        return entered

    def _end(self, generation: str) -> Generation:
        ended = self._generations.pop(generation)
        self._own -= ended.own
        self._requests.difference_update(ended.requests)
        return ended
