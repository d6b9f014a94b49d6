# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Loads on the proxy's own account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from green_common.feed.messages import (
    Cancelled,
    Finished,
    Forwarded,
    FromProxy,
    LoadFinished,
    LoadStarted,
)
from green_proxy.fault import Fault
from green_proxy.feed.feed import Feed
from green_proxy.models.load import COUNTED, Loads
from green_proxy.models.residency import Models
from unit.green_proxy.models.model_server import FakeServer, ps


class OverheardFeed(Feed):
    """Keeps what is published."""

    def __init__(self) -> None:
        super().__init__(lambda *_: None)
        self.said: list[Any] = []

    def publish(self, message: FromProxy) -> None:
        self.said.append(message)


class Scene:
    """A model server, a feed that is written down, and the loads between them."""

    def __init__(self, *, limit_s: float = 900.0, **answers: Any) -> None:
        defaults = {"_api_ps": ps(), "_api_show": {"capabilities": ["completion"]}, "_api_generate": {}}
        self.server = FakeServer(**(defaults | answers))
        self.models = Models(self.server)
        self.feed = OverheardFeed()
        self.said = self.feed.said
        self.loads = Loads(self.server, self.models, self.feed, lambda: limit_s)

    def hold(self, path: str = "/api/generate") -> asyncio.Event:
        """From now on, this route answers only once the event is set."""
        self.server.held[path] = asyncio.Event()
        return self.server.held[path]

    def kinds(self) -> list[type]:
        return [type(message) for message in self.said]

    def orders(self, path: str = "/api/generate") -> list[Any]:
        return [json for asked, json in self.server.asked if asked == path]


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def play(work: Callable[[Scene], Awaitable[None]], **answers: Any) -> Scene:
    async def playing() -> Scene:
        scene = Scene(**answers)
        await work(scene)
        await scene.loads.close()
        return scene

    return asyncio.run(playing())


async def one(scene: Scene) -> None:
    await scene.loads.ready("qwen3")


async def one_that_stays(scene: Scene) -> None:
    """Ollama shows the model once it is loaded."""
    loaded = scene.hold()
    waiting = asyncio.ensure_future(scene.loads.ready("qwen3"))
    await turns()
    scene.server.answers["/api/ps"] = ps(qwen3=8192)
    loaded.set()
    await waiting


def test_a_model_that_is_not_in_memory_is_loaded_without_a_prompt() -> None:
    """And is known from then on, its context too."""
    scene = play(one_that_stays)

    assert scene.orders() == [{"model": "qwen3"}]
    assert not scene.models.may_have_to_load("qwen3")
    assert scene.loads.counts["loads_total"] == 1


def test_a_model_in_memory_is_not_loaded() -> None:
    """One question, and nothing on the feed."""
    scene = play(one, _api_ps=ps(qwen3=8192))

    assert scene.server.paths() == ["/api/ps"]
    assert scene.said == []


def test_a_load_is_a_generation_without_requests() -> None:
    """With an id of its own, so that its joules are nobody's."""
    scene = play(one_that_stays)

    assert scene.kinds() == [Forwarded, LoadStarted, LoadFinished, Finished]
    assert (scene.said[0].requests, scene.said[0].model, scene.said[3].status) == ((), "qwen3", 200)
    assert scene.feed.activity.in_flight == 0


def test_all_who_need_a_model_wait_for_one_load() -> None:
    """They go on together once it is there."""

    async def many(scene: Scene) -> None:
        loaded = scene.hold()
        waiting = [asyncio.ensure_future(scene.loads.ready(name)) for name in ("qwen3", "Qwen3:latest") * 5]
        await turns()
        assert not any(task.done() for task in waiting)
        loaded.set()
        await asyncio.gather(*waiting)

    assert len(play(many).orders()) == 1


def test_an_impatient_client_cancels_nothing() -> None:
    """The load goes on, is in flight until its end, and is counted as one that outlived its client."""

    async def leaving(scene: Scene) -> None:
        loaded = scene.hold()
        waiting = asyncio.ensure_future(scene.loads.ready("qwen3"))
        await turns()
        waiting.cancel()
        await turns()
        assert scene.feed.activity.in_flight == 1
        loaded.set()
        await turns()

    scene = play(leaving)

    assert scene.kinds() == [Forwarded, LoadStarted, LoadFinished, Finished]
    assert scene.loads.counts["loads_outliving_their_client_total"] == 1


