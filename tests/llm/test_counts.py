# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts of chats and trimmed chats against llama-server's own usage.prompt_tokens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from green_common.config.schema import ShapingConfig
from green_proxy.shaping.trim import Trim
from green_proxy.tokens.chat import Chat, read_chat
from green_proxy.tokens.counter import Counter

CHAT = "/v1/chat/completions"
ENGLISH = (
    "Energy is what a machine takes from the wall; work is what it gives back. "
    "A server that waits burns nearly a third of what it burns when it answers."
)
CHINESE = "人工智能正在改变世界\u3002大语言模型的推理需要大量的能源\u3001显存和内存带宽\u3002"
MIXED = "Größe: 3½ μm, naïve café \u2014 それは何ですか? Это тест. `x = [1, 2]`\n\n\tdef f(): ...  🦙"
TURNS = (ENGLISH, CHINESE, MIXED)


@dataclass
class Call:
    """A client's request."""

    fields: dict[str, Any]
    path: str = CHAT
    raw: bytes = b""
    model: str = "gemma"
    output_limit: int | None = 1
    changed: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw = json.dumps(self.fields).encode()

    def change(self, name: str, value: Any) -> None:
        self.fields[name] = value
        self.changed = True

    def note(self, name: str, text: str) -> None:
        self.notes.append((name, text))


def conversation(turns: int) -> list[dict[str, Any]]:
    """Real text in several languages; the last turn has a question alone."""
    messages = [{"role": "system", "content": "Short questions, each with a short and true answer."}]
    for number in range(turns):
        messages.append({"role": "user", "content": f"{number}. {TURNS[number % len(TURNS)]}"})
        messages.append({"role": "assistant", "content": TURNS[(number + 1) % len(TURNS)]})
    return messages[:-1]


def _item(message: dict[str, Any]) -> dict[str, Any]:
    """As the API of responses has messages; an answer is written in parts."""
    kind = "output_text" if message["role"] == "assistant" else "input_text"
    return {**message, "type": "message", "content": [{"type": kind, "text": message["content"]}]}


def prompt_tokens(url: str, messages: list[dict[str, Any]]) -> int:
    """What the server says after it has answered."""
    body = {"model": "gemma", "messages": messages, "max_tokens": 1, "temperature": 0}
    answer = httpx.post(f"{url}{CHAT}", json=body, timeout=300).raise_for_status().json()
    tokens = answer["usage"]["prompt_tokens"]
    assert isinstance(tokens, int)
    return tokens


def counting(url: str, act: Callable[[Counter], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:

            async def ask(
                method: str, path: str, *, json: Any = None, timeout_s: float = 10, max_bytes: int = 0
            ) -> httpx.Response | None:
                # This model has a processor that it shares, so it may take longer than it would on a GPU.
                return await client.request(method, path, json=json, timeout=60)

            counter = Counter(ask, url)
            try:
                return await act(counter)
            finally:
                await counter.close()

    return asyncio.run(run())


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_chat_is_counted_as_the_server_counts_it(llama_server: str, turns: int) -> None:
    """Through the endpoint for it, in text of many scripts."""
    messages = conversation(turns)

    async def act(counter: Counter) -> tuple[int, bool]:
        fields = {"model": "gemma", "messages": messages}
        counted = await counter.count("gemma", Chat("messages", messages), CHAT, fields)
        return counted.tokens, counted.exact

    assert counting(llama_server, act) == (prompt_tokens(llama_server, messages), True)


@pytest.mark.parametrize(
    ("path", "key", "limit", "beside"),
    [
        ("/v1/messages", "messages", "max_tokens", {"system": "Short answers."}),
        ("/v1/responses", "input", "max_output_tokens", {"instructions": "Short answers."}),
    ],
)
def test_the_other_apis_are_counted_too(
    llama_server: str, path: str, key: str, limit: str, beside: dict[str, Any]
) -> None:
    """With a system message beside the others."""
    messages = [_item(message) if key == "input" else message for message in conversation(3)[1:]]
    fields = {"model": "gemma", key: messages, limit: 1, **beside}

    async def act(counter: Counter) -> tuple[int, bool]:
        chat = read_chat(Call(fields, path=path))
        assert chat is not None
        counted = await counter.count("gemma", chat, path, fields)
        return counted.tokens, counted.exact

    counted = counting(llama_server, act)

    usage = httpx.post(f"{llama_server}{path}", json=fields, timeout=300).raise_for_status().json()["usage"]
    # What came from the server's cache is told apart by one of the two, and within by the other.
    cached = usage.get("cache_read_input_tokens", 0)
    assert counted == (usage["input_tokens"] + cached, True)


def test_the_two_steps_count_the_same(llama_server: str) -> None:
    """`/apply-template` and `/tokenize`, for versions without the one endpoint."""
    messages = conversation(4)
    prompt = httpx.post(f"{llama_server}/apply-template", json={"messages": messages}).json()["prompt"]
    body = {"content": prompt, "add_special": True}
    tokens = httpx.post(f"{llama_server}/tokenize", json=body).json()["tokens"]

    assert len(tokens) == prompt_tokens(llama_server, messages)


def test_a_trimmed_chat_has_the_tokens_that_its_note_says(llama_server: str) -> None:
    """Before and after, and what is sent is within the budget."""
    messages = conversation(24)
    call = Call({"model": "gemma", "messages": messages, "max_tokens": 1})

    async def act(counter: Counter) -> None:
        await Trim(lambda: ShapingConfig(trim_to_tokens=600), counter).apply(call, 4096)

    counting(llama_server, act)

    kept = call.fields["messages"]
    before, after = prompt_tokens(llama_server, messages), prompt_tokens(llama_server, kept)
    assert call.notes == [("Trim", f"dropped={len(messages) - len(kept)}; tokens={before}->{after}; exact")]
    assert after <= 600 < before
    assert (kept[0], kept[-1]) == (messages[0], messages[-1])
    assert kept[1]["role"] == "user"
