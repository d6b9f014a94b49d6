# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many tokens a chat has: exactly where the server or its vocabulary tell, else marked an estimate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from green_proxy.tokens.chat import Chat, Content, read_content
from green_proxy.tokens.counts import Counts
from green_proxy.tokens.estimate import TOKENS_PER_IMAGE, estimate_tokens
from green_proxy.tokens.overhead import Overhead, Overheads
from green_proxy.tokens.scale import Ask, Mark, Scale
from green_proxy.tokens.server_kind import find_scale

# <|im_start|>, <|im_end|> and the line break behind it; the role is weighed with the text, since the
# bytes on both sides of its line break may be one token.
CHATML_MARKS = 3
# <|im_start|>, assistant and a line break.
CHATML_OPENING = 3
# A first guess for other templates, until the server's own counts tell.
OTHER_MARKS = 4
ROLE_BYTES = 16
FIND_AGAIN_AFTER_S = 30.0
# More than any context holds; only to hand it over would keep the event loop.
MAX_CHARACTERS = 1_000_000
# The longest that a request waits for a vocabulary; a cold load of the model takes many times as long.
LEARN_WITHIN_S = 2.0

COUNTED = {
    "token_counts_total": "Chats whose tokens were counted.",
    "token_counts_cached_total": "Chats of which every message had been counted before.",
    "token_counts_estimated_total": "Chats whose count is an estimate.",
    "token_texts_total": "Texts that were weighed anew.",
}


@dataclass(slots=True)
class Counted:
    """Tokens of a chat by message; `fixed` is all that stays when messages are dropped."""

    messages: list[int]
    fixed: int
    exact: bool
    overhead: Overhead
    # Without what was learned of the template.
    bare_fixed: int

    @property
    def tokens(self) -> int:
        return self.fixed + sum(self.messages)


