# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Long conversations before an Ollama that shows its vocabulary: cut to the budget, exactly and seldom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from green_proxy.tokens.vocabulary import Vocabulary, read_vocabulary
from integration.llama_vocabularies import judged
from integration.proxy_rig import running_proxy
from integration.shaping_rig import (
    SYSTEM,
    Message,
    Stage,
    acting,
    assistant,
    chat,
    counts_of,
    shaping,
    stage,
    user,
)

CHATML = "<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n"
BUDGET = 512
TURNS = 24
NOTE = re.compile(r"dropped=(\d+); tokens=(\d+)->(\d+); (exact|estimate)")

# The first test fetches the vocabularies where they are not there yet.
pytestmark = pytest.mark.timeout(700)


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return {**judged("qwen2").card, "template": CHATML}


@pytest.fixture(scope="module")
def vocabulary(card: dict[str, Any]) -> Vocabulary:
    return read_vocabulary(card)


@pytest.fixture
def server(card: dict[str, Any], vocabulary: Vocabulary) -> Iterator[Stage]:
    with stage(card=card, count=lambda messages: vocabulary.count([rendered(messages)])[0]) as made:
        yield made


def rendered(messages: list[Message]) -> str:
    turns = (f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def dialogue(turns: int) -> list[Message]:
    """Turns of different lengths, Chinese among them, with one more question at the end."""
    messages = [SYSTEM]
    for turn in range(turns):
        messages += user(f"Question {turn}: 天空为什么是蓝色的? " * (1 + turn % 4))
        messages.append(assistant(f"Answer {turn}: sunlight is scattered by the air. " * (1 + turn % 3)))
    return [*messages, *user("And now?")]


async def exactly(client: httpx.AsyncClient) -> None:
    """Return once the vocabulary is there."""
    while True:
        answer = await chat(client, dialogue(TURNS), conversation="first")
        if answer.headers.get("X-Green-Trim", "").endswith("exact"):
            return
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_conversation_that_grows(path: str, server: Stage, vocabulary: Vocabulary) -> None:
    """Within the budget by the model's own count, as the client is told; the prefix stays for many turns."""

    async def act(client: httpx.AsyncClient) -> list[str]:
        await exactly(client)
        server.generations.clear()
        answers = [
            await chat(client, dialogue(turns), path=path, conversation="c1", max_tokens=50)
            for turns in range(TURNS)
        ]
        return [answer.headers.get("X-Green-Trim", "") for answer in answers]

    with running_proxy(server.url, **shaping(trim_to_tokens=BUDGET)) as proxy:
        notes = acting(proxy, act)

    sent = [generation.messages for generation in server.generations]
    tokens = vocabulary.count([rendered(messages) for messages in sent])
    assert max(tokens) <= BUDGET
    assert all(messages[0] == SYSTEM and messages[-1] == user("And now?")[0] for messages in sent)
    for turns, (note, messages, count) in enumerate(zip(notes, sent, tokens, strict=True)):
        whole = dialogue(turns)
        assert messages == [SYSTEM, *whole[len(whole) - len(messages) + 1 :]]
        told = NOTE.fullmatch(note)
        assert (told is None) == (messages == whole)
        if told:
            assert (int(told[1]), int(told[3]), told[4]) == (len(whole) - len(messages), count, "exact")
    cuts = sum(before[1] != now[1] for before, now in pairwise(sent))
    assert 1 <= cuts <= TURNS / 4


@pytest.mark.parametrize("trim", [True, False])
def test_the_switch(trim: bool, server: Stage) -> None:
    """Off, the conversation goes on as it is, and nothing is counted."""

    async def act(client: httpx.AsyncClient) -> tuple[httpx.Response, dict[str, float]]:
        return await chat(client, dialogue(TURNS), conversation="c1"), await counts_of(client)

    with running_proxy(server.url, **shaping(trim=trim, trim_to_tokens=BUDGET)) as proxy:
        answer, counts = acting(proxy, act)

    assert ("X-Green-Trim" in answer.headers) == trim
    assert (server.generations[0].messages == dialogue(TURNS)) == (not trim)
    assert counts["trims_total"] == trim
    assert (counts["trimmed_tokens_total"] > 0) == trim


def test_an_agent_with_many_tools(server: Stage) -> None:
    """Tools alone are over the budget: all goes on as it came, and is marked."""
    tools = [
        {"type": "function", "function": {"name": f"tool_{number}", "description": "word " * 200}}
        for number in range(5)
    ]

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await chat(client, dialogue(TURNS), conversation="c1", tools=tools)

    with running_proxy(server.url, **shaping(trim_to_tokens=BUDGET, cap=False)) as proxy:
        answer = acting(proxy, act)

    assert answer.headers["X-Green-Trim"] == "over-budget"
    assert server.generations[0].messages == dialogue(TURNS)
    assert server.generations[0].body["tools"] == tools


def test_a_tool_call_keeps_its_result(server: Stage) -> None:
    """Wherever the cut falls, each result that is left has its call before it."""
    call = {"function": {"name": "weather", "arguments": {"city": "Bern"}}}
    turn: list[Message] = [
        *user("How is the weather in Bern? " * 5),
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "sunny " * 20, "tool_name": "weather"},
        assistant("It is sunny."),
    ]

    async def act(client: httpx.AsyncClient) -> None:
        for turns in range(4, 16):
            await chat(client, [SYSTEM, *turn * turns, *user("And now?")], conversation="c1")

    with running_proxy(server.url, **shaping(trim_to_tokens=BUDGET)) as proxy:
        acting(proxy, act)

    for messages in (generation.messages for generation in server.generations):
        assert messages[1:-1] == turn * ((len(messages) - 2) // len(turn))
    assert len(server.generations[-1].messages) < 15 * len(turn)
