# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers with the receipt in their last object, as clients that others wrote read them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import ollama
import openai
import pytest

from green_common.feed.messages import Finished
from integration.proxy_rig import WAIT_S, messages_until, running_proxy
from integration.shaping_rig import MODEL, chat, client_of, counted, stage, user
from integration.speech import NDJSON, SSE, events_of, said

ASK = {"X-Green-Receipt": "yes"}
RECEIPT = {
    "outcome": "finished",
    "energy_j": 2.5,
    "uncertainty_j": 0.25,
    "method": "counter",
    "simulated": True,
}
PATHS = ("/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages")


class Telemetry:
    """Has a receipt for everybody, after `after_s`; never where that is None."""

    def __init__(self, path: Path, after_s: float | None = 0.0) -> None:
        self.path = path
        self.after_s = after_s
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while head := await reader.readuntil(b"\r\n\r\n"):
                    await self._answer(head, writer)
        finally:
            writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        request = head.split(b" ")[1].decode().removeprefix("/v1/receipts/").partition("?")[0]
        self.asked.append(request)
        if self.after_s is None:
            await asyncio.sleep(WAIT_S)
        await asyncio.sleep(self.after_s or 0.0)
        body = json.dumps({"event": "receipt", "request": request, **RECEIPT}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


@contextlib.contextmanager
def telemetry(path: Path, after_s: float | None = 0.0) -> Iterator[Telemetry]:
    """In a thread, so that tests with loops of their own can use it."""
    made, ready = Telemetry(path, after_s), threading.Event()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_unix_server(made.serve, path)
        ready.set()
        await over.wait()
        server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(WAIT_S)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(WAIT_S)
        loop.close()


@pytest.fixture
def live_socket(tmp_path: Path) -> Path:
    return tmp_path / "live.sock"


@contextlib.contextmanager
def scene(live_socket: Path, *, held: bool = False) -> Iterator[tuple[Any, Any]]:
    with (
        stage(held=held) as server,
        running_proxy(server.url, GREEN_TELEMETRY_LIVE_SOCKET=live_socket) as proxy,
    ):
        yield server, proxy


def last_object(response: httpx.Response) -> dict[str, Any]:
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type == SSE:
        return events_of(response)[-1]
    last: dict[str, Any] = json.loads(response.text.splitlines()[-1])
    assert media_type == NDJSON or len(response.text.splitlines()) == 1
    return last


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_the_last_object_has_the_receipt(live_socket: Path, path: str, stream: bool) -> None:
    """For who asks; the others' answers are as they were."""

    async def play(proxy: Any) -> tuple[httpx.Response, httpx.Response]:
        async with client_of(proxy) as client:
            fields: dict[str, Any] = {"path": path, "stream": stream, "prompt": "Hi", "max_tokens": 9}
            return (
                await chat(client, user("Hi"), headers=ASK, **fields),
                await chat(client, user("Hi"), **fields),
            )

    with telemetry(live_socket) as telling, scene(live_socket) as (_, proxy):
        with_one, without = asyncio.run(play(proxy))

    request = with_one.headers["X-Green-Request-Id"]
    assert telling.asked == [request]
    assert last_object(with_one)["green"] == {"request": request, **RECEIPT}
    assert "green" not in without.text
    assert said(with_one) == "answer 1"
    assert said(without) == "answer 2"


@pytest.mark.parametrize("there", [False, True])
def test_without_a_receipt_the_answer_is_whole(live_socket: Path, there: bool) -> None:
    """At once where there is no telemetry, after two seconds where it is slow."""
    began_s = time.monotonic()
    with contextlib.ExitStack() as opened:
        if there:
            opened.enter_context(telemetry(live_socket, None))
        _, proxy = opened.enter_context(scene(live_socket))
        began_s = time.monotonic()
        answer = httpx.post(
            f"{proxy.url}/api/chat",
            json={"model": MODEL, "messages": user("Hi")},
            headers=ASK,
            timeout=WAIT_S,
        )
        took_s = time.monotonic() - began_s

    green = last_object(answer)["green"]
    assert green == {"request": answer.headers["X-Green-Request-Id"], "receipt": "pending"}
    assert took_s >= 2.0 if there else took_s < 1.0
    assert took_s < 3.0


def test_who_waits_for_a_receipt_has_no_slot(live_socket: Path) -> None:
    """The generation has ended: the feed says so, and nothing is in flight or has a slot."""
    with telemetry(live_socket, 1.0), scene(live_socket) as (_, proxy):
        feed = proxy.feed()
        url, body = f"{proxy.url}/api/chat", {"model": MODEL, "messages": user("Hi")}
        asking = threading.Thread(target=lambda: httpx.post(url, json=body, headers=ASK, timeout=WAIT_S))
        asking.start()
        messages_until(feed, Finished)
        status = httpx.get(f"{proxy.url}/-/status").json()
        waits = asking.is_alive()
        asking.join(WAIT_S)

    assert waits
    assert (status["in_flight"], status["counts"]["running"]) == (0, 0)


def test_each_of_a_shared_generation_gets_its_own(live_socket: Path) -> None:
    """Who asks, and not who joined without asking."""

    async def play(server: Any, proxy: Any) -> list[httpx.Response]:
        async with client_of(proxy) as client:
            fields: dict[str, Any] = {"conversation": "c", "options": {"temperature": 0}}
            first = asyncio.ensure_future(chat(client, user("Hi"), headers=ASK, **fields))
            await server.arrived(1)
            others = [
                asyncio.ensure_future(chat(client, user("Hi"), headers=headers, **fields))
                for headers in (ASK, {})
            ]
            await counted(client, lambda counts: counts["merged_identical_total"] == 2)
            server.end(*server.generations)
            return await asyncio.gather(first, *others)

    with telemetry(live_socket), scene(live_socket, held=True) as (server, proxy):
        answers = asyncio.run(play(server, proxy))

    greens = [last_object(answer).get("green") for answer in answers]
    assert len(server.generations) == 1
    assert [green and green["request"] for green in greens] == [
        *(answer.headers["X-Green-Request-Id"] for answer in answers[:2]),
        None,
    ]


# Clients that others wrote.


@contextlib.asynccontextmanager
async def _official_ollama(url: str) -> AsyncIterator[ollama.AsyncClient]:
    official = ollama.AsyncClient(host=url, headers=ASK)
    yield official
    await official._client.aclose()


@pytest.mark.parametrize("stream", [False, True])
def test_the_official_client_of_ollama(live_socket: Path, stream: bool) -> None:
    """Reads the answer as ever."""

    async def play(url: str) -> tuple[bool | None, str | None]:
        async with _official_ollama(url) as official:
            if not stream:
                whole = await official.chat(MODEL, user("Hi"))
                return whole.done, whole.message.content
            parts = [part async for part in await official.chat(MODEL, user("Hi"), stream=True)]
            return parts[-1].done, "".join(part.message.content or "" for part in parts)

    with telemetry(live_socket), scene(live_socket) as (_, proxy):
        assert asyncio.run(play(proxy.url)) == (True, "answer 1")


@pytest.mark.parametrize("usage", [False, True])
def test_the_official_client_of_openai(live_socket: Path, usage: bool) -> None:
    """Reads the answer as ever, and the receipt as what it does not know."""

    async def play(url: str) -> Any:
        async with openai.AsyncOpenAI(
            base_url=f"{url}/v1", api_key="none", default_headers=ASK, max_retries=0
        ) as official:
            messages: Any = user("Hi")
            more: Any = {"stream_options": {"include_usage": True}} if usage else {}
            whole = await official.chat.completions.create(model=MODEL, messages=messages)
            streamed = await official.chat.completions.create(
                model=MODEL, messages=messages, stream=True, **more
            )
            return whole, [chunk async for chunk in streamed]

    with telemetry(live_socket), scene(live_socket) as (_, proxy):
        whole, chunks = asyncio.run(play(proxy.url))

    assert whole.choices[0].message.content == "answer 1"
    assert whole.model_extra["green"]["energy_j"] == 2.5
    assert (chunks[-1].usage is not None) is usage
    assert chunks[-1].model_extra["green"]["energy_j"] == 2.5
    assert all("green" not in chunk.model_extra for chunk in chunks[:-1])