class Counter:
    """Counts off the event loop what is new, and on it what was counted before."""

    def __init__(self, ask: Ask, url: str) -> None:
        self.counts: dict[str, float] = dict.fromkeys(COUNTED, 0)
        self._ask = ask
        self._url = url
        self._scale: Scale | None = None
        self._found_s = float("-inf")
        self._finding: asyncio.Task[None] | None = None
        self._preparing: set[asyncio.Task[Mark]] = set()
        self._known = Counts()
        self._overheads = Overheads()

    def prepare(self, model: str) -> None:
        """Begin to fetch what counting this model will need."""
        if self._preparing or (self._scale is not None and self._scale.known(model) is not None):
            return
        task = asyncio.create_task(self._mark(model))
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)

    def cached(self, model: str, chat: Chat) -> Counted | None:
        """The count, where everything in the chat was counted before; never waits."""
        mark = self._scale.known(model) if self._scale is not None else None
        if mark is None:
            return None
        counted = self._add_up(mark, chat)
        if counted is not None and (counted.exact or self._scale is None or not self._scale.counts_chats):
            self.counts["token_counts_cached_total"] += 1
            return self._told(counted)
        return None

    def at_most(self, model: str, chat: Chat) -> int | None:
        """
        A bound that needs no counting, or None where the vocabulary is not known.

        What was counted before is as it was; anything else has at most one token for each of its bytes.
        """
        mark = self._scale.known(model) if self._scale is not None else None
        if mark is None or not mark.exact:
            return None
        get, recent, total = self._known.get, self._known.young.get, int(mark.begins)
        for message in (*chat.before, *chat.messages):
            text, role = message.get("content"), message.get("role")
            # Nearly all messages are plain, and most were counted lately: read_content() is not needed.
            if (
                text.__class__ is str
                and len(message) == 2
                and (count := recent(hash((mark.key, role, text))))
            ):
                total += OTHER_MARKS + count
                continue
            content = read_content(message)
            count = get(_key(mark, message, content))
            # The role and its line break are weighed with the text.
            total += OTHER_MARKS + content.images * TOKENS_PER_IMAGE
            total += count if count is not None else len(content.text.encode(errors="replace")) + ROLE_BYTES
        if chat.tools:
            count = get(hash((mark.key, "", chat.tools)))
            total += count if count is not None else len(chat.tools.encode(errors="replace"))
        return total

    async def count(self, model: str, chat: Chat, path: str, fields: Mapping[str, Any]) -> Counted:
        """The count, by asking whoever knows; an estimate where nobody answers in time."""
        if (counted := self.cached(model, chat)) is not None:
            return counted
        mark = await self._learned(model)
        unknown = self._unknown(mark, chat)
        if unknown and (counts := await self._weigh(mark, model, list(unknown.values()))) is not None:
            for key, count in zip(unknown, counts, strict=True):
                self._known.put(key, count)
        counted = self._add_up(mark, chat)
        if counted is None:
            return self._told(_estimated(mark, chat, self._overhead(mark, model, chat)))
        if not counted.exact and mark.exact:
            await self._ask_whole(counted, path, fields)
        return self._told(counted)

    async def whole(self, path: str, fields: Mapping[str, Any]) -> int | None:
        """The server's own count of a whole request; None where it has no endpoint for that."""
        return await self._scale.whole(path, fields) if self._scale is not None else None

    def learn(self, counted: Counted, actual_tokens: int) -> None:
        """Take in what the server counted for that very chat."""
        excess = actual_tokens - counted.bare_fixed - sum(counted.messages)
        counted.overhead.observe(len(counted.messages), excess)

    async def close(self) -> None:
        tasks = [*self._preparing, *([self._finding] if self._finding else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._scale is not None:
            await self._scale.close()

    def _add_up(self, mark: Mark, chat: Chat) -> Counted | None:
        """None where a text of the chat was never weighed."""
        get, key, chatml = self._known.get, mark.key, mark.chatml
        recent = self._known.young.get
        marks = CHATML_MARKS if chatml else OTHER_MARKS
        plain, messages, images = True, [], 0
        for message in chat.messages:
            text, role = message.get("content"), message.get("role")
            # Nearly all messages are these; what read_content() says of them is said here faster.
            if role == "user" and text.__class__ is str and len(message) == 2:
                images = 0
            else:
                content = read_content(message)
                text, images = content.text, content.images
                plain = plain and content.plain
            number = hash((key, role, text))
            count = recent(number)
            if count is None and (count := get(number)) is None:
                return None
            messages.append(count + marks + images * TOKENS_PER_IMAGE)
        fixed = (CHATML_OPENING if chatml else 0) + mark.begins
        for message in chat.before:
            count = get(_key(mark, message, read_content(message)))
            if count is None:
                return None
            fixed += count + marks
        if chat.tools:
            count = get(hash((key, "", chat.tools)))
            if count is None:
                return None
            fixed += count
        overhead = self._overheads.of(_kind(key, chat), known=mark.settled and not chat.tools)
        learned = overhead.tokens(len(messages))
        exact = plain and mark.exact and overhead.exact
        return Counted(messages, fixed + learned, exact, overhead, bare_fixed=fixed)

    def _unknown(self, mark: Mark, chat: Chat) -> dict[int, str]:
        """What has to be weighed, by the key of its count."""
        texts = {}
        for message in (*chat.before, *chat.messages):
            content = read_content(message)
            texts[_key(mark, message, content)] = _weighed(mark, message, content)
        if chat.tools:
            texts[hash((mark.key, "", chat.tools))] = chat.tools
        return {key: text for key, text in texts.items() if self._known.get(key) is None}

    async def _weigh(self, mark: Mark, model: str, texts: list[str]) -> list[int] | None:
        if self._scale is None or sum(map(len, texts)) > MAX_CHARACTERS:
            return None
        self.counts["token_texts_total"] += len(texts)
        return await self._scale.weigh(mark, model, texts)

    async def _ask_whole(self, counted: Counted, path: str, fields: Mapping[str, Any]) -> None:
        """Where the server counts whole chats, it has the last word on what its template adds."""
        tokens = await self.whole(path, fields)
        if tokens is not None:
            self.learn(counted, tokens)
            counted.fixed = tokens - sum(counted.messages)
            counted.exact = True

    def _overhead(self, mark: Mark, model: str, chat: Chat) -> Overhead:
        return self._overheads.of(_kind(f"estimate {mark.key or model}", chat), known=False)

    def _told(self, counted: Counted) -> Counted:
        self.counts["token_counts_total"] += 1
        self.counts["token_counts_estimated_total"] += not counted.exact
        return counted

    async def _learned(self, model: str) -> Mark:
        """What is known within a short time; the search goes on when that is over."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._marking(model)), LEARN_WITHIN_S)
        except asyncio.TimeoutError:
            return Mark("")

    def _marking(self, model: str) -> asyncio.Task[Mark]:
        task = asyncio.create_task(self._mark(model))
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)
        return task

    async def _mark(self, model: str) -> Mark:
        if self._scale is None:
            if self._finding is None and time.monotonic() - self._found_s > FIND_AGAIN_AFTER_S:
                self._finding = asyncio.create_task(self._find())
            if self._finding is not None:
                await asyncio.shield(self._finding)
        return await self._scale.learn(model) if self._scale is not None else Mark("")

    async def _find(self) -> None:
        try:
            self._scale = await find_scale(self._ask, self._url)
        finally:
            self._found_s = time.monotonic()
            self._finding = None


def _kind(key: str, chat: Chat) -> int:
    """Chats to which a template adds the same: a model may have a system message of its own, for one."""
    system = bool(chat.before) or (bool(chat.messages) and chat.messages[0].get("role") == "system")
    return hash((key, chat.thinks, chat.tools, system))


def _key(mark: Mark, message: Mapping[str, Any], content: Content) -> int:
    return hash((mark.key, message.get("role"), content.text))


def _weighed(mark: Mark, message: Mapping[str, Any], content: Content) -> str:
    return f"{message.get('role')}\n{content.text}" if mark.chatml else content.text


def _estimated(mark: Mark, chat: Chat, overhead: Overhead) -> Counted:
    contents = [read_content(message) for message in chat.messages]
    messages = [estimate_tokens(one.text) + one.images * TOKENS_PER_IMAGE + OTHER_MARKS for one in contents]
    before = sum(estimate_tokens(read_content(message).text) for message in chat.before)
    fixed = CHATML_OPENING + before + estimate_tokens(chat.tools)
    return Counted(messages, fixed + overhead.tokens(len(messages)), False, overhead, bare_fixed=fixed)
