# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests that share one generation: every caller gets a proper answer, and is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import ollama
import openai
import pytest

from green_common.feed.messages import Cancelled, Finished
from integration.proxy_rig import Proxy, messages_until, running_proxy
from integration.shaping_rig import (
    MODEL,
    SYSTEM,
    Message,
    Stage,
    acting,
    assistant,
    chat,
    counts_of,
    ended,
    shaping,
    stage,
    until,
    user,
)
from integration.speech import OUTPUT_TOKENS, events_of, said

Act = Callable[[httpx.AsyncClient], Awaitable[Any]]
PATHS = ("/api/chat", "/v1/chat/completions", "/v1/messages")
WINDOW_S = 0.3
AT_ONCE_S = 0.1
SETTINGS = {"merge_window_ms": int(WINDOW_S * 1000)}
CONVERSATION = "c1"
HISTORY = [SYSTEM, *user("Hello"), assistant("Hi.")]


def cold(path: str, **more: Any) -> dict[str, Any]:
    """Fields that leave nothing to chance."""
    fields: dict[str, Any] = {"options": {"temperature": 0}} if path == "/api/chat" else {"temperature": 0}
    return {"path": path, "conversation": CONVERSATION, "max_tokens": 50, **fields, **more}


def say(client: httpx.AsyncClient, messages: list[Message], **fields: Any) -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(chat(client, messages, **{"conversation": CONVERSATION, **fields}))


def on_stage(make: Callable[[Stage, Proxy], Act], **settings: object) -> Any:
    settings = {**SETTINGS, **settings}
    with stage(held=True) as server, running_proxy(server.url, **shaping(**settings)) as proxy:
        return acting(proxy, make(server, proxy))


# (a) identical requests


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_identical_requests(path: str, stream: bool, merge: bool) -> None:
    """One generation, the whole answer for each, whether it came before or after the first words."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            fields = cold(path, stream=stream)
            asking = [say(client, user("Hi"), **fields)]
            await server.arrived(1)
            asking.append(say(client, user("Hi"), **fields))
            await server.arrived(1 if merge else 2)
            await _taken(client, 2)
            for generation in server.generations:
                server.speak(generation)
            await asyncio.sleep(0.05)
            asking.append(say(client, user("Hi"), **fields))
            await _taken(client, 3)
            await server.arrived(1 if merge else 3)
            server.end(*server.generations)
            answers = await asyncio.gather(*asking)

            merged = ["X-Green-Merge" in answer.headers for answer in answers]
            assert {answer.status_code for answer in answers} == {200}
            assert len(server.generations) == len({said(answer) for answer in answers}) == (1 if merge else 3)
            assert merged == [False, merge, merge]
            assert (await counts_of(client))["merged_identical_total"] == (2 if merge else 0)
            if merge:
                assert len({answer.content for answer in answers}) == 1
                first = answers[0].headers["X-Green-Request-Id"]
                assert answers[1].headers["X-Green-Merge"] == f"identical; first={first}"

        return act

    on_stage(make, merge=merge)


async def _taken(client: httpx.AsyncClient, accepted: int) -> None:
    """Return once so many requests have come in, and have gone as far as they go by themselves."""
    there = 0
    while there < accepted:
        await asyncio.sleep(0.03)
        there = (await client.get("/-/status")).json()["accepted_total"]
    await asyncio.sleep(0.03)


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"format": "json"},
        {"messages": [{"role": "user", "content": "Hi", "images": ["iVBORw0KGgo="]}]},
        {"path": "/api/generate", "prompt": "Hi", "raw": True},
        {"options": {}},
        {"options": {"temperature": 0.1}},
    ],
    ids=["tools", "format", "images", "raw", "chance", "warm"],
)
def test_what_is_never_shared(fields: dict[str, Any]) -> None:
    """Tools, images, formats, raw prompts, and answers that chance decides."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            asked = {"options": {"temperature": 0}, **fields}
            messages = asked.pop("messages", user("Hi"))
            asking = [say(client, messages, **asked) for _ in range(2)]
            await server.arrived(2)
            server.end(*server.generations)
            answers = await asyncio.gather(*asking)

            assert {said(answer) for answer in answers} == {"answer 1", "answer 2"}
            assert not any("X-Green-Merge" in answer.headers for answer in answers)

        return act

    on_stage(make)


