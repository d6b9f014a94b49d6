# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who asks, and of which conversation: two people are never mixed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.proxy_rig import running_proxy
from integration.shaping_rig import (
    SYSTEM,
    Message,
    Stage,
    acting,
    assistant,
    chat,
    counted,
    counts_of,
    keys_file,
    stage,
    user,
)
from integration.speech import said

USERS = 12
COLD: dict[str, Any] = {"options": {"temperature": 0, "seed": 1}}
# What one window of time would join, and what one conversation would be superseded by.
NEAR = ("Hello", "Hello!", "hello", "Hello, who are you?")
SHAPED = ("X-Green-Merge", "X-Green-Trim")


async def each_gets_his_own(client: httpx.AsyncClient, server: Stage, asks: list[dict[str, Any]]) -> None:
    """All ask at once; nobody's generation begins to speak before everybody's has arrived."""
    asking = [asyncio.create_task(chat(client, **ask, **COLD)) for ask in asks]
    await server.arrived(len(asks))
    server.end(*server.generations)
    answers = await asyncio.gather(*asking)
    asked = {generation.text: generation.messages for generation in server.generations}

    assert len({said(answer) for answer in answers}) == len(asks)
    assert [asked[said(answer)] for answer in answers] == [ask["messages"] for ask in asks]
    assert not [name for answer in answers for name in SHAPED if name in answer.headers]


def first_messages() -> list[list[Message]]:
    """Equal and nearly equal ones, all after the same system prompt."""
    return [[SYSTEM, *user(NEAR[number % len(NEAR)])] for number in range(USERS)]


def later_messages() -> list[list[Message]]:
    """The same first turns for all, as a front end's example prompts make them, and long since then."""
    history = [SYSTEM, *user("Hello"), assistant("Hi. " * 10_000)]
    return [[*history, *user(NEAR[number % len(NEAR)])] for number in range(USERS)]


@pytest.mark.parametrize("shared_key", [False, True], ids=["one address", "one shared key"])
@pytest.mark.parametrize("messages", [first_messages(), later_messages()], ids=["first", "later"])
def test_the_users_of_one_front_end(messages: list[list[Message]], shared_key: bool, tmp_path: Path) -> None:
    """Behind Open WebUI everyone is one peer with one system prompt: nothing is merged or trimmed."""
    path, keys = keys_file(tmp_path, webui="shared")
    settings = {"keys_file": path} if shared_key else {}
    key = keys["webui"] if shared_key else None

    async def act(client: httpx.AsyncClient) -> None:
        await each_gets_his_own(client, server, [{"messages": each, "key": key} for each in messages])

    with stage(held=True) as server, running_proxy(server.url, **settings) as proxy:
        acting(proxy, act)


def test_chats_that_the_front_end_names(tmp_path: Path) -> None:
    """With Open WebUI's own header each chat is a conversation: equal ones of two chats stay apart."""
    path, keys = keys_file(tmp_path, webui="shared")
    asks: list[dict[str, Any]] = [
        {
            "messages": [SYSTEM, *user("Hello")],
            "key": keys["webui"],
            "headers": {"X-OpenWebUI-Chat-Id": f"chat-{number}"},
        }
        for number in range(USERS)
    ]
    settings = {"keys_file": path, "conversation_header": "X-OpenWebUI-Chat-Id"}

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        await each_gets_his_own(client, server, asks)
        again = [asyncio.create_task(chat(client, **asks[0], **COLD)) for _ in range(2)]
        await counted(client, lambda counts: counts["merged_identical_total"] == 1, keys["webui"])
        await server.arrived(USERS + 1)
        server.end(server.generations[-1])
        return await asyncio.gather(*again)

    with stage(held=True) as server, running_proxy(server.url, **settings) as proxy:
        again = acting(proxy, act)

    assert len(server.generations) == USERS + 1
    assert said(again[0]) == said(again[1])


def test_two_people_with_one_name_for_their_conversations(tmp_path: Path) -> None:
    """A conversation is its person's: 'default' of one is not 'default' of another."""
    path, keys = keys_file(tmp_path, ann="personal", bob="personal")
    asks = [
        {"messages": user("Hello"), "key": keys[name], "conversation": "default"} for name in ("ann", "bob")
    ]

    async def act(client: httpx.AsyncClient) -> None:
        await each_gets_his_own(client, server, asks)

    with stage(held=True) as server, running_proxy(server.url, keys_file=path) as proxy:
        acting(proxy, act)


@pytest.mark.parametrize("kind", ["personal", "shared"])
def test_what_a_key_says(kind: str, tmp_path: Path) -> None:
    """With a key of one's own a request may be merged without any header, with a shared one it may not."""
    path, keys = keys_file(tmp_path, ann=kind)

    async def act(client: httpx.AsyncClient) -> float:
        asking = [asyncio.create_task(chat(client, user("Hello"), key=keys["ann"], **COLD)) for _ in range(2)]
        await server.arrived(1 if kind == "personal" else 2)
        server.end(*server.generations)
        await asyncio.gather(*asking)
        return (await counts_of_ann(client))["merged_identical_total"]

    async def counts_of_ann(client: httpx.AsyncClient) -> dict[str, float]:
        client.headers["Authorization"] = f"Bearer {keys['ann']}"
        return await counts_of(client)

    with stage(held=True) as server, running_proxy(server.url, keys_file=path) as proxy:
        merged = acting(proxy, act)

    assert merged == (1 if kind == "personal" else 0)
    assert len(server.generations) == (1 if kind == "personal" else 2)


def test_a_conversation_known_by_its_prefix(tmp_path: Path) -> None:
    """With a key of one's own, what holds an assistant's turn is known again: a newer request takes over."""
    path, keys = keys_file(tmp_path, ann="personal")
    history = [SYSTEM, *user("Hello"), assistant("Hi.")]

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        first = asyncio.create_task(chat(client, [*history, *user("one")], key=keys["ann"]))
        await server.arrived(1)
        second = chat(client, [*history, *user("one"), assistant("1"), *user("two")], key=keys["ann"])
        asking = asyncio.create_task(second)
        await server.arrived(2)
        server.end(*server.generations)
        return list(await asyncio.gather(first, asking))

    with stage(held=True) as server, running_proxy(server.url, keys_file=path) as proxy:
        first, second = acting(proxy, act)

    assert said(first) == said(second) == "answer 2"
    assert "superseded" in first.headers["X-Green-Merge"]


@pytest.mark.parametrize("value", ["x" * 201, "a\tb"])
def test_a_conversation_that_is_no_name(value: str) -> None:
    """400, in words that tell the header, and nothing is forwarded."""

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await chat(client, user("Hello"), conversation=value)

    with stage() as server, running_proxy(server.url) as proxy:
        answer = acting(proxy, act)

    assert answer.status_code == 400
    assert "X-Green-Conversation" in answer.json()["error"]
    assert server.generations == []
