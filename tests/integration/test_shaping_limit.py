# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Thinking, the cap on answers, images, requests in flight, and bodies: what one request may cost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.proxy_rig import running_proxy
from integration.raw_http import connection
from integration.shaping_rig import (
    MODEL,
    acting,
    chat,
    counted,
    keys_file,
    shaping,
    stage,
    user,
)
from integration.sim_rig import simulation

V1 = "/v1/chat/completions"
MIB = 1 << 20
IMAGE = "iVBORw0KGgo="


def forwarded(
    fields: dict[str, Any], path: str = "/api/chat", **settings: Any
) -> tuple[dict[str, Any], httpx.Response]:
    """What arrives at the model server, and the client's answer."""

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await chat(client, user("Hi"), path=path, **fields)

    with stage() as server, running_proxy(server.url, **settings) as proxy:
        answer = acting(proxy, act)
    return server.generations[0].body if server.generations else {}, answer


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [("/api/chat", "think", False), (V1, "reasoning_effort", "none")],
)
@pytest.mark.parametrize(
    ("settings", "off"),
    [
        ({"thinking": "off"}, True),
        ({"thinking_off_models": [MODEL]}, True),
        ({"thinking_off_clients": ["127.0.0.1"]}, True),
        ({"thinking_off_models": ["other"], "thinking_off_clients": ["ann"]}, False),
        ({}, False),
    ],
    ids=["all", "model", "client", "others", "left"],
)
def test_thinking(settings: dict[str, object], off: bool, path: str, name: str, value: object) -> None:
    """Off by setting, model or client in the words of each dialect, and the client is told; else left."""
    asked: dict[str, Any] = {"think": True} if path == "/api/chat" else {"reasoning_effort": "high"}

    body, answer = forwarded(asked, path, **shaping(**settings))

    assert body[name] == (value if off else asked[name])
    assert answer.headers.get("X-Green-Thinking") == ("off" if off else None)


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_thinking_of_one_person(name: str, tmp_path: Path) -> None:
    """By the name of the key."""
    path, keys = keys_file(tmp_path, ann="personal", bob="personal")
    settings: dict[str, Any] = {"keys_file": path, **shaping(thinking_off_clients=["ann"])}

    body, _ = forwarded({"key": keys[name], "think": True}, **settings)

    assert body["think"] is (name != "ann")


@pytest.mark.parametrize("thinking", ["leave", "off"])
def test_thinking_costs_nothing_when_off(thinking: str, tmp_path: Path) -> None:
    """The simulated model generates its answer alone."""

    async def act(client: httpx.AsyncClient) -> None:
        assert (await chat(client, user("Hi"))).status_code == 200

    arguments = ("--answer-tokens", "2", "--think-tokens", "5", "--load-s", "0.05")
    with simulation(tmp_path, *arguments) as running:
        with running_proxy(running.url, **shaping(thinking=thinking)) as proxy:
            acting(proxy, act)
        generated = running.requests()[-1]["generated_tokens"]

    assert generated == (2 if thinking == "off" else 7)


@pytest.mark.parametrize(
    ("settings", "asked", "given", "told"),
    [
        ({}, None, 2048, "2048"),
        ({}, 5, 5, None),
        ({}, -1, 2048, "2048"),
        ({}, 9000, 2048, "2048"),
        ({"max_output_tokens": 100}, 9000, 100, "100"),
        ({"cap": False}, 9000, 9000, None),
        ({"cap": False}, None, None, None),
    ],
)
@pytest.mark.parametrize("path", ["/api/chat", V1])
def test_the_cap(
    path: str, settings: dict[str, object], asked: int | None, given: int | None, told: str | None
) -> None:
    """As installed it is the context's length; a lower wish of the client stays."""
    fields: dict[str, Any] = {} if asked is None else {"options": {"num_predict": asked}, "max_tokens": asked}

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        # The first one finds out how long the context is.
        await chat(client, user("Hi"))
        await until_the_context_is_known(client)
        return await chat(client, user("Hi"), path=path, **fields)

    async def until_the_context_is_known(client: httpx.AsyncClient) -> None:
        capped = not settings.get("cap", True)
        while not capped:
            await asyncio.sleep(0.01)
            capped = "X-Green-Cap" in (await chat(client, user("Hi"))).headers

    with stage(context_tokens=2048) as server, running_proxy(server.url, **shaping(**settings)) as proxy:
        answer = acting(proxy, act)

    body = server.generations[-1].body
    limit = body.get("max_tokens") if path == V1 else (body.get("options") or {}).get("num_predict")
    assert limit == given
    assert answer.headers.get("X-Green-Cap") == told


