# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One generation, and the requests that listen to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from green_common.feed.messages import Cancelled, Finished, FirstToken, Forwarded
from green_proxy.answer.flight import MAX_KEPT_BYTES, MAX_LISTENERS
from green_proxy.answer.listener import Listener
from green_proxy.fault import Fault
from unit.green_proxy.clients import Client, Flow, Request, WrittenFeed, settle

STREAM = [(b"Content-Type", b"application/x-ndjson")]
EVENTS = [(b"Content-Type", b"text/event-stream; charset=utf-8")]
WHOLE = [(b"Content-Type", b"application/json")]
WORD = b'{"message":{"content":"a"},"done":false}\n'


class Sky:
    """Flights over one feed."""

    def __init__(self) -> None:
        self.feed = WrittenFeed()

    async def request(self, name: str, path: str = "/api/chat", **fields: Any) -> Request:
        return await Request(self.feed, Client(name), path, **fields).airborne()

    def join(self, request: Request, client: Client) -> Listener:
        """An identical request shares the flight."""
        client.path = request.client.path
        self.feed.activity.accepted(client.id, client.path)
        listener = Listener(client)  # type: ignore[arg-type]
        request.flight.join(listener)
        return listener

    @property
    def in_flight(self) -> int:
        return self.feed.activity.in_flight


def scene(play: Callable[[Sky], Awaitable[None]]) -> None:
    async def whole() -> None:
        sky = Sky()
        await play(sky)
        assert sky.in_flight == 0
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, "a task waits for ever"

    asyncio.run(whole())


def test_an_answer_goes_to_all_who_listen() -> None:
    """Late ones get first what they missed."""

    async def play(sky: Sky) -> None:
        one, late = await sky.request("one"), Client("late")
        one.flight.keep()
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(WORD)
        sky.join(one, late)
        one.flight.chunk(WORD)
        one.flight.end()

        assert one.client.body == late.body == WORD * 2
        assert one.client.ended
        assert late.ended
        assert sky.feed.of(Forwarded)[-1].requests == ("one", "late")
        assert sky.feed.of(Finished)[0].requests == ("one", "late")
        await one.landed()

    scene(play)


def test_the_client_has_its_first_token_before_the_feed_hears_of_it() -> None:
    """The client waits, the books don't."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.forward()
        one.flight.head(200, STREAM)
        order: list[str] = []

        def write(chunk: bytes) -> None:
            order.append("client")

        one.client.write = write  # type: ignore[method-assign]
        sky.feed.publish = lambda message: order.append(type(message).__name__)  # type: ignore[method-assign]
        one.flight.chunk(WORD)
        assert order == ["client", "FirstToken"]
        one.flight.end()
        await one.landed()

    scene(play)


def test_an_answer_that_was_not_kept_can_not_be_joined() -> None:
    """A newcomer would miss its beginning; before that anybody may come."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        assert one.flight.joinable
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(WORD)
        assert not one.flight.joinable
        one.flight.end()
        await one.landed()

    scene(play)


def test_what_is_kept_has_a_bound() -> None:
    """A long answer is let go, and nobody joins it any more."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.keep()
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(b"x" * MAX_KEPT_BYTES)
        assert one.flight.joinable
        one.flight.chunk(b"x")
        assert not one.flight.joinable
        one.flight.end()
        await one.landed()

    scene(play)


def test_no_more_listen_than_the_feed_can_name() -> None:
    """The next one begins a flight of its own."""

    async def play(sky: Sky) -> None:
        one = await sky.request("0")
        for number in range(1, MAX_LISTENERS):
            assert one.flight.joinable
            sky.join(one, Client(str(number)))
        assert not one.flight.joinable
        one.flight.fail(Fault(503, "no"))
        await one.landed()

    scene(play)


@pytest.mark.parametrize("forwarded", [False, True])
def test_the_last_who_leaves_gives_the_generation_up(*, forwarded: bool) -> None:
    """Whoever asked first; the others don't notice that one is gone."""

    async def play(sky: Sky) -> None:
        one, other = await sky.request("one"), Client("other")
        if forwarded:
            one.flight.forward()
        listener = sky.join(one, other)

        one.client.lose()
        await settle()
        assert not one.task.done()
        assert sky.in_flight == 1
        other.lose()
        await settle()

        assert one.given_up
        assert not one.flight.joinable
        await listener.wait_over()
        reasons = [(message.requests, message.reason) for message in sky.feed.of(Cancelled)]
        assert reasons == [(("one",), "client left"), (("other",), "client left")]

    scene(play)


