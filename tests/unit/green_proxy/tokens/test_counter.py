# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts are exact where they can be, come from memory where they were told before, and say what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from green_proxy.tokens import counter as counter_module
from green_proxy.tokens.chat import Chat
from green_proxy.tokens.counter import Counted, Counter
from green_proxy.tokens.scale import Mark

MESSAGES = [{"role": "user", "content": "one two three"}, {"role": "assistant", "content": "four"}]


class Words:
    """A scale on which each word is a token."""

    def __init__(self, mark: Mark | None, *, chat_tokens: int | None = None) -> None:
        self.mark = mark
        self.weighed: list[str] = []
        self.counts_chats = chat_tokens is not None
        self._chat_tokens = chat_tokens

    def known(self, model: str) -> Mark | None:
        return self.mark

    async def learn(self, model: str) -> Mark:
        return self.mark or Mark("")

    async def weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        self.weighed += texts
        return [len(text.split()) for text in texts] if mark.exact else None

    async def whole(self, path: str, fields: Any) -> int | None:
        return self._chat_tokens

    async def close(self) -> None: ...


async def nobody(*_: Any, **__: Any) -> None:
    """A server that can't be asked."""


def counting(scale: Any, act: Callable[[Counter], Awaitable[Any]]) -> Any:
    """Run with a counter on that scale."""

    async def run() -> Any:
        counter = Counter(nobody, "http://test")
        counter._scale = scale
        try:
            return await act(counter)
        finally:
            await counter.close()

    return asyncio.run(run())


async def count(counter: Counter, **chat: Any) -> Counted:
    return await counter.count("m", Chat(**{"key": "messages", "messages": MESSAGES} | chat), "/api/chat", {})


def test_a_chat_in_chatml_is_exact() -> None:
    """Each message has its role and three marks, and an answer is opened with three more."""
    counted = counting(Words(Mark("m", exact=True, chatml=True, settled=True)), count)

    assert counted.messages == [1 + 3 + 3, 1 + 1 + 3]
    assert (counted.fixed, counted.tokens, counted.exact) == (3, 15, True)


def test_what_was_counted_before_is_not_weighed_again() -> None:
    """And needs no waiting."""
    scale = Words(Mark("m", exact=True, chatml=True, settled=True))

    async def act(counter: Counter) -> tuple[Counted | None, Counted | None]:
        chat = Chat("messages", MESSAGES)
        before = counter.cached("m", chat)
        await count(counter)
        return before, counter.cached("m", chat)

    before, after = counting(scale, act)

    assert before is None
    assert after.tokens == 15
    assert scale.weighed == ["user\none two three", "assistant\nfour"]


def test_another_vocabulary_is_another_count() -> None:
    """The same text may be other tokens to another model."""
    scale = Words(Mark("one", exact=True, chatml=True, settled=True))

    async def act(counter: Counter) -> Counted | None:
        await count(counter)
        scale.mark = Mark("other", exact=True, chatml=True, settled=True)
        return counter.cached("m", Chat("messages", MESSAGES))

    assert counting(scale, act) is None


def test_an_unknown_vocabulary_is_an_estimate() -> None:
    """By the bytes of the text."""
    counted = counting(Words(Mark("m")), count)

    assert not counted.exact
    assert 5 <= counted.tokens <= 25


def test_a_server_that_cannot_be_asked_is_an_estimate() -> None:
    """And is not waited for a second time at once."""

    async def act(counter: Counter) -> Counted:
        counter._scale = None
        await count(counter)
        return await count(counter)

    assert not counting(None, act).exact


def test_a_vocabulary_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request goes on with an estimate."""
    monkeypatch.setattr(counter_module, "LEARN_WITHIN_S", 0.01)

    class Slow(Words):
        async def learn(self, model: str) -> Mark:
            await asyncio.Event().wait()
            raise AssertionError

    assert not counting(Slow(None), count).exact


def test_another_template_is_learned() -> None:
    """From what the server says that it has counted."""
    sizes = (1, 3, 5, 7, 9, 11)

    async def act(counter: Counter) -> list[tuple[bool, int]]:
        told = []
        for size in sizes:
            messages = [{"role": "user", "content": "one two"}] * size
            counted = await count(counter, messages=messages)
            told.append((counted.exact, counted.tokens))
            # This template begins with five tokens and adds seven to a message.
            counter.learn(counted, 5 + size * 9)
        return told

    told = counting(Words(Mark("m", exact=True)), act)

    assert not told[0][0]
    assert told[-1] == (True, 5 + 11 * 9)


def test_the_server_has_the_last_word() -> None:
    """Where it counts whole chats."""
    counted = counting(Words(Mark("m", exact=True), chat_tokens=42), count)

    assert (counted.tokens, counted.exact) == (42, True)


def test_tools_are_an_estimate_until_the_server_has_counted_them() -> None:
    """Each model writes them in its own way."""

    async def act(counter: Counter) -> list[bool]:
        exact = []
        for _ in range(5):
            counted = await count(counter, tools="one two")
            exact.append(counted.exact)
            counter.learn(counted, 100)
        return exact

    assert counting(Words(Mark("m", exact=True, chatml=True, settled=True)), act) == [False] * 4 + [True]


def test_a_template_that_may_add_more_is_an_estimate_until_the_server_has_counted() -> None:
    """Then a constant that it adds is known."""

    async def act(counter: Counter) -> list[tuple[int, bool]]:
        told = []
        for _ in range(5):
            counted = await count(counter)
            told.append((counted.tokens, counted.exact))
            counter.learn(counted, 17)
        return told

    told = counting(Words(Mark("m", exact=True, chatml=True)), act)

    assert told == [(15, False), (17, False), (17, False), (17, False), (17, True)]


def test_every_count_is_told() -> None:
    """In the metrics."""

    async def act(counter: Counter) -> dict[str, float]:
        await count(counter)
        await count(counter)
        return counter.counts

    counts = counting(Words(Mark("m", exact=True, chatml=True, settled=True)), act)

    assert counts == {
        "token_counts_total": 2,
        "token_counts_cached_total": 1,
        "token_counts_estimated_total": 0,
        "token_texts_total": 2,
    }
