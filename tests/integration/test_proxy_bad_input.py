# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Bad input through the whole chain: refused in the client's words, never forwarded, and nothing is hurt."""

from __future__ import annotations

import contextlib
import json
import os
import random
import selectors
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.proxy_rig import WAIT_S, Proxy, running_proxy
from integration.raw_http import Answer, connection
from integration.shaping_rig import MODEL, Stage, stage

Chain = tuple[Proxy, Stage]
PATHS = ("/api/chat", "/v1/chat/completions", "/v1/messages")
GOOD = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": False}).encode()
FLOOD = 200
MAX_GROWTH_MIB = 16.0


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """One daemon for all of the module: each test finds it as the ones before it left it."""
    with stage() as server, running_proxy(server.url, body_limit_mib=8, body_timeout_s=1) as proxy:
        yield proxy, server


@pytest.fixture(autouse=True)
def unharmed(chain: Chain) -> Iterator[None]:
    """Nothing has reached the model server, nothing is in flight, and the next request is answered."""
    proxy, server = chain
    server.generations.clear()
    yield
    assert server.generations == []
    answer = httpx.post(f"{proxy.url}/api/chat", content=GOOD, timeout=WAIT_S)
    assert answer.json()["message"]["content"] == "answer 1"
    deadline_s = time.monotonic() + WAIT_S
    while (status := httpx.get(f"{proxy.url}/-/status").json())["in_flight"]:
        assert time.monotonic() < deadline_s, status
        time.sleep(0.01)
    assert status["counts"]["bodies_bytes"] == 0
    assert (status["counts"]["running"], status["counts"]["waiting"]) == (0, 0)


def post(chain: Chain, path: str, body: bytes) -> httpx.Response:
    return httpx.post(f"{chain[0].url}{path}", content=body, timeout=WAIT_S)


def raw(chain: Chain, data: bytes) -> Answer:
    with connection(chain[0].url) as client:
        client.send(data)
        return client.receive()


