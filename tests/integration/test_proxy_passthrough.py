# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What passes through green-proxy unchanged, and how it flows."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.proxy_rig import WAIT_S, Call, Proxy, model_server, running_proxy

MIB = 1 << 20


async def echo(call: Call) -> None:
    """Answer with an odd status, doubled headers and the body."""
    body = b"".join(await call.parts())
    await call.head(
        "207 Multi-Status",
        "X-Twice: 1",
        "X-Twice: 2",
        "Connection: X-Hop",
        "X-Hop: 1",
        f"Content-Length: {len(body)}",
    )
    if call.method != "HEAD":
        await call.write(body)


def test_methods_paths_and_queries_pass_byte_for_byte() -> None:
    """Whatever the client writes arrives as it wrote it, escapes and doubled slashes included."""
    target = "/api//blobs/sha256:%41b%2Fc|[d]?q=%20a&q=+b&%zz"
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "POST", "PROPFIND"]
    statuses = []
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=WAIT_S)
        for method in methods:
            connection.request(method, target, body=b"x" if method in ("PUT", "POST") else None)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()

    assert [(call.method, call.target) for call in upstream.calls] == [(method, target) for method in methods]
    assert statuses == [207] * len(methods)


def test_headers_pass_both_ways_but_those_of_the_connection() -> None:
    """Doubles stay double; hop-by-hop headers end at the proxy; the request id is ours."""
    sent = [
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
        ("Accept-Encoding", "br"),
    ]
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:
        response = httpx.get(f"{proxy.url}/any", headers=[*sent, ("X-Green-Request-Id", "forged")])
        call = upstream.calls[0]

    assert [value for name, value in call.headers if name == "x-twice"] == ["1", "2"]
    assert call.header("x-hop") is None
    assert call.header("accept-encoding") == "br"
    assert call.header("host") == upstream.url.removeprefix("http://")
    assert call.header("x-green-request-id") == response.headers["x-green-request-id"] != "forged"
    assert response.headers.get_list("x-twice") == ["1", "2"]
    assert "x-hop" not in response.headers


def test_a_chunked_body_streams_to_the_model_server() -> None:
    """The first part arrives while the second is not yet written."""
    first_arrived = threading.Event()
    arrived_early: list[bool] = []

    async def noting(call: Call) -> None:
        while size := int(await call.reader.readline(), 16):
            await call.reader.readexactly(size + 2)
            first_arrived.set()
        await call.reader.readline()
        await call.whole(b"{}")

    def parts() -> Iterator[bytes]:
        yield b"one"
        arrived_early.append(first_arrived.wait(WAIT_S / 2))
        yield b"two"

    with model_server(noting) as upstream, running_proxy(upstream.url) as proxy:
        httpx.post(f"{proxy.url}/api/create", content=parts(), timeout=WAIT_S)

    assert arrived_early == [True]


def test_an_answer_streams_to_the_client() -> None:
    """Each chunk reaches the client while the next one is not yet written."""
    go_on = asyncio.Event()

    async def slowly(call: Call) -> None:
        await call.parts()
        await call.stream("application/x-ndjson")
        await call.chunk(b'{"response":"a","done":false}\n')
        await go_on.wait()
        await call.chunk(b'{"response":"","done":true}\n')
        await call.chunk(b"")

    with model_server(slowly) as upstream, running_proxy(upstream.url) as proxy:  # noqa: SIM117
        with httpx.stream("POST", f"{proxy.url}/api/generate", json={"model": "m"}) as response:
            lines = response.iter_lines()
            first = next(lines)
            upstream.loop.call_soon_threadsafe(go_on.set)
            rest = list(lines)

    assert first == '{"response":"a","done":false}'
    assert rest == ['{"response":"","done":true}']


def test_large_bodies_flow_with_flat_memory() -> None:
    """Blobs of hundreds of MiB pass both ways without growing the proxy."""
    size = 200 * MIB
    block = b"x" * MIB

    async def blobs(call: Call) -> None:
        if call.method == "POST":
            for _ in range(size // MIB):
                await call.reader.readexactly(MIB)
            await call.whole(b"{}")
            return
        await call.head("200 OK", f"Content-Length: {size}")
        for _ in range(size // MIB):
            await call.write(block)

    with model_server(blobs) as upstream, running_proxy(upstream.url) as proxy:
        before_mib = resident_mib(proxy)
        upload = httpx.post(
            f"{proxy.url}/api/blobs/sha256:0",
            content=(block for _ in range(size // MIB)),
            headers={"Content-Length": str(size)},
            timeout=60,
        )
        with httpx.stream("GET", f"{proxy.url}/api/blobs/sha256:0", timeout=60) as download:
            received = sum(len(chunk) for chunk in download.iter_raw())
        grown_mib = resident_mib(proxy) - before_mib

    assert upload.status_code == 200
    assert received == size
    assert grown_mib < 20


def test_compressed_answers_are_left_alone() -> None:
    """The proxy neither packs nor unpacks."""

    async def packed(call: Call) -> None:
        await call.head("200 OK", "Content-Encoding: gzip", "Content-Length: 4")
        await call.write(b"\x1f\x8bxx")

    with model_server(packed) as upstream, running_proxy(upstream.url) as proxy:  # noqa: SIM117
        with httpx.stream("GET", f"{proxy.url}/x") as response:
            raw = b"".join(response.iter_raw())

    assert (raw, response.headers["content-encoding"]) == (b"\x1f\x8bxx", "gzip")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST http://evil.example/api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(head: bytes) -> None:
    """It goes nowhere: the model server might read it otherwise."""
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:  # noqa: SIM117
        with socket.create_connection(("127.0.0.1", proxy.port), WAIT_S) as client:
            client.sendall(head)
            answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400")
    assert upstream.calls == []


def test_an_absolute_target_is_one_of_ours() -> None:
    """Clients that take green-proxy for a forward proxy write it; the model server gets the path alone."""
    head = b"GET http://localhost/api/tags?x=%20 HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert ask_raw(head) == (b"HTTP/1.1 207", ["/api/tags?x=%20"])


def test_a_tunnel_is_refused() -> None:
    """green-proxy is no forward proxy."""
    head = b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert ask_raw(head) == (b"HTTP/1.1 405", [])


def ask_raw(head: bytes) -> tuple[bytes, list[str]]:
    """Version and status of the answer, and what arrived at the model server."""
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:  # noqa: SIM117
        with socket.create_connection(("127.0.0.1", proxy.port), WAIT_S) as client:
            client.sendall(head)
            answer = client.recv(4096)
    return answer[:12], upstream.paths()


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}], ids=["host", "origin"]
)
def test_strangers_are_turned_away(headers: dict[str, str]) -> None:
    """A strange Host or Origin gets a 403 in the client's dialect, and the model server hears nothing."""
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:
        response = httpx.post(f"{proxy.url}/v1/chat/completions", json={"model": "m"}, headers=headers)

    assert response.status_code == 403
    assert response.json()["error"]["type"] == "permission_error"
    assert upstream.calls == []


def test_own_routes_tell_how_it_is() -> None:
    """healthz, readyz and status answer, and nothing under /-/ reaches the model server."""
    with model_server(echo) as upstream, running_proxy(upstream.url) as proxy:
        answers = [httpx.get(f"{proxy.url}/-/{name}") for name in ("healthz", "readyz", "status", "other")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 404]
    assert answers[2].json()["in_flight"] == 0
    assert answers[2].json()["slots"] == 16
    assert upstream.calls == []


def resident_mib(proxy: Proxy) -> float:
    status = Path(f"/proc/{proxy.process.pid}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) / 1024
