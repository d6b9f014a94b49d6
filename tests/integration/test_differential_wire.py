# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server whose every byte the test decides: what it is asked and what it answers, both ways."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from integration.differences import (
    ANSWER_DIFFERENCES,
    BODY_DIFFERENCES,
    REQUEST_DIFFERENCES,
    SHAPING_OFF,
    USAGE_DIFFERENCES,
    allowed,
    differing,
    passed,
    seen_by_client,
)
from integration.differential_calls import EXACT, HELLO, JSON, PINNED, QWEN, Call, post
from integration.proxy_rig import Call as Arrived, ModelServer, model_server, running_proxy
from integration.raw_http import Answer, Connection, connection

CHAT = post("/api/chat", messages=HELLO, stream=False)
LISTING = Call("GET", "/api/tags")
# So that nothing has to be loaded, and there is a context to cap by.
LOADED = json.dumps({"models": [{"name": QWEN, "model": QWEN, "context_length": 40960}]}).encode()
ROUTES = (LISTING, CHAT, post("/v1/chat/completions", messages=HELLO))
GZIPPED = gzip.compress(b'{"message":{"content":"hello"},"done":true}', mtime=0)


def framed(status: str, body: bytes, *headers: str) -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


CHUNKS = b'4\r\n{"a"\r\n1;x=y\r\n:\r\n2\r\n1}\r\n0\r\n'
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
EVENTS = b'data: {"choices":[]}\n\n: a comment\r\n\r\nevent: odd\ndata: not JSON\n\ndata: [DONE]\n\n'
ANSWERS = {
    "plain": framed("200 OK", b'{"done":true}', "Content-Type: application/json"),
    "doubled headers": framed("200 OK", b"x", "Set-Cookie: a=1", "Set-Cookie: b=2", "Vary: A", "Vary: B"),
    "odd header names": framed(
        "200 OK", b"x", "X-Odd_Name.~!: v", "X-Empty:", "X-Latin: \xfc", 'ETag: W/"1"'
    ),
    "large header": framed("200 OK", b"x", "X-Large: " + "v" * 12_000),
    "reason of its own": framed("299 Quite Peculiar", b"x"),
    "no reason": framed("200 ", b"x"),
    "compressed": framed("200 OK", GZIPPED, "Content-Type: application/json", "Content-Encoding: gzip"),
    "no content": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "not modified": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
    "redirect": framed("307 Temporary Redirect", b"", "Location: /elsewhere"),
    "teapot": framed("418 I'm a teapot", b'{"error":"short"}', "Content-Type: application/json"),
    "server error": framed("500 Internal Server Error", b'{"error":"CUDA error"}'),
    "busy": framed("503 Service Unavailable", b'{"error":"server busy"}', "Retry-After: 7"),
    "not signed in": framed("401 Unauthorized", b"{}", "WWW-Authenticate: Bearer"),
    "empty": framed("200 OK", b""),
    "chunked": CHUNKED_HEAD + b"\r\n" + CHUNKS + b"\r\n",
    "chunked with trailers": CHUNKED_HEAD + b"Trailer: X-Sum\r\n\r\n" + CHUNKS + b"X-Sum: 1\r\n\r\n",
    "events": framed("200 OK", EVENTS, "Content-Type: text/event-stream", "Cache-Control: no-cache"),
    "odd lines": framed("200 OK", b'\n{}\r\n\n{"error":"late"}\nhalf', "Content-Type: application/x-ndjson"),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + framed("200 OK", b"x"),
    "until it closes": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nas long as it takes",
}
# Parts of these that need not pass: ANSWER_DIFFERENCES says why.
UNPASSED = {
    "chunked with trailers": "trailers",
    "reason of its own": "reason",
    "no reason": "reason",
    "teapot": "reason",
}


@dataclass
class Ways:
    """Both ways to the same model server, whose next answer the test sets."""

    server: ModelServer
    proxy_url: str
    answers: list[bytes] = field(default_factory=list)

    def ask(self, url: str, call: Call) -> Answer:
        with connection(url) as opened:
            opened.send(call.data("localhost"))
            return opened.receive(call.method)

    def arrived(self, url: str, call: Call) -> Arrived:
        """The call as the model server got it."""
        self.server.calls.clear()
        self.ask(url, call)
        path = call.target.partition("?")[0]
        # Others are control calls of the proxy itself.
        return [one for one in self.server.calls if one.target.partition("?")[0] == path][-1]


@pytest.fixture(scope="module", params=["shaping off", "as installed"])
def ways(request: pytest.FixtureRequest) -> Iterator[Ways]:
    """One model server, and green-proxy before it."""
    made: list[Ways] = []

    async def answer(call: Arrived) -> None:
        call.body = b"".join(await call.parts())
        if (call.method, call.target) == ("GET", "/api/ps"):
            await call.whole(LOADED)
            return
        data = made[0].answers[0]
        if call.method == "HEAD":
            data = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        await call.write(data)
        if b"Connection: close" in data:
            call.writer.close()

    settings = SHAPING_OFF if request.param == "shaping off" else {}
    with model_server(answer, resident=None) as server, running_proxy(server.url, **settings) as proxy:
        made.append(Ways(server, proxy.url, [ANSWERS["plain"]]))
        yield made[0]


