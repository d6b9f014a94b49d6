# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM lets running answers end, for a time."""

from __future__ import annotations

import asyncio
import json
import signal
import threading

import httpx
import pytest

from green_common.feed.messages import Cancelled, Finished, FirstToken
from integration.proxy_rig import WAIT_S, Call, messages_until, model_server, running_proxy


def test_a_running_answer_ends_and_nothing_new_begins() -> None:
    """While it drains, new connections are refused; then it ends with 0."""
    go_on = asyncio.Event()

    async def slowly(call: Call) -> None:
        await call.parts()
        await call.stream("application/x-ndjson")
        await call.chunk(b'{"response":"a","done":false}\n')
        await go_on.wait()
        await call.chunk(b'{"response":"","done":true}\n')
        await call.chunk(b"")

    with model_server(slowly) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        answers: list[httpx.Response] = []
        url = f"{proxy.url}/api/generate"
        asking = threading.Thread(target=lambda: answers.append(httpx.post(url, json={"model": ""})))
        asking.start()
        messages_until(feed, FirstToken)

        proxy.process.send_signal(signal.SIGTERM)
        proxy.wait_for("STOPPING=1")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{proxy.url}/-/healthz")
        upstream.loop.call_soon_threadsafe(go_on.set)
        asking.join(WAIT_S)
        messages_until(feed, Finished)
        code = proxy.process.wait(WAIT_S)

    assert answers[0].text.endswith('"done":true}\n')
    assert code == 0


def test_what_takes_too_long_is_cut() -> None:
    """
    After proxy.drain_s, for which systemd is asked to wait, the stream's last object is an error; the model
    server sees a closed connection.
    """

    async def endless(call: Call) -> None:
        await call.parts()
        await call.stream("application/x-ndjson")
        await call.chunk(b'{"response":"a","done":false}\n')
        await call.gone()
        upstream.notes.put("gone")

    with model_server(endless) as upstream, running_proxy(upstream.url, drain_s=0.2) as proxy:
        feed = proxy.feed()
        with httpx.stream("POST", f"{proxy.url}/api/generate", json={"model": ""}) as response:
            messages_until(feed, FirstToken)
            proxy.process.send_signal(signal.SIGTERM)
            lines = response.read().splitlines()
        proxy.wait_for("EXTEND_TIMEOUT_USEC=20200000")
        cancelled = messages_until(feed, Cancelled)[-1]
        code = proxy.process.wait(WAIT_S)
        gone = upstream.notes.get(timeout=WAIT_S)

    assert lines[0] == b'{"response":"a","done":false}'
    assert len(lines) == 2
    assert json.loads(lines[1]).keys() == {"error"}
    assert (cancelled.reason, cancelled.tokens) == ("green-proxy stopped", 1)
    assert (code, gone) == (0, "gone")