def test_a_load_that_nobody_waits_for_is_not_begun() -> None:
    """Nothing is in flight then, and the clocks may be low."""

    async def leaving(scene: Scene) -> None:
        answered = scene.hold("/api/ps")
        waiting = asyncio.ensure_future(scene.loads.ready("qwen3"))
        await turns()
        waiting.cancel()
        answered.set()
        await turns()

    scene = play(leaving)

    assert scene.orders() == []
    assert scene.said == []


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_load_that_fails_lets_the_requests_go_on(status: int) -> None:
    """They get the model server's own words."""
    scene = play(one, _api_generate=status)

    assert scene.said[-1].status == status
    assert scene.loads.counts["loads_failed_total"] == 1


def test_a_load_that_breaks_off_lets_the_requests_go_on() -> None:
    """Nothing stays in flight."""
    scene = play(one, _api_generate=None)

    assert scene.kinds() == [Forwarded, LoadStarted, Cancelled]
    assert scene.said[-1].reason == "load aborted"
    assert scene.feed.activity.in_flight == 0


def test_a_load_that_takes_too_long_is_given_up() -> None:
    """Everybody who waited learns which key says how long."""

    async def late(scene: Scene) -> None:
        waiting = [asyncio.ensure_future(scene.loads.ready("qwen3")) for _ in range(2)]
        for fault in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(fault, Fault)
            assert fault.status == 504
            assert "proxy.load_timeout_s" in fault.text

    scene = play(late, limit_s=0.0, _api_generate=None)

    assert scene.said[-1].reason == "load aborted"


def test_a_model_that_is_not_there_is_not_on_the_feed() -> None:
    """The request itself gets its 404."""
    scene = play(one, _api_show=404)

    assert (scene.orders(), scene.said) == ([], [])


def test_an_embedding_model_is_loaded_by_an_empty_embedding() -> None:
    """`/api/generate` refuses it."""
    scene = play(one, _api_show={"capabilities": ["embedding"]}, _api_embed={})

    assert scene.orders("/api/embed") == [{"model": "qwen3", "input": []}]


@pytest.mark.parametrize(
    ("keep_alive", "passed"),
    [
        ("30m", True),
        ("1h0m", True),
        (-1, True),
        (600, True),
        (0, False),
        ("0", False),
        ("0h0m", False),
        ("soon", False),
        (True, False),
        ([1], False),
        (None, False),
    ],
)
def test_a_requests_keep_alive_goes_with_the_load(keep_alive: object, passed: bool) -> None:
    """Not so zero, which would unload the model, nor what no server understands."""

    async def keeping(scene: Scene) -> None:
        await scene.loads.ready("qwen3", keep_alive)

    assert play(keeping).orders() == [{"model": "qwen3", **({"keep_alive": keep_alive} if passed else {})}]


def test_a_server_that_keeps_nothing_is_left_to_load_by_itself() -> None:
    """With OLLAMA_KEEP_ALIVE=0 a load of ours would be thrown away before the request comes."""

    async def twice(scene: Scene) -> None:
        await scene.loads.ready("qwen3")
        await scene.loads.ready("qwen3")

    assert len(play(twice).orders()) == 1


def test_other_servers_load_nothing() -> None:
    """They have their model from the start."""

    async def twice(scene: Scene) -> None:
        scene.server.answers.clear()
        await scene.loads.ready("qwen3")
        await scene.loads.ready("other")

    scene = play(twice)

    assert scene.server.paths() == ["/api/ps"]
    assert scene.said == []


def test_at_the_stop_a_load_is_given_up_and_said() -> None:
    """Whoever still waits is told by the loop."""

    async def stopping(scene: Scene) -> None:
        scene.hold()
        waiting = asyncio.ensure_future(scene.loads.ready("qwen3"))
        await turns()
        await scene.loads.close()
        await turns()
        assert waiting.cancelled()

    scene = play(stopping)

    assert scene.said[-1].reason == "load aborted"
    assert scene.feed.activity.in_flight == 0


def test_every_count_is_explained() -> None:
    """And the other way round."""
    assert play(one).loads.counts.keys() == COUNTED.keys()