def test_what_comes_after_it_was_given_up_is_dropped() -> None:
    """The model server may speak before the task has heard that nobody listens."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.client.lose()

        one.flight.chunk(WORD)
        one.flight.end()
        await settle()

        assert one.given_up
        assert not sky.feed.of(FirstToken)
        assert not sky.feed.of(Finished)

    scene(play)


def test_a_newer_flight_takes_the_listeners_of_an_older_one() -> None:
    """Also of one that had moved itself: each of them waits for its own answer, not for a flight."""

    async def play(sky: Sky) -> None:
        first, second, third = [await sky.request(name) for name in ("first", "second", "third")]
        shared = Client("shared")
        waits = asyncio.ensure_future(sky.join(first, shared).wait_over())
        first.flight.forward()
        second.flight.adopt(first.flight)
        owners = [asyncio.ensure_future(one.listener.wait_over()) for one in (first, second)]
        third.flight.adopt(second.flight)
        await settle()
        assert first.given_up
        assert second.given_up
        assert not any(one.done() for one in (waits, *owners))

        third.flight.forward()
        third.flight.head(200, STREAM)
        third.flight.chunk(WORD)
        third.flight.end()
        await asyncio.gather(waits, *owners)

        assert {one.client.body for one in (first, second, third)} == {WORD} == {shared.body}
        assert sky.feed.of(Cancelled) == [
            Cancelled((), "superseded", first.account.generation, moved=("first", "shared"))
        ]
        assert sorted(sky.feed.of(Finished)[0].requests) == ["first", "second", "shared", "third"]
        await third.landed()

    scene(play)


def test_an_older_request_that_leaves_its_new_flight() -> None:
    """It is cancelled there; when the newest leaves as well, there is nobody left to answer."""

    async def play(sky: Sky) -> None:
        older, newer = await sky.request("older"), await sky.request("newer")
        newer.flight.adopt(older.flight)

        newer.client.lose()
        await settle()
        assert not newer.task.done()
        older.client.lose()
        await settle()

        assert newer.given_up
        await older.listener.wait_over()
        await newer.listener.wait_over()
        assert [message.requests for message in sky.feed.of(Cancelled)] == [("newer",), ("older",)]

    scene(play)


def test_a_needless_answer_ends_as_if_the_model_had_stopped() -> None:
    """The client of the older request sees a whole answer, the feed a cancelled one."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(WORD)

        one.flight.end_early()
        await settle()

        assert one.client.ended
        assert not one.client.broken
        assert json.loads(one.client.body.splitlines()[-1])["done"] is True
        assert one.given_up
        assert sky.feed.of(Cancelled)[0].reason == "superseded"

    scene(play)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages"])
