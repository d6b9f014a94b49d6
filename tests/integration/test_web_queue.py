# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The place in the queue, as a page asks for it by its conversation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from integration.proxy_rig import WAIT_S, free_port, running_proxy
from integration.shaping_rig import chat, keys_file, shaping, stage, user


async def place_of(
    client: httpx.AsyncClient, conversation: str, key: str | None = None
) -> list[dict[str, Any]]:
    headers = {"X-Green-Conversation": conversation} | ({"X-Api-Key": key} if key else {})
    answer = await client.get("/-/queue", headers=headers)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["requests"]
    return found


async def place_once(
    client: httpx.AsyncClient, conversation: str, state: str, key: str | None = None
) -> dict[str, Any]:
    """The one request of the conversation, once it is in this state."""
    for _ in range(2000):
        found = await place_of(client, conversation, key)
        if [one["state"] for one in found] == [state]:
            return found[0]
        await asyncio.sleep(0.005)
    raise AssertionError(f"{conversation} never was {state}: {found}")


def test_from_the_line_to_the_answer_and_away() -> None:
    """With a place and a guess of the wait; another conversation is told nothing of it."""
    address = f"127.0.0.1:{free_port()}"

    async def ask(base: str) -> tuple[Any, ...]:
        async with httpx.AsyncClient(base_url=base, timeout=WAIT_S) as client:
            first = asyncio.ensure_future(chat(client, user("Hi"), conversation="first"))
            await server.arrived(1)
            second = asyncio.ensure_future(chat(client, user("Ho"), conversation="second"))
            waiting = await place_once(client, "second", "waiting")
            running = await place_once(client, "first", "prefill")
            other = await place_of(client, "third")
            server.end(server.generations[0])
            server.end(*[(await server.arrived(2))[1]])
            answers = await asyncio.gather(first, second)
            return waiting, running, other, await place_of(client, "second"), answers

    with stage(held=True) as server, running_proxy(server.url, gateway=address, **shaping(slots=1)):
        waiting, running, other, after, answers = asyncio.run(ask(f"http://{address}"))

    assert waiting["position"] == 1
    assert waiting["expected_wait_s"] >= 0
    assert waiting["request"] == answers[1].headers["x-green-request-id"]
    assert running["request"] == answers[0].headers["x-green-request-id"]
    assert (other, after) == ([], [])


def test_nobody_finds_anothers_conversation(tmp_path: Path) -> None:
    """The same name under another key is another conversation."""
    address = f"127.0.0.1:{free_port()}"
    file, keys = keys_file(tmp_path, ann="personal", bob="personal")

    async def ask(base: str) -> tuple[Any, Any]:
        async with httpx.AsyncClient(base_url=base, timeout=WAIT_S) as client:
            asking = asyncio.ensure_future(chat(client, user("Hi"), conversation="one", key=keys["ann"]))
            mine = await place_once(client, "one", "prefill", keys["ann"])
            theirs = await place_of(client, "one", keys["bob"])
            server.end(server.generations[0])
            await asking
            return mine, theirs

    with stage(held=True) as server, running_proxy(server.url, gateway=address, keys_file=file):
        mine, theirs = asyncio.run(ask(f"http://{address}"))

    assert mine["state"] == "prefill"
    assert theirs == []