@pytest.mark.parametrize("call", ROUTES, ids=("listing", "native", "openai"))
@pytest.mark.parametrize("name", ANSWERS)
def test_answer_passes_as_it_is(ways: Ways, name: str, call: Call) -> None:
    """Of a listing, and of generating routes, whose answers the proxy reads along."""
    ways.answers[0] = ANSWERS[name]

    direct, proxied = (seen_by_client(ways.ask(url, call)) for url in (ways.server.url, ways.proxy_url))

    if name in UNPASSED:
        assert UNPASSED[name] in ANSWER_DIFFERENCES
        direct[UNPASSED[name]] = proxied[UNPASSED[name]]
    assert direct == proxied


@pytest.mark.parametrize("name", ["plain", "doubled headers", "large header", "not modified"])
def test_answer_to_head_passes_as_it_is(ways: Ways, name: str) -> None:
    """With the length of what is not sent."""
    ways.answers[0] = ANSWERS[name]
    call = Call("HEAD", "/api/tags")

    direct, proxied = (seen_by_client(ways.ask(url, call)) for url in (ways.server.url, ways.proxy_url))

    assert direct == proxied


HEADERS = (
    ("X-Twice", "1"),
    ("x-twice", "2"),
    ("X-Odd_Name.~!", "v"),
    ("X-Empty", ""),
    ("X-Latin", "\xfc"),
    ("Authorization", "Bearer secret"),
    ("Cookie", "a=1; b=2"),
    ("Accept", "application/json"),
    ("User-Agent", "a client/1.0"),
    ("Via", "1.1 another"),
    ("X-Forwarded-For", "192.0.2.7"),
    ("anthropic-version", "2023-06-01"),
)
SEEN = (*EXACT, *PINNED)


@pytest.mark.parametrize("call", SEEN, ids=[f"{number}" for number in range(len(SEEN))])
def test_model_server_sees_the_same(ways: Ways, request: pytest.FixtureRequest, call: Call) -> None:
    """But for the differences that are listed; other routes differ in nothing but the way itself."""
    ways.answers[0] = ANSWERS["plain"]
    call = Call(call.method, call.target, call.body, (*call.headers, *HEADERS), call.chunked)

    direct, proxied = (ways.arrived(url, call) for url in (ways.server.url, ways.proxy_url))

    generating = call.method == "POST" and generates(call.target)
    skipped = set(REQUEST_DIFFERENCES) if generating else {"host", "expect"}
    assert (direct.method, direct.target) == (proxied.method, proxied.target)
    assert passed(direct.headers, *skipped) == passed(proxied.headers, *skipped)
    if direct.body != proxied.body:
        off = request.node.callspec.params["ways"] == "shaping off"
        table = USAGE_DIFFERENCES if off else BODY_DIFFERENCES | USAGE_DIFFERENCES
        assert allowed(found := differing(direct.body, proxied.body), table), found


def generates(target: str) -> bool:
    """Whether a call is to a route whose bodies the proxy reads."""
    path = target.partition("?")[0].replace("%63", "c")
    kinds = ("chat", "generate", "embed", "embeddings", "completions", "responses", "messages")
    return path.rpartition("/")[2] in kinds


@pytest.mark.parametrize("path", ["/api/blobs/sha256:1", "/api/chat"])
@pytest.mark.parametrize("chunked", [True, False])
def test_client_that_asks_first_may_send(ways: Ways, path: str, *, chunked: bool) -> None:
    """Expect: 100-continue is answered before the body is there."""
    ways.answers[0] = ANSWERS["plain"]
    # With a limit of its own, so that no step has anything to change.
    body = json.dumps({"model": QWEN, "messages": HELLO, "options": {"num_predict": 5}}).encode()
    call = Call("POST", path, body, (*JSON, ("Expect", "100-continue")), chunked)
    head, _, content = call.data("localhost").partition(b"\r\n\r\n")

    with connection(ways.proxy_url) as opened:
        opened.send(head + b"\r\n\r\n")
        assert opened.head().status == 100
        opened.send(content)

        assert opened.receive().status == 200

    assert ways.server.calls[-1].body == body


def test_answer_before_the_body_is_whole_passes(ways: Ways) -> None:
    """A refusal of an upload reaches the client while it still sends."""

    def refused(opened: Connection) -> Answer:
        opened.send(b"POST /api/blobs/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
        return opened.receive()

    ways.answers[0] = ANSWERS["not signed in"]
    with connection(ways.proxy_url) as opened:
        assert refused(opened).status == 401