def test_a_needless_answer_that_is_no_stream_goes_on(path: str) -> None:
    """The end of a stream in the midst of a JSON object would be neither."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one", path)
        one.flight.forward()
        one.flight.head(200, WHOLE)

        ended = one.flight.end_early()
        await settle()

        assert not ended
        assert not one.given_up
        assert not one.client.broken
        one.flight.end()
        await one.landed()

    scene(play)


def test_a_stop_ends_a_stream_with_an_error() -> None:
    """Nobody takes it for whole; who has no answer yet is refused."""

    async def play(sky: Sky) -> None:
        one, two = await sky.request("one"), await sky.request("two")
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(WORD)
        one.client.cut()
        two.client.cut()
        await settle()

        assert json.loads(one.client.body.splitlines()[-1]).keys() == {"error"}
        assert not one.client.broken
        assert (two.client.status, two.client.ended, two.client.broken) == (503, True, False)
        assert one.given_up
        assert two.given_up
        assert {message.reason for message in sky.feed.of(Cancelled)} == {"green-proxy stopped"}

    scene(play)


@pytest.mark.parametrize(
    ("latest", "between"),
    [(b"data: {}\n\n", b""), (b"data: {}\n", b"\n"), (b"data: {}\r\n\r\n", b""), (b"", b"")],
)
def test_the_last_event_of_a_cut_stream_is_its_own(latest: bytes, between: bytes) -> None:
    """Behind a line without the empty one it would be part of the event before."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one", "/v1/chat/completions")
        one.flight.forward()
        one.flight.head(200, EVENTS)
        one.flight.chunk(latest)
        one.client.cut()
        await settle()

        assert one.client.body.startswith(latest + between + b"data: {")
        assert not one.client.broken

    scene(play)


@pytest.mark.parametrize("headers", [STREAM, EVENTS, WHOLE])
def test_an_answer_cut_within_a_line_breaks(headers: list[tuple[bytes, bytes]]) -> None:
    """An error can't follow half an object."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.forward()
        one.flight.head(200, headers)
        one.flight.chunk(b'{"half')
        one.client.cut()
        await settle()

        assert one.client.broken
        assert one.client.body == b'{"half'

    scene(play)


@pytest.mark.parametrize("begun", [False, True])
def test_a_fault_reaches_all_who_listen(*, begun: bool) -> None:
    """With its status and headers; an answer that has begun breaks off."""

    async def play(sky: Sky) -> None:
        one, other = await sky.request("one"), Client("other")
        listener = sky.join(one, other)
        one.flight.forward()
        if begun:
            one.flight.head(200, STREAM)
        one.flight.fail(Fault(504, "too slow", "time limit", ((b"retry-after", b"1"),)))
        await listener.wait_over()

        for client in (one.client, other):
            assert client.broken is begun
            assert begun or (client.status, client.headers[b"retry-after"]) == (504, b"1")
        assert sky.feed.of(Cancelled)[0].requests == ("one", "other")
        await one.landed()

    scene(play)


def test_a_lost_answer_is_seen_as_broken() -> None:
    """Never as a clean end."""

    async def play(sky: Sky) -> None:
        one = await sky.request("one")
        one.flight.forward()
        one.flight.head(200, STREAM)
        one.flight.chunk(WORD)
        one.flight.lose("model server failed")

        assert one.client.broken
        assert sky.feed.of(Cancelled)[0].tokens == 1
        await one.landed()

    scene(play)


def test_the_slowest_listener_sets_the_pace() -> None:
    """Until it has caught up or is gone."""

    async def play(sky: Sky) -> None:
        one, other, flow = await sky.request("one"), Client("other"), Flow()
        sky.join(one, other)
        one.flight.forward()
        one.flight.begin(flow)

        one.client.press(slow=True)
        other.press(slow=True)
        one.client.press(slow=False)
        assert flow.paused
        other.lose()
        assert not flow.paused
        one.client.lose()
        await settle()
        assert one.given_up

    scene(play)


def test_a_client_that_is_slow_from_the_start_holds_the_server_back() -> None:
    """It may still read the answer to its last request."""

    async def play(sky: Sky) -> None:
        one, flow = await Request(sky.feed, Client("one", pressed=True)).airborne(), Flow()
        one.flight.forward()

        one.flight.begin(flow)

        assert flow.paused
        one.client.press(slow=False)
        assert not flow.paused
        one.flight.fail(Fault(502, "no", "no"))
        await one.landed()

    scene(play)
