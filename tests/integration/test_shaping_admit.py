# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waiting room before the model server's slots: bounded, fair, visible."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from green_common.feed.messages import Cancelled
from integration.proxy_rig import messages_until, running_proxy
from integration.shaping_rig import (
    Stage,
    acting,
    chat,
    counted,
    counts_of,
    ended,
    keys_file,
    shaping,
    stage,
    user,
)

PATHS = ("/api/chat", "/v1/chat/completions", "/v1/messages")
BATCH = {"X-Green-Priority": "batch"}


def ask(client: httpx.AsyncClient, text: str, **fields: Any) -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(chat(client, user(text), **fields))


async def waiting(client: httpx.AsyncClient, count: int) -> None:
    await counted(client, lambda counts: counts["waiting"] == count)


async def end_all(server: Stage) -> None:
    """One generation after another, oldest first."""
    ended_so_far = 0
    while server.running:
        if ended_so_far < len(server.generations):
            server.end(server.generations[ended_so_far])
            ended_so_far += 1
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("admit", [True, False])
def test_never_more_than_slots(admit: bool) -> None:
    """Ten requests for two slots: two at a time, each waiter told his place and his wait."""

    async def act(client: httpx.AsyncClient) -> tuple[list[httpx.Response], dict[str, float]]:
        asking = [ask(client, str(number)) for number in range(10)]
        if admit:
            await waiting(client, 8)
        await server.arrived(2 if admit else 10)
        await end_all(server)
        return list(await asyncio.gather(*asking)), await counts_of(client)

    with stage(held=True) as server, running_proxy(server.url, **shaping(slots=2, admit=admit)) as proxy:
        answers, counts = acting(proxy, act)

    notes = [answer.headers["X-Green-Queue"] for answer in answers if "X-Green-Queue" in answer.headers]
    assert {answer.status_code for answer in answers} == {200}
    assert server.most_running == (2 if admit else 10)
    assert len(notes) == counts["waited_total"] == (8 if admit else 0)
    assert sorted(note.partition("position=")[2] for note in notes) == [
        str(1 + number) for number in range(len(notes))
    ]
    assert all(note.startswith("waited=") for note in notes)


def test_clients_take_turns(tmp_path: Path) -> None:
    """Who came with ten requests first does not hold up the one request of another."""
    path, keys = keys_file(tmp_path, ann="personal", bob="personal")

    async def act(client: httpx.AsyncClient) -> None:
        client.headers["Authorization"] = f"Bearer {keys['ann']}"
        asking = [ask(client, "ann 0")]
        await server.arrived(1)
        for number in range(1, 6):
            asking.append(ask(client, f"ann {number}"))
            await waiting(client, number)
        for number in range(2):
            asking.append(ask(client, f"bob {number}", key=keys["bob"]))
            await waiting(client, 6 + number)
        await end_all(server)
        await asyncio.gather(*asking)

    with (
        stage(held=True) as server,
        running_proxy(server.url, keys_file=path, **shaping(slots=1, merge=False)) as proxy,
    ):
        acting(proxy, act)

    order = [generation.messages[0]["content"] for generation in server.generations]
    assert order == ["ann 0", "ann 1", "bob 0", "ann 2", "bob 1", "ann 3", "ann 4", "ann 5"]


def test_work_that_can_wait_goes_together() -> None:
    """Jobs of batch priority wait for a full batch, while an interactive request goes at once."""

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        jobs = [ask(client, f"job {number}", headers=BATCH) for number in range(3)]
        await waiting(client, 3)
        urgent = ask(client, "urgent")
        await server.arrived(1)
        assert server.generations[0].messages == user("urgent")
        server.end(server.generations[0])
        await urgent
        jobs.append(ask(client, "job 3", headers=BATCH))
        await server.arrived(5)
        server.end(*server.generations)
        return list(await asyncio.gather(*jobs))

    with stage(held=True) as server, running_proxy(server.url, **shaping(slots=4)) as proxy:
        answers = acting(proxy, act)

    arrivals = [generation.arrived_s for generation in server.generations[1:]]
    assert max(arrivals) - min(arrivals) < 0.1
    assert all("X-Green-Queue" in answer.headers for answer in answers[:3])


def test_work_that_can_wait_does_not_wait_for_ever() -> None:
    """Alone it goes after batch_wait_s."""

    async def act(client: httpx.AsyncClient) -> float:
        began_s = time.monotonic()
        await ask(client, "job", headers=BATCH)
        return time.monotonic() - began_s

    with stage() as server, running_proxy(server.url, **shaping(slots=4, batch_wait_s=0.3)) as proxy:
        took_s = acting(proxy, act)

    assert 0.3 <= took_s < 0.6


@pytest.mark.parametrize("path", PATHS)
def test_a_full_room(path: str) -> None:
    """503 with Retry-After in the client's dialect, at once; the feed says why."""

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        asking = [ask(client, "one"), ask(client, "two")]
        await waiting(client, 1)
        refused = await ask(client, "three", path=path)
        server.end(*await server.arrived(1))
        server.end(*await server.arrived(2))
        await asyncio.gather(*asking)
        return refused

    settings = shaping(slots=1, queue_limit=1)
    with stage(held=True) as server, running_proxy(server.url, **settings) as proxy:
        feed = proxy.feed()
        answer = acting(proxy, act)
        cancelled = messages_until(feed, Cancelled)[-1]

    error = answer.json()["error"]
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "shaping.queue_limit" in (error if path == "/api/chat" else error["message"])
    assert (answer.json().get("type") == "error") == (path == "/v1/messages")
    assert cancelled.reason == "refused"


def test_a_client_that_leaves_while_it_waits() -> None:
    """Its place is free at once, it never reaches the model server, and the next one gets the slot."""

    async def act(client: httpx.AsyncClient) -> None:
        first = ask(client, "one")
        await server.arrived(1)
        second = ask(client, "two")
        await waiting(client, 1)
        third = ask(client, "three")
        await waiting(client, 2)
        await ended(second)
        await waiting(client, 1)
        server.end(server.generations[0])
        await server.arrived(2)
        server.end(*server.generations)
        await asyncio.gather(first, third)
        assert (await counts_of(client))["left_waiting_total"] == 1

    with stage(held=True) as server, running_proxy(server.url, **shaping(slots=1)) as proxy:
        acting(proxy, act)

    assert [generation.messages[0]["content"] for generation in server.generations] == ["one", "three"]


def test_more_slots_after_a_reload(tmp_path: Path) -> None:
    """SIGHUP lets those go that the new settings have room for; fewer slots hold for the next ones."""
    config = tmp_path / "green-qwen.toml"
    config.write_text("[shaping]\nslots = 1\n")

    async def act(client: httpx.AsyncClient) -> None:
        asking = [ask(client, str(number)) for number in range(4)]
        await waiting(client, 3)
        config.write_text("[shaping]\nslots = 3\n")
        proxy.process.send_signal(signal.SIGHUP)
        await server.arrived(3)
        assert (await counts_of(client))["waiting"] == 1
        config.write_text("[shaping]\nslots = 1\n")
        proxy.process.send_signal(signal.SIGHUP)
        for _ in range(2):
            proxy.wait_for("READY=1")
        server.end(*server.generations[:2])
        await asyncio.sleep(0.1)
        assert len(server.generations) == 3
        server.end(server.generations[2])
        await server.arrived(4)
        server.end(server.generations[3])
        await asyncio.gather(*asking)

    with stage(held=True) as server, running_proxy(server.url, config=config) as proxy:
        acting(proxy, act)
