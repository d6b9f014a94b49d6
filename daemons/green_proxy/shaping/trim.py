# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Cut the oldest turns of a conversation that is longer than the budget for prompts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from green_common.config.schema import ShapingConfig
from green_proxy.shaping.turns import keep, part_of, plan
from green_proxy.tokens.chat import Chat, read_chat
from green_proxy.tokens.counter import Counted, Counter

COUNTED = {
    "trims_total": "Requests that were sent without their oldest turns.",
    "trimmed_tokens_total": "Tokens of prompts that were not sent.",
    "trim_over_budget_total": "Requests whose system message, tools and last turn alone are over the budget.",
    "trim_seconds_total": "Time that requests spent on counting and trimming.",
}
# The most that a template writes around tools and messages beyond the bytes of the request.
TEMPLATE_TOKENS = 256
_NOTE = "Trim"


class Request(Protocol):
    """As much of a client's call as this step reads and changes."""

    path: str
    raw: bytes
    fields: dict[str, Any]

    @property
    def model(self) -> str: ...
    @property
    def output_limit(self) -> int | None: ...
    def change(self, name: str, value: Any) -> None: ...
    def note(self, name: str, text: str) -> None: ...


class Trim:
    """The step; the caller leaves it out where neither the person nor the conversation is known."""

    def __init__(self, settings: Callable[[], ShapingConfig], counter: Counter) -> None:
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        self._settings = settings
        self._counter = counter

    async def apply(self, request: Request, context_tokens: int | None) -> Counted | None:
        """
        Trim the request where it must be; returns its count, for Counter.learn(), where it was counted.

        The context is what the server has for prompt and answer together, where that is known.
        """
        budget = budget_tokens(self._settings(), request.output_limit, context_tokens)
        if surely_fits(request.raw, budget):
            if len(request.raw) * 2 > budget:
                self._counter.prepare(request.model)
            return None
        chat = read_chat(request)
        if chat is None:
            return None
        most = self._counter.at_most(request.model, chat)
        if most is not None and most <= budget - TEMPLATE_TOKENS:
            # One new message rarely makes the difference; it is counted when it might.
            return None
        began_s = time.perf_counter()
        counted = self._counter.cached(request.model, chat)
        if counted is None:
            counted = await self._counter.count(request.model, chat, request.path, request.fields)
        counted = await self._trimmed(request, chat, counted, budget)
        self.counts["trim_seconds_total"] += time.perf_counter() - began_s
        return counted

    async def _trimmed(self, request: Request, chat: Chat, counted: Counted, budget: int) -> Counted:
        before = counted.tokens
        if before <= budget:
            # Then it was within the budget all the way.
            return counted
        parts = [part_of(message) for message in chat.messages]
        first = plan(parts, counted.messages, counted.fixed, budget)
        kept = keep(range(len(parts)), parts, first)
        tokens = counted.fixed + sum(counted.messages[at] for at in kept)
        if tokens > budget:
            self.counts["trim_over_budget_total"] += 1
            request.note(_NOTE, "over-budget")
            return counted
        request.change(chat.key, [chat.messages[at] for at in kept])
        counted = _without(counted, kept)
        counted = await self._confirmed(request, counted)
        self.counts["trims_total"] += 1
        self.counts["trimmed_tokens_total"] += before - counted.tokens
        dropped, how = len(parts) - len(kept), "exact" if counted.exact else "estimate"
        request.note(_NOTE, f"dropped={dropped}; tokens={before}->{counted.tokens}; {how}")
        return counted

    async def _confirmed(self, request: Request, counted: Counted) -> Counted:
        """What a template adds may not be the same for fewer messages; a server that counts chats knows."""
        if counted.overhead.exact:
            return counted
        tokens = await self._counter.whole(request.path, request.fields)
        counted.exact = tokens is not None
        if tokens is not None:
            counted.fixed = tokens - sum(counted.messages)
        return counted


def budget_tokens(config: ShapingConfig, output_limit: int | None, context_tokens: int | None) -> int:
    """The longest prompt that leaves room for the answer, which is at most half of the context."""
    if not context_tokens:
        return config.trim_to_tokens
    asked = output_limit if output_limit is not None and output_limit > 0 else config.answer_room_tokens
    return min(config.trim_to_tokens, context_tokens - min(asked, context_tokens // 2))


def surely_fits(raw: bytes, budget: int) -> bool:
    """A token is at least one byte of text; only an image is many tokens whatever its size."""
    return len(raw) <= budget - TEMPLATE_TOKENS and b'"image' not in raw and b"_image" not in raw


def _without(counted: Counted, kept: list[int]) -> Counted:
    messages = [counted.messages[at] for at in kept]
    learned = counted.overhead.tokens(len(messages))
    fixed = counted.bare_fixed + learned if counted.overhead.exact else counted.fixed
    return Counted(messages, fixed, counted.exact, counted.overhead, counted.bare_fixed)