@pytest.mark.parametrize(("max_images", "status"), [(1, 400), (2, 200), (0, 200)])
def test_images(max_images: int, status: int) -> None:
    """Too many are refused in words that name the key, and cost the model server nothing."""
    messages = [{"role": "user", "content": "What is this?", "images": [IMAGE, IMAGE]}]

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await chat(client, messages)

    with stage() as server, running_proxy(server.url, **shaping(max_images=max_images)) as proxy:
        answer = acting(proxy, act)

    assert answer.status_code == status
    assert len(server.generations) == (status == 200)
    if status == 400:
        assert "shaping.max_images" in answer.json()["error"]


@pytest.mark.parametrize("limit", [2, 0])
def test_requests_of_one_client(limit: int, tmp_path: Path) -> None:
    """Over its limit a client gets 429 with Retry-After in its dialect; others and later ones get in."""
    path, keys = keys_file(tmp_path, ann="personal", bob="personal")

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        def ask(name: str, text: str, path: str = "/api/chat") -> asyncio.Task[httpx.Response]:
            return asyncio.create_task(chat(client, user(text), path=path, key=keys[name]))

        asking = [ask("ann", "one"), ask("ann", "two")]
        await server.arrived(2)
        third, other = ask("ann", "three", V1), ask("bob", "one")
        await server.arrived(3 if limit else 4)
        if limit:
            await third
        server.end(*server.generations)
        answers = list(await asyncio.gather(*asking, third, other))
        server.held = False
        return [*answers, await ask("ann", "four")]

    with (
        stage(held=True) as server,
        running_proxy(server.url, keys_file=path, **shaping(client_in_flight=limit)) as proxy,
    ):
        answers = acting(proxy, act)

    refused = answers[2]
    assert [answer.status_code for answer in answers] == [200, 200, 429 if limit else 200, 200, 200]
    if limit:
        assert refused.headers["Retry-After"] == "1"
        assert refused.json()["error"]["type"] == "rate_limit_error"
        assert "shaping.client_in_flight" in refused.json()["error"]["message"]


def test_the_room_that_all_bodies_share() -> None:
    """503 with Retry-After where another body has taken it, and room again once that one is gone."""
    body = json.dumps({"model": MODEL, "prompt": "x" * (MIB - 2000), "stream": False}).encode()

    async def act(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        with connection(proxy.url) as slow:
            head = "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            slow.send(head.encode() + b"{")
            await until_counted(client, 1_000_000)
            refused = await client.post("/api/generate", content=body)
        await until_counted(client, 0)
        return refused, await client.post("/api/generate", content=body)

    async def until_counted(client: httpx.AsyncClient, size: int) -> None:
        await counted(client, lambda counts: counts["bodies_bytes"] == size)

    with stage() as server, running_proxy(server.url, bodies_limit_mib=1) as proxy:
        refused, later = acting(proxy, act)

    assert (refused.status_code, later.status_code) == (503, 200)
    assert refused.headers["Retry-After"] == "1"
    assert "proxy.bodies_limit_mib" in refused.json()["error"]
    assert len(server.generations) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_one_body(chunked: bool) -> None:
    """413 in the client's dialect above the limit, at once or as soon as it shows."""
    body = json.dumps({"model": MODEL, "prompt": "x" * MIB}).encode()

    async def pieces() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/completions", content=pieces() if chunked else body)

    with stage() as server, running_proxy(server.url, body_limit_mib=1) as proxy:
        answer = acting(proxy, act)

    assert answer.status_code == 413
    assert "proxy.body_limit_mib" in answer.json()["error"]["message"]
    assert server.generations == []
