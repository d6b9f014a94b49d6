# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The whole way of requests whose clients leave, and whose model server fails, at any moment."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from green_common.config import Config, ProxyConfig, ShapingConfig
from green_common.feed.messages import Accepted, Cancelled, Finished
from green_proxy.answer.receipts import Receipts
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed.feed import Feed
from green_proxy.gateway.whereabouts import Whereabouts
from green_proxy.generating import Generating
from green_proxy.live_socket import LiveSocket
from green_proxy.shaping.steps import Steps
from unit.green_proxy.clients import Client, Flow, WrittenFeed

CONFIG = Config(
    proxy=ProxyConfig(conversation_header="x-chat"), shaping=ShapingConfig(slots=2, merge_window_ms=2)
)
STREAM = [(b"content-type", b"application/x-ndjson")]
LINE = b'{"message":{"content":"a"},"done":false}\n'


class Sender(Client):
    """A client whose body comes after a while."""

    method, target, peer, door = "POST", b"/api/chat", "10.0.0.7", "api"

    def __init__(self, name: str, fields: dict[str, Any], chance: random.Random) -> None:
        super().__init__(name)
        self.headers_sent = [(b"host", b"localhost"), (b"x-chat", b"one")]
        self._sent = json.dumps(fields).encode()
        self.body_bytes = len(self._sent)
        self._chance = chance

    async def read_body(self, *, limit_bytes: int, timeout_s: float) -> bytes:
        await pause(self._chance)
        if self.left:
            raise ClientLeft
        return self._sent


class Server:
    """A model server that answers, stalls or fails as chance has it."""

    url, host = "http://127.0.0.1:1", b"127.0.0.1:1"

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.under_way = 0

    async def ask(self, *_: object, **__: object) -> None:
        await pause(self._chance)

    async def send(self, *arguments: Any, **_: object) -> None:
        answer = arguments[4]
        self.under_way += 1
        try:
            await self._answer(answer)
        finally:
            self.under_way -= 1

    async def _answer(self, answer: Any) -> None:
        await pause(self._chance)
        answer.begin(Flow())
        for step in (self._fail_early, lambda: answer.head(200, STREAM), lambda: answer.chunk(LINE)):
            await pause(self._chance)
            step()
        if self._chance.random() < 0.2:
            raise UpstreamLost
        await pause(self._chance)
        answer.end()

    def _fail_early(self) -> None:
        kind = self._chance.random()
        if kind < 0.15:
            raise Fault(502, "no answer", "model server failed")
        if kind < 0.25:
            raise ZeroDivisionError


async def pause(chance: random.Random) -> None:
    for _ in range(chance.choice((0, 1, 2, 5))):
        await asyncio.sleep(0)


class Evening:
    """Many clients, most of them impatient."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.feed = WrittenFeed()
        self.server = Server(self.chance)
        upstream: Any = self.server
        feed: Feed = self.feed
        self.steps = Steps(lambda: CONFIG, upstream, feed)
        self.whereabouts = Whereabouts()
        self.generating = Generating(
            lambda: CONFIG,
            upstream,
            feed,
            self.steps,
            receipts=Receipts(LiveSocket(lambda: CONFIG.telemetry.live_socket)),
            whereabouts=self.whereabouts,
        )
        self.clients: list[Sender] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def pass_by(self, *, stop: bool) -> None:
        for number in range(30):
            self.tasks.add(asyncio.ensure_future(self.serve(self.newcomer(number))))
            await pause(self.chance)
            if self.chance.random() < 0.4:
                self.chance.choice(self.clients).lose()
        if stop:
            self.stop()
        done, waiting = await asyncio.wait(self.tasks, timeout=5)
        assert not waiting, "requests that never end"
        for task in done:
            # Raises what went wrong; a task may be stopped before its first step.
            assert task.cancelled() or task.result() is None
        await self.steps.close()

    def newcomer(self, number: int) -> Sender:
        messages = [{"role": "user", "content": text} for text in "abc"[: self.chance.choice((1, 1, 2, 3))]]
        options = {"temperature": self.chance.choice((0, 0, 1))}
        fields = {"model": "m", "messages": messages, "options": options}
        self.clients.append(Sender(f"r{number}", fields, self.chance))
        return self.clients[-1]

    async def serve(self, client: Any) -> None:
        exchange = Door(client)
        try:
            await self.generating.serve(exchange, None)  # type: ignore[arg-type]
        except ClientLeft:
            assert client.left
        except Fault as fault:
            client.refuse(fault.status, fault.text)
        except ZeroDivisionError:
            client.refuse(500, "")
        except asyncio.CancelledError:
            client.abort()
        assert client.over, "an exchange without an end"

    def stop(self) -> None:
        """As the server does it: the exchanges first, then their tasks."""
        for client in self.clients:
            if not client.over and client.on_its_way:
                client.cut()
        for task in self.tasks:
            task.cancel()


class Door:
    """What the pipeline sees of a client: its request's headers, not the answer's."""

    def __init__(self, client: Sender) -> None:
        self._client = client
        self.headers = client.headers_sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("stop", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_every_request_ends_and_nothing_stays_in_flight(seed: int, *, stop: bool) -> None:
    """However they merge, leave, fail or are stopped."""

    async def scene() -> Evening:
        evening = Evening(seed)
        await evening.pass_by(stop=stop)
        return evening

    evening = asyncio.run(scene())

    feed, steps = evening.feed, evening.steps
    began = [message.request for message in feed.of(Accepted)]
    ended = [name for kind in (Finished, Cancelled) for one in feed.of(kind) for name in one.requests]
    assert sorted(began) == sorted(ended)
    assert (feed.activity.in_flight, feed.activity.generating, evening.server.under_way) == (0, 0, 0)
    assert (steps.waiting.room.running, steps.waiting.room.waiting) == (0, 0)
    assert steps.bodies.held_bytes == 0
    assert vars(steps.share)["_in_flight"] == {}
    assert len(evening.whereabouts) == 0
    assert (vars(steps.merges)["_identical"], vars(steps.merges)["_conversations"]) == ({}, {})