def error_of(path: str, body: bytes) -> str:
    """The error's text; the shape has to be that of the route's API."""
    said = json.loads(body)
    if path == "/api/chat":
        assert said.keys() == {"error"}
        return str(said["error"])
    assert (said.get("type") == "error") == (path == "/v1/messages")
    assert isinstance(said["error"]["type"], str)
    return str(said["error"]["message"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"[]",
        b'"text"',
        b"null",
        GOOD + b"}",
        GOOD + GOOD,
        GOOD[:-1],
        GOOD[:-1] + b',"model":"other"}',
        b'{"model": NaN}',
        b'{"model": "m", "temperature": Infinity}',
        b'{"model": "m", "temperature": 1e999}',
        b'{"model": "m", "seed": ' + b"9" * 5000 + b"}",
        b'{"model": "\xff"}',
        b'{"model": "a\nb"}',
        b"\xef\xbb\xbf" + GOOD,
        b'{"model": 1}',
        b'{"model": "m", "messages": "Hi"}',
        b'{"model": "m", "messages": [1]}',
        b'{"model": "m", "messages": [[]]}',
        b'{"model": "m", "stream": "yes"}',
        b'{"model": "m", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    ],
)
def test_bodies(chain: Chain, path: str, body: bytes) -> None:
    """What is no JSON object, or has a wrong type where the proxy reads, is told so at once."""
    began_s = time.monotonic()
    answer = post(chain, path, body)

    assert answer.status_code in (400, 413)
    assert error_of(path, answer.content)
    assert time.monotonic() - began_s < 2


@pytest.mark.parametrize("path", PATHS)
def test_too_many_values(chain: Chain, path: str) -> None:
    """A small body that would take much memory once read."""
    answer = post(chain, path, b'{"model": "m", "x": [' + b"1," * 2_100_000 + b"1]}")

    assert answer.status_code == 413
    error_of(path, answer.content)


@pytest.mark.parametrize("path", PATHS)
def test_too_large(chain: Chain, path: str) -> None:
    """By its announcement alone."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"

    answer = raw(chain, head.encode())

    assert answer.status == 413
    assert "proxy.body_limit_mib" in error_of(path, answer.body)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 99\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"]
)
def test_too_slow(chain: Chain, path: str, framing: bytes) -> None:
    """A body that stalls has its time limit."""
    answer = raw(chain, f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + framing)

    assert answer.status == 408
    assert "proxy.body_timeout_s" in error_of(path, answer.body)


LENGTH = b"Content-Length: %d\r\n" % len(GOOD)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n%b\r\n" % (len(GOOD), GOOD)
SMUGGLED = b"POST /api/delete HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (LENGTH + CHUNKED, b"0\r\n\r\n" + SMUGGLED),
        (CHUNKED + LENGTH, b"0\r\n\r\n" + SMUGGLED),
        (LENGTH + b"Content-Length: 5\r\n", GOOD),
        (LENGTH + LENGTH, GOOD),
        (b"Content-Length: +5\r\n", b"{}   "),
        (b"Content-Length: 5, 5\r\n", b"{}   "),
        (b"Content-Length: -1\r\n", b""),
        (b"Content-Length: 0x5\r\n", b"{}   "),
        (b"Content-Length : 5\r\n", b"{}   "),
        (b"Transfer-Encoding: xchunked\r\n", CHUNK + b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked, identity\r\n", CHUNK + b"0\r\n\r\n"),
        (b"Transfer-Encoding: gzip, chunked\r\n", CHUNK + b"0\r\n\r\n"),
        (CHUNKED + CHUNKED, CHUNK + b"0\r\n\r\n"),
        (b"Transfer-Encoding:\x0bchunked\r\n", CHUNK + b"0\r\n\r\n"),
        (b"Transfer-Encoding\x00: chunked\r\n", CHUNK + b"0\r\n\r\n"),
        (b"X: a\r\n " + LENGTH, GOOD),
        (b"X: a\rContent-Length: 3\r\n", GOOD),
        (b"X: a\nContent-Length: 3\r\n", GOOD),
        (b"X: \x00\r\n" + LENGTH, GOOD),
        (b"Expect: 200-maybe\r\n" + LENGTH, GOOD),
        (b"Host: other\r\n" + LENGTH, GOOD),
        (CHUNKED, b"-5\r\n" + GOOD + b"\r\n0\r\n\r\n"),
        (CHUNKED, b"0x5\r\n" + GOOD + b"\r\n0\r\n\r\n"),
        (CHUNKED, b"ffffffffffffffffff\r\n" + GOOD),
        (CHUNKED, b"2\r\n{}garbage\r\n0\r\n\r\n"),
        (CHUNKED, CHUNK.replace(b"\r\n", b"\n") + b"0\n\n"),
        (CHUNKED, b"%x \n" % len(GOOD) + GOOD + b"\r\n0\r\n\r\n"),
    ],
)
def test_smuggling(chain: Chain, head: bytes, body: bytes) -> None:
    """Two readings of where a body ends: refused, and the connection is closed."""
    with connection(chain[0].url) as client:
        client.send(b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n%b\r\n%b" % (head, body))
        answer = client.receive()
        with contextlib.suppress(ConnectionError):
            assert client.socket.recv(1) == b""

    assert answer.status in (400, 408, 417, 501)
    error_of("/v1/messages", answer.body)


@pytest.mark.parametrize(
    "data",
    [
        b"POST /api/chat HTTP/1.1\nHost: localhost\n" + LENGTH.replace(b"\r", b"") + b"\n" + GOOD,
        b"POST /api/chat HTTP/1.1\r\n" + LENGTH + b"\r\n" + GOOD,
        b"POST /api/chat HTTP/2.0\r\nHost: localhost\r\n" + LENGTH + b"\r\n" + GOOD,
        b"POST /api/chat\r\n\r\n",
        b"POST http://other/api/chat HTTP/1.1\r\nHost: localhost\r\n" + LENGTH + b"\r\n" + GOOD,
        b"CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n",
        b"PO ST /api/chat HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/chat#x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\n" + b"X: x\r\n" * 1000 + b"\r\n",
        b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_not_strictly_http(chain: Chain, data: bytes) -> None:
    """Bare line feeds, other versions, no host, other people's addresses, heads without end."""
    answer = raw(chain, data)

    assert answer.status in (400, 405, 414, 431, 505)
    assert json.loads(answer.body)["error"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"Origin": "https://evil.example"}],
)
def test_strange_web_pages(chain: Chain, path: str, headers: dict[str, str]) -> None:
    """Names that are not this machine's, and pages of others: 403."""
    answer = httpx.post(f"{chain[0].url}{path}", content=GOOD, headers=headers)

    assert answer.status_code == 403
    error_of(path, answer.content)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]", "nas.local", "192.168.1.5:18789"])
def test_hosts_of_ones_own(chain: Chain, host: str) -> None:
    """As Ollama has it."""
    answer = httpx.get(f"{chain[0].url}/-/healthz", headers={"Host": host})

    assert answer.status_code == 200


def test_a_flood(chain: Chain) -> None:
    """Two hundred connections of garbage and of halves of requests, again and again."""
    chance = random.Random(7)
    flood(chain[0].port, chance)
    before_mib = resident_mib(chain[0])

    for _ in range(3):
        flood(chain[0].port, chance)

    assert resident_mib(chain[0]) - before_mib < MAX_GROWTH_MIB


def flood(port: int, chance: random.Random) -> None:
    """All at once; each is left as soon as all have been answered or cut, or after a while."""
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_S)) for _ in range(FLOOD)
        ]
        waiting = stack.enter_context(selectors.DefaultSelector())
        for client in clients:
            client.setblocking(False)
            waiting.register(client, selectors.EVENT_READ)
            with contextlib.suppress(OSError):
                client.send(garbage(chance))
        until_s = time.monotonic() + 0.5
        while waiting.get_map() and time.monotonic() < until_s:
            for key, _ in waiting.select(0.05):
                waiting.unregister(key.fileobj)


def garbage(chance: random.Random) -> bytes:
    """Bytes of chance, a request cut anywhere, or one with some of its bytes changed; none is whole."""
    whole = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (
        len(GOOD) + 1,
        GOOD,
    )
    kind = chance.randrange(3)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 60_000))
    if kind == 1:
        return whole[: chance.randrange(1, len(whole))]
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 10)):
        changed[chance.randrange(whole.index(b"\r\n\r\n"))] = chance.randrange(256)
    return bytes(changed)


def resident_mib(proxy: Proxy) -> float:
    pages = int(Path(f"/proc/{proxy.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