@pytest.mark.parametrize(
    "fields",
    [
        {"options": {"temperature": 0, "seed": 2}},
        {"options": {"temperature": 0}, "think": False},
        {"options": {"temperature": 0}, "model": "other"},
        {"options": {"temperature": 0}, "conversation": "c2"},
    ],
    ids=["seed", "think", "model", "conversation"],
)
@pytest.mark.parametrize("text", ["Hi", "and then?"])
def test_other_options_are_another_request(text: str, fields: dict[str, Any]) -> None:
    """Neither the same nor a later message joins a generation that was asked for otherwise."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            first = say(client, user("Hi"), options={"temperature": 0})
            await server.arrived(1)
            second = say(client, user(*dict.fromkeys(("Hi", text))), **fields)
            await server.arrived(2)
            server.end(*server.generations)

            assert [said(await first), said(await second)] == ["answer 1", "answer 2"]

        return act

    on_stage(make)


@pytest.mark.parametrize("begun", [False, True])
def test_one_of_two_leaves(begun: bool) -> None:
    """The generation goes on for the other, whichever of them came first."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            for leaver in (0, 1):
                asking = [say(client, user("Hi"), **cold("/api/chat", stream=True)) for _ in range(2)]
                generation = (await server.arrived(leaver + 1))[leaver]
                await _taken(client, 2 * leaver + 2)
                if begun:
                    server.speak(generation)
                    await asyncio.sleep(0.05)
                await ended(asking[leaver])
                await asyncio.sleep(AT_ONCE_S)
                assert generation.left_s is None
                server.end(generation)
                assert said(await asking[1 - leaver]) == generation.text

        return act

    on_stage(make)


@pytest.mark.parametrize("begun", [False, True])
def test_both_leave(begun: bool) -> None:
    """The model server sees it at once, and the feed says of each that it left."""

    def make(server: Stage, proxy: Proxy) -> Act:
        feed = proxy.feed()

        async def act(client: httpx.AsyncClient) -> None:
            asking = [say(client, user("Hi"), **cold("/api/chat", stream=True)) for _ in range(2)]
            (generation,) = await server.arrived(1)
            await _taken(client, 2)
            if begun:
                server.speak(generation)
                await asyncio.sleep(0.05)
            await ended(asking[0])
            await ended(asking[1])
            left_s = time.monotonic()
            await until(lambda: generation.left_s is not None)

            assert generation.left_s is not None
            assert generation.left_s - left_s < AT_ONCE_S
            gone = [messages_until(feed, Cancelled)[-1] for _ in range(2)]
            assert [len(one.requests) for one in gone] == [1, 1]
            assert {one.reason for one in gone} == {"client left"}

        return act

    on_stage(make)


# (b) a newer request that extends an older one


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_a_newer_request_before_the_older_answer_begins(path: str, merge: bool) -> None:
    """Both get the newest answer, and the older generation is given up at once."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            long = "word " * 50
            fields = {"path": path, "max_tokens": 50}
            older = say(client, [*HISTORY, *user(long)], **fields)
            await server.arrived(1)
            newer = say(client, [*HISTORY, *user(long), assistant("I see"), *user("go on")], **fields)
            await server.arrived(2)
            if merge:
                await until(lambda: server.generations[0].left_s is not None)
            server.end(*server.generations)
            answers = [await older, await newer]

            kinds = [answer.headers.get("X-Green-Merge", "").partition(";")[0] for answer in answers]
            assert {answer.status_code for answer in answers} == {200}
            assert [said(answer) for answer in answers] == ["answer 2" if merge else "answer 1", "answer 2"]
            assert kinds == (["superseded", "superseded"] if merge else ["", ""])
            assert (await counts_of(client))["merged_superseded_total"] == merge

        return act

    on_stage(make, merge=merge)


@pytest.mark.parametrize("path", PATHS[:2])
def test_a_newer_request_after_the_older_answer_began(path: str) -> None:
    """The older stream ends properly, with what it has, and its generation stops."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            fields = {"path": path, "max_tokens": 50}
            older = say(client, [*HISTORY, *user("one")], stream=True, **fields)
            first = (await server.arrived(1))[0]
            server.speak(first)
            await asyncio.sleep(0.05)
            newer = say(
                client, [*HISTORY, *user("one"), assistant("ans"), *user("two")], stream=True, **fields
            )
            await server.arrived(2)
            answer = await older
            server.end(server.generations[1])

            assert said(answer) == "answer 1"
            assert _ends_properly(path, answer)
            assert said(await newer) == "answer 2"
            await until(lambda: first.left_s is not None)

        return act

    on_stage(make)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/messages"])
