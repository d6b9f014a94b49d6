# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Loads on the proxy's own account: no impatient client gives up a load that others wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from green_common.feed.messages import (
    Accepted,
    Finished,
    Forwarded,
    Granted,
    Hold,
    LoadFinished,
    LoadStarted,
    Released,
)
from integration.proxy_rig import messages_until, running_proxy
from integration.shaping_rig import MODEL, acting, chat, counted, counts_of, ended, shaping, stage, user
from integration.sim_rig import Simulation, simulation

LOAD_S = 1.0
QUICK = ("--answer-tokens", "1", "--think-tokens", "0", "--load-s", str(LOAD_S))


def loads(running: Simulation) -> int:
    return sum(request["load_j"] > 0 for request in running.requests())


async def load_begun(client: httpx.AsyncClient) -> None:
    await counted(client, lambda counts: counts["loading"] == 1)


@pytest.mark.parametrize("leaves", [True, False])
def test_a_client_that_leaves_during_the_load(leaves: bool, tmp_path: Path) -> None:
    """The load goes on to its end, and the next request finds the model there."""

    async def act(client: httpx.AsyncClient) -> float:
        first = asyncio.create_task(chat(client, user("Hi")))
        await load_begun(client)
        await asyncio.sleep(LOAD_S / 4)
        if leaves:
            await ended(first)
            assert (await client.get("/-/status")).json()["in_flight"] == 1
        await counted(client, lambda counts: counts["loading"] == 0)
        began_s = time.monotonic()
        assert (await chat(client, user("Hello"))).status_code == 200
        took_s = time.monotonic() - began_s
        assert (await counts_of(client))["loads_outliving_their_client_total"] == leaves
        await asyncio.gather(first, return_exceptions=True)
        return took_s

    with simulation(tmp_path, *QUICK) as running, running_proxy(running.url) as proxy:
        took_s = acting(proxy, act)
        stages = [request["stage"] for request in running.requests()]
        assert loads(running) == 1

    assert took_s < LOAD_S / 2
    assert set(stages) == {"finished"}


def test_without_the_proxy_the_load_is_given_up(tmp_path: Path) -> None:
    """What the step is for: the simulation does as Ollama does."""

    async def act() -> None:
        async with httpx.AsyncClient(base_url=running.url, timeout=10) as client:
            first = asyncio.create_task(chat(client, user("Hi")))
            await asyncio.sleep(LOAD_S / 4)
            await ended(first)
            await chat(client, user("Hello"))

    with simulation(tmp_path, *QUICK) as running:
        asyncio.run(act())
        assert loads(running) == 2


def test_two_clients_and_one_load(tmp_path: Path) -> None:
    """Both wait for it; the feed tells it as nobody's generation."""

    async def act(client: httpx.AsyncClient) -> None:
        asking = [chat(client, user(str(number))) for number in range(2)]
        assert {answer.status_code for answer in await asyncio.gather(*asking)} == {200}
        counts = await counts_of(client)
        assert (counts["loads_total"], counts["waited_for_load_total"]) == (1, 2)

    with simulation(tmp_path, *QUICK) as running, running_proxy(running.url) as proxy:
        feed = proxy.feed()
        acting(proxy, act)
        begun = messages_until(feed, LoadStarted)
        finished = messages_until(feed, LoadFinished)[-1]
        assert loads(running) == 1

    forwarded = next(message for message in begun if isinstance(message, Forwarded))
    assert forwarded.requests == ()
    assert forwarded.model == MODEL
    assert forwarded.generation == begun[-1].generation == finished.generation


def test_a_load_that_takes_too_long(tmp_path: Path) -> None:
    """504 that names the key, for all that waited."""

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        asking = [chat(client, user("Hi"), path=path) for path in ("/api/chat", "/v1/chat/completions")]
        return list(await asyncio.gather(*asking))

    arguments = (*QUICK[:-1], "30")
    with simulation(tmp_path, *arguments) as running:
        with running_proxy(running.url, load_timeout_s=1) as proxy:
            answers = acting(proxy, act)
        assert running.requests()[0]["stage"] == "cancelled"

    assert [answer.status_code for answer in answers] == [504, 504]
    assert "proxy.load_timeout_s" in answers[0].json()["error"]
    assert "proxy.load_timeout_s" in answers[1].json()["error"]["message"]


@pytest.mark.parametrize("wake_wait_ms", [1000, 0])
def test_the_wake_overlaps_with_the_body(wake_wait_ms: int) -> None:
    """Announced once the head is read, so that clocks rise while the body still comes."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"model": "qwen3:32b", "messages": [{"role": "user", '
        assert isinstance(messages_until(feed, Accepted)[-1], Accepted)
        assert server.generations == []
        if wake_wait_ms:
            feed.send(Released(7))
        yield b'"content": "Hi"}], "stream": false}'

    async def act(client: httpx.AsyncClient) -> None:
        began_s = time.monotonic()
        answer = await client.post("/api/chat", content=body())
        assert answer.status_code == 200
        assert time.monotonic() - began_s < 0.8

    with stage() as server, running_proxy(server.url, wake_wait_ms=wake_wait_ms, **shaping()) as proxy:
        feed = proxy.feed()
        feed.send(Hold(7))
        messages_until(feed, Granted)
        acting(proxy, act)
        messages_until(feed, Finished)
