# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The feed's readers: the agreement about clocks, late joiners, slow ones, parking."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time

import httpx
import pytest

from green_common.feed.messages import (
    Accepted,
    Cancelled,
    Finished,
    Forwarded,
    Granted,
    Hello,
    Hold,
    Park,
    Parked,
    ParkRefused,
    Refused,
    Released,
    Running,
)
from integration.proxy_rig import WAIT_S, Call, Proxy, messages_until, model_server, running_proxy, time_of

WAKE_WAIT_MS = 400


async def short(call: Call) -> None:
    await call.parts()
    await call.whole(b'{"done": true, "eval_count": 1}')


def chat(proxy: Proxy) -> threading.Thread:
    url = f"{proxy.url}/api/generate"
    asking = threading.Thread(target=lambda: httpx.post(url, json={"model": ""}, timeout=WAIT_S))
    asking.start()
    return asking


def test_a_request_waits_for_the_release() -> None:
    """It is announced at once, and forwarded once the holder has released its clocks."""
    with model_server(short) as upstream, running_proxy(upstream.url, wake_wait_ms=1000) as proxy:
        feed = proxy.feed()
        feed.send(Hold(7))
        assert messages_until(feed, Granted)[-1] == Granted(7)

        asking = chat(proxy)
        messages_until(feed, Accepted)
        time.sleep(0.1)
        before = len(upstream.calls)
        feed.send(Released(7))
        messages_until(feed, Finished)
        asking.join(WAIT_S)

    assert (before, len(upstream.calls)) == (0, 1)


def test_a_release_of_another_epoch_frees_nobody() -> None:
    """Only after wake_wait_ms does the request go on under held clocks."""
    with model_server(short) as upstream, running_proxy(upstream.url, wake_wait_ms=WAKE_WAIT_MS) as proxy:
        feed = proxy.feed()
        feed.send(Hold(7))
        messages_until(feed, Granted)

        asking = chat(proxy)
        accepted_s = time_of(feed, Accepted)
        feed.send(Released(6))
        waited_s = time_of(feed, Forwarded) - accepted_s
        messages_until(feed, Finished)
        asking.join(WAIT_S)
        log = proxy.stop()

    assert waited_s >= 0.9 * WAKE_WAIT_MS / 1000
    assert "not released within 400 ms" in log


def test_the_end_of_the_holder_frees_all() -> None:
    """A holder that dies holds nobody up."""
    with model_server(short) as upstream, running_proxy(upstream.url, wake_wait_ms=1000) as proxy:
        holder, other = proxy.feed(), proxy.feed()
        holder.send(Hold(7))
        messages_until(holder, Granted)

        asking = chat(proxy)
        accepted_s = time_of(other, Accepted)
        holder.close()
        waited_s = time_of(other, Forwarded) - accepted_s
        asking.join(WAIT_S)

    assert waited_s < 0.9


def test_no_hold_while_a_request_is_in_flight() -> None:
    """Not from its acceptance on; a late joiner sees what runs and can hold once it has ended."""
    go_on = asyncio.Event()

    async def slowly(call: Call) -> None:
        await call.parts()
        await go_on.wait()
        await call.whole(b"{}")

    with model_server(slowly) as upstream, running_proxy(upstream.url) as proxy:
        first = proxy.feed()
        asking = chat(proxy)
        messages_until(first, Forwarded)

        late = proxy.feed()
        greeting = messages_until(late, Running)
        late.send(Hold(1))
        refused = messages_until(late, Refused)[-1]
        upstream.loop.call_soon_threadsafe(go_on.set)
        messages_until(late, Finished)
        late.send(Hold(2))
        granted = messages_until(late, Granted)[-1]
        asking.join(WAIT_S)

    assert greeting[0] == Hello(1, 1)
    assert (greeting[1].phase, greeting[1].client) == ("prefill", "127.0.0.1")
    assert refused == Refused(1, "1 in flight")
    assert granted == Granted(2)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_another_user_may_read_and_not_hold() -> None:
    """A member of the group sees the feed; clocks are root's and the proxy's own user's."""
    with model_server(short) as upstream, running_proxy(upstream.url) as proxy:
        proxy.directory.chmod(0o755)
        (proxy.directory / "activity.sock").chmod(0o666)
        os.seteuid(65534)
        try:
            stranger = proxy.feed()
        finally:
            os.seteuid(0)

        stranger.send(Hold(1))
        seen = messages_until(stranger, Refused)

    assert seen == [Hello(0, 0), Refused(1, "only root may hold clocks")]


def test_a_reader_that_does_not_read_is_dropped() -> None:
    """It costs the others nothing, and the log says why."""
    with model_server(short) as upstream, running_proxy(upstream.url) as proxy:
        proxy.feed()
        with httpx.Client(timeout=WAIT_S) as client:
            while client.get(f"{proxy.url}/-/status").json()["feed_readers"]:
                for _ in range(50):
                    client.post(f"{proxy.url}/api/generate", json={"model": ""})
        log = proxy.stop()

    assert "fell 512 messages behind" in log


def test_a_model_is_parked_when_nothing_is_in_flight() -> None:
    """The proxy unloads it for the reader, which has no network."""

    async def ollama(call: Call) -> None:
        upstream.notes.put((call.target, json.loads(b"".join(await call.parts()))))
        upstream.resident = ()
        await call.whole(b'{"done": true, "done_reason": "unload"}')

    resident = ("qwen3:32b",)
    with model_server(ollama, resident=resident) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        feed.send(Park("qwen3:32b"))
        seen = messages_until(feed, Parked)
        asked = upstream.notes.get(timeout=WAIT_S)

    assert seen == [Hello(0, 0), Parked("qwen3:32b")]
    assert asked == ("/api/generate", {"model": "qwen3:32b", "keep_alive": 0})


def test_a_model_beside_another_is_not_parked() -> None:
    """The reader that asked learns why."""
    with model_server(short) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        feed.send(Park("qwen3:32b"))
        seen = messages_until(feed, ParkRefused)

    assert seen == [Hello(0, 0), ParkRefused("qwen3:32b", "another model is in memory")]


def test_a_reader_that_talks_nonsense_is_dropped() -> None:
    """The proxy goes on."""
    with model_server(short) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        feed.socket.send(b"not JSON")
        messages_until(feed, Hello)
        ended = feed.receive()
        health = httpx.get(f"{proxy.url}/-/healthz")

    assert ended is None
    assert health.status_code == 200


def test_every_cancel_is_of_a_known_request() -> None:
    """Under many clients that come and go, each accepted request ends exactly once."""

    async def sometimes(call: Call) -> None:
        await call.parts()
        if len(upstream.calls) % 3 == 0:
            call.writer.close()
            return
        await call.whole(b"{}")

    with model_server(sometimes) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        clients = [chat(proxy) for _ in range(30)]
        for client in clients:
            client.join(WAIT_S)
        ended: list[str] = []
        accepted: list[str] = []
        while len(ended) < 30:
            message = messages_until(feed, Accepted | Finished | Cancelled)[-1]  # type: ignore[arg-type]
            if isinstance(message, Accepted):
                accepted.append(message.request)
            else:
                ended.extend(message.requests)

    assert sorted(accepted) == sorted(ended)