def test_an_older_answer_in_the_middle_of_a_line(path: str) -> None:
    """Where no last object can follow, it goes on to its own end."""

    async def act(client: httpx.AsyncClient) -> None:
        fields = {"path": path, "max_tokens": 50, "stream": True}
        older = say(client, [*HISTORY, *user("one")], **fields)
        server.speak((await server.arrived(1))[0])
        await asyncio.sleep(0.05)
        newer = say(client, [*HISTORY, *user("one"), assistant("ans"), *user("two")], **fields)
        await server.arrived(2)
        server.end(*server.generations)

        assert [said(await older), said(await newer)] == ["answer 1", "answer 2"]

    with stage(held=True, splits=True) as server, running_proxy(server.url) as proxy:
        acting(proxy, act)


def _ends_properly(path: str, answer: httpx.Response) -> bool:
    if path == "/api/chat":
        last = json.loads(answer.text.splitlines()[-1])
        return last["done"] is True and last["done_reason"] == "stop" and last["message"]["content"] == ""
    events = events_of(answer)
    if path == "/v1/messages":
        return [event["type"] for event in events[-3:]] == [
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    stopped = events[-1]["choices"][0]["finish_reason"] == "stop"
    return stopped and answer.text.endswith("data: [DONE]\n\n")


# (c) short messages that follow each other


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("repeats", [True, False], ids=["repeated", "left out"])
@pytest.mark.parametrize("path", PATHS)
def test_short_messages(path: str, repeats: bool, merge: bool) -> None:
    """
    Three within the window become one turn, and all three callers get its answer.

    The first is at the server before the second comes; only those after it wait.
    """

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            fields = {"path": path, "max_tokens": 50}
            texts = ["one", "two", "three"]
            began_s = time.monotonic()
            asking = [say(client, [*HISTORY, *user("one")], **fields)]
            await server.arrived(1)
            first_after_s = time.monotonic() - began_s
            for count in (2, 3):
                asking.append(
                    say(client, [*HISTORY, *user(*texts[0 if repeats else count - 1 : count])], **fields)
                )
                await _taken(client, count)
            last_s = time.monotonic()
            await server.arrived(2 if merge else 3)
            waited_s = server.generations[-1].arrived_s - last_s
            server.end(*server.generations)
            answers = await asyncio.gather(*asking)

            assert first_after_s < WINDOW_S / 2
            assert {answer.status_code for answer in answers} == {200}
            if merge:
                assert 0 < waited_s < WINDOW_S + 0.1
                assert server.generations[-1].messages == [*HISTORY, *user("one\ntwo\nthree")]
                assert {said(answer) for answer in answers} == {"answer 2"}
                assert all(answer.headers["X-Green-Merge"].startswith("window") for answer in answers)
                assert "requests=3" in answers[-1].headers["X-Green-Merge"]
                assert server.generations[0].left_s is not None
            else:
                assert len({said(answer) for answer in answers}) == 3
            assert (await counts_of(client))["merged_window_total"] == (3 - 1 if merge else 0)

        return act

    on_stage(make, merge=merge)


@pytest.mark.parametrize(
    ("text", "settings", "pause_s"),
    [("x" * 120, {}, 0.0), ("two", {"merge_window_ms": 0}, 0.0), ("two", {}, WINDOW_S * 1.3)],
    ids=["long", "no window", "late"],
)
def test_what_is_no_second_short_message(text: str, settings: dict[str, object], pause_s: float) -> None:
    """It waits for nothing: at the server at once, beside the first or in its place."""

    def make(server: Stage, proxy: Proxy) -> Act:
        async def act(client: httpx.AsyncClient) -> None:
            first = say(client, user("one"))
            await server.arrived(1)
            await asyncio.sleep(pause_s)
            began_s = time.monotonic()
            second = say(client, user(text))
            await server.arrived(2)
            took_s = time.monotonic() - began_s
            server.end(*server.generations)

            assert took_s < WINDOW_S / 2
            assert [said(await first), said(await second)] == ["answer 1", "answer 2"]

        return act

    on_stage(make, **settings)


def test_the_feed_counts_each_request_once() -> None:
    """Three requests, two generations, and each request ends exactly once."""

    def make(server: Stage, proxy: Proxy) -> Act:
        feed = proxy.feed()

        async def act(client: httpx.AsyncClient) -> None:
            asking = [say(client, user("one"))]
            await server.arrived(1)
            asking += [say(client, user("one", "two"))]
            await server.arrived(2)
            server.end(*server.generations)
            answers = await asyncio.gather(*asking)

            finished = messages_until(feed, Finished)[-1]
            ids = {answer.headers["X-Green-Request-Id"] for answer in answers}
            assert set(finished.requests) == ids
            assert finished.output_tokens == OUTPUT_TOKENS
            status = (await client.get("/-/status")).json()
            assert (status["finished_total"], status["cancelled_total"], status["in_flight"]) == (2, 0, 0)

        return act

    on_stage(make)


# Clients that others wrote.


@pytest.mark.parametrize("stream", [True, False])
def test_the_official_client_of_ollama(stream: bool) -> None:
    """Reads what it gets for a message that became part of the next, and for one that was cut short."""

    def make(server: Stage, proxy: Proxy) -> Act:
        official = ollama.AsyncClient(host=proxy.url, headers={"X-Green-Conversation": CONVERSATION})

        async def ask(*texts: str) -> str:
            if not stream:
                whole = await official.chat(MODEL, user(*texts))
                assert whole.done
                return whole.message.content or ""
            parts = [part async for part in await official.chat(MODEL, user(*texts), stream=True)]
            assert parts[-1].done
            assert parts[-1].done_reason == "stop"
            return "".join(part.message.content or "" for part in parts)

        return _merged_twice(server, ask, official._client.aclose, stream=stream)

    on_stage(make)


@pytest.mark.parametrize("stream", [True, False])
def test_the_official_client_of_openai(stream: bool) -> None:
    """The same for OpenAI's."""

    def make(server: Stage, proxy: Proxy) -> Act:
        headers = {"X-Green-Conversation": CONVERSATION}
        official = openai.AsyncOpenAI(
            base_url=f"{proxy.url}/v1", api_key="none", default_headers=headers, max_retries=0
        )

        async def ask(*texts: str) -> str:
            messages: Any = user(*texts)
            if not stream:
                whole = await official.chat.completions.create(model=MODEL, messages=messages)
                return whole.choices[0].message.content or ""
            streamed = await official.chat.completions.create(
                model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in streamed]
            choices = [choice for chunk in chunks for choice in chunk.choices]
            assert {chunk.id for chunk in chunks} == {"c1"}
            assert chunks[-1].usage
            assert chunks[-1].usage.completion_tokens > 0
            assert choices[-1].finish_reason == "stop"
            return "".join(choice.delta.content or "" for choice in choices)

        return _merged_twice(server, ask, official.close, stream=stream)

    on_stage(make)


def _merged_twice(
    server: Stage, ask: Callable[..., Awaitable[str]], close: Callable[[], Awaitable[None]], *, stream: bool
) -> Act:
    """The second message joins the first; the third, where the answer is a stream, ends it."""

    async def act(client: httpx.AsyncClient) -> None:
        asking = [asyncio.ensure_future(ask("one"))]
        await server.arrived(1)
        asking.append(asyncio.ensure_future(ask("one", "two")))
        both = (await server.arrived(2))[1]
        if stream:
            server.speak(both)
            await asyncio.sleep(0.05)
            asking.append(asyncio.ensure_future(ask("one", "two", "three")))
            await server.arrived(3)
        server.end(*server.generations[1:])

        texts = await asyncio.gather(*asking)
        await close()
        assert texts == ["answer 2", "answer 2", "answer 3"][: len(asking)]

    return act
