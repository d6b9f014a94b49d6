# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-proxy says and does when something is wrong."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from pathlib import Path

import httpx
import pytest

from green_common.feed.messages import Cancelled, FirstToken
from integration.proxy_rig import (
    WAIT_S,
    Call,
    free_port,
    messages_until,
    model_server,
    running_proxy,
    start_proxy,
)


async def short(call: Call) -> None:
    await call.parts()
    await call.whole(b'{"done": true}')


@pytest.mark.parametrize(
    ("path", "where"), [("/api/chat", ("error",)), ("/v1/chat/completions", ("error", "message"))]
)
def test_an_unreachable_model_server(path: str, where: tuple[str, ...]) -> None:
    """The client learns in its dialect which address failed and which key names it; so does systemd."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    with running_proxy(nowhere) as proxy:
        feed = proxy.feed()

        response = httpx.post(f"{proxy.url}{path}", json={"model": "m"})
        cancelled = messages_until(feed, Cancelled)[-1]
        status = proxy.wait_for("DEGRADED")
        ready = httpx.get(f"{proxy.url}/-/readyz")

    text = response.json()
    for key in where:
        text = text[key]
    assert response.status_code == 503
    assert nowhere in text
    assert "proxy.upstream" in text
    assert cancelled.reason == "model server failed"
    assert "Connection refused" in status
    assert ready.status_code == 503


def test_a_model_server_that_comes_back() -> None:
    """The status line is mended without a request, within seconds."""
    port = free_port()
    with running_proxy(f"http://127.0.0.1:{port}") as proxy:
        proxy.wait_for("DEGRADED")
        with model_server(short, port):
            while "DEGRADED" in (line := proxy.wait_for("STATUS=")):
                continue
        log = proxy.stop()

    assert "in flight" in line
    assert log.count("can't be reached") == 1
    assert log.count("answers again") == 1


def test_a_model_server_that_dies_in_mid_stream() -> None:
    """The client sees a broken stream and no clean end."""

    async def dies(call: Call) -> None:
        await call.parts()
        await call.stream("application/x-ndjson")
        await call.chunk(b'{"response":"a","done":false}\n')
        call.writer.transport.abort()

    with model_server(dies) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{proxy.url}/api/generate", json={"model": ""})
        seen = messages_until(feed, Cancelled)

    assert isinstance(seen[-2], FirstToken)
    assert seen[-1].reason == "model server failed"


def test_a_model_server_that_goes_without_an_answer() -> None:
    """502, and no second try: the first may have been generated."""

    async def goes(call: Call) -> None:
        await call.parts()
        call.writer.close()

    with model_server(goes) as upstream, running_proxy(upstream.url) as proxy:
        response = httpx.post(f"{proxy.url}/api/generate", json={"model": ""})

    assert response.status_code == 502
    assert len(upstream.calls) == 1


def test_a_body_over_the_limit() -> None:
    """Announced, it is refused before anything is; chunked, as soon as it is over."""
    with model_server(short) as upstream, running_proxy(upstream.url, body_limit_mib=1) as proxy:
        feed = proxy.feed()
        large = b"x" * (2 << 20)

        announced = httpx.post(f"{proxy.url}/v1/embeddings", content=large)
        chunked = httpx.post(f"{proxy.url}/api/chat", content=iter([large[:1000], large]))
        seen = messages_until(feed, Cancelled)

    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert "proxy.body_limit_mib" in chunked.json()["error"]
    assert seen[-1].reason == "refused"
    assert upstream.calls == []


def test_a_body_that_never_ends() -> None:
    """A stalled body holds a GPU awake for its time limit and no longer."""
    with model_server(short) as upstream, running_proxy(upstream.url, body_timeout_s=1) as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=WAIT_S)
        connection.putrequest("POST", "/api/chat")
        connection.putheader("Content-Length", "99")
        connection.endheaders(b"{")
        response = connection.getresponse()
        text = json.loads(response.read())["error"]
        connection.close()

    assert response.status == 408
    assert "proxy.body_timeout_s" in text
    assert upstream.calls == []


def test_a_port_in_use(tmp_path: Path) -> None:
    """Exit 69, naming the address, the key, and the process that has the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        proxy = start_proxy(tmp_path, "http://127.0.0.1:1", port)
        said = proxy.process.communicate(timeout=WAIT_S)[1]
        proxy.close()

    assert proxy.process.returncode == os.EX_UNAVAILABLE
    assert f"proxy.listen 127.0.0.1:{port}" in said
    assert f"process {os.getpid()} (" in said


def test_a_second_proxy_is_named() -> None:
    """Whoever has the port is asked what it is."""
    with running_proxy("http://127.0.0.1:1") as first:
        directory = first.directory / "second"
        directory.mkdir()
        second = start_proxy(directory, "http://127.0.0.1:1", first.port)
        said = second.process.communicate(timeout=WAIT_S)[1]
        second.close()

    assert second.process.returncode == os.EX_UNAVAILABLE
    assert "another green-proxy" in said


def test_a_clawdbot_gateway_is_named(tmp_path: Path) -> None:
    """18789 is its port too, so it may be there first."""

    async def gateway(call: Call) -> None:
        await call.whole(b"<title>Clawdbot Control</title>", "text/html")

    with model_server(gateway) as other:
        proxy = start_proxy(tmp_path, "http://127.0.0.1:1", other.port)
        said = proxy.process.communicate(timeout=WAIT_S)[1]
        proxy.close()

    assert proxy.process.returncode == os.EX_UNAVAILABLE
    assert "a Clawdbot gateway" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file to another user takes root")
def test_a_feed_socket_of_another_user(tmp_path: Path) -> None:
    """Exit 77: somebody else sits where the proxy's readers would look."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as foreign:
        foreign.bind(str(tmp_path / "activity.sock"))
        os.chown(tmp_path / "activity.sock", 65534, 65534)
        proxy = start_proxy(tmp_path, "http://127.0.0.1:1", free_port())
        said = proxy.process.communicate(timeout=WAIT_S)[1]
        proxy.close()

    assert proxy.process.returncode == os.EX_NOPERM
    assert "belongs to uid 65534" in said


def test_a_watched_proxy_says_that_it_lives() -> None:
    """The service manager hears it well within the watchdog's time of four seconds."""
    with running_proxy("http://127.0.0.1:1") as proxy:
        began_s = time.monotonic()
        proxy.wait_for("WATCHDOG=1")
        proxy.wait_for("WATCHDOG=1")

    assert time.monotonic() - began_s < 4
