# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Calls that are made twice, directly and through green-proxy: all routes, dialects, kinds of error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

QWEN = "qwen3:32b"
HELLO = [{"role": "user", "content": "Grüße, 你好 \U0001f600"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
FUNCTION = {"name": "forecast", "parameters": SCHEMA}
TOOL = {"type": "function", "function": FUNCTION}
ASKING = [{"role": "user", "content": "simulated-tool-call, please"}]
PIXEL = "aGVsbG8="
BLOB = b"simulated weights"
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"
JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True)
class Call:
    """One request, byte for byte but for the Host header."""

    method: str
    target: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False

    def data(self, host: str) -> bytes:
        """What goes over the socket."""
        headers = [("Host", host), *self.headers]
        body = self.body or b""
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        elif self.body is not None:
            headers.append(("Content-Length", str(len(body))))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def __str__(self) -> str:
        return f"{self.method} {self.target[:60]} {(self.body or b'')[:80].decode('utf-8', 'replace')}"


def post(path: str, **fields: Any) -> Call:
    """A request with a JSON object."""
    body = json.dumps({"model": QWEN, **fields}, ensure_ascii=False).encode()
    return Call("POST", path, body, JSON)


def both(path: str, **fields: Any) -> Iterator[Call]:
    """Whole and streamed."""
    yield post(path, **fields, stream=False)
    yield post(path, **fields, stream=True)


def native() -> Iterator[Call]:
    """Ollama's own API."""
    yield from both("/api/chat", messages=HELLO)
    yield from both("/api/chat", messages=HELLO, think=False, format="json")
    yield from both("/api/chat", messages=HELLO, think=True, logprobs=True, top_logprobs=3)
    yield from both("/api/chat", messages=ASKING, tools=[TOOL])
    yield from both("/api/chat", messages=[{**HELLO[0], "images": [PIXEL]}])
    yield from both("/api/chat", messages=HELLO, options={"num_predict": 3, "stop": ["x"], "seed": 7})
    yield from both("/api/generate", prompt="hello", system="be brief", suffix="", context=[1, 2])
    yield from both("/api/generate", prompt="hello", raw=True, format=SCHEMA)
    yield from both("/api/generate", prompt="")
    yield post("/api/chat", messages=HELLO)
    yield post("/api/chat", messages=[], keep_alive="10m")
    yield post("/api/embed", input=["a", "b"], truncate=True, dimensions=8, keep_alive=-1)
    yield post("/api/embed", input="word " * 50_000, truncate=False)
    yield post("/api/embeddings", prompt="a")
    yield post("/api/show")
    yield Call("GET", "/api/ps")
    yield post("/api/generate", keep_alive=0)


def library() -> Iterator[Call]:
    """What changes which models there are; the order matters."""
    yield Call("HEAD", f"/api/blobs/{DIGEST}")
    yield Call("POST", f"/api/blobs/{DIGEST}", BLOB)
    yield Call("POST", f"/api/blobs/{DIGEST}", BLOB, chunked=True)
    yield Call("POST", f"/api/blobs/{DIGEST.replace(':', '%3A')}", BLOB)
    yield Call("HEAD", f"/api/blobs/{DIGEST}")
    yield Call("POST", f"/api/blobs/sha256:{'0' * 64}", BLOB)
    yield Call("POST", "/api/blobs/md5:1", BLOB)
    yield from both("/api/create", model="own", files={"weights.gguf": DIGEST})
    yield from both("/api/create", model="own", files={"weights.gguf": f"sha256:{'1' * 64}"})
    yield post("/api/copy", source="own", destination="two/other:tag")
    yield post("/api/copy", source="none", destination="x")
    yield Call("DELETE", "/api/delete", b'{"model":"own"}', JSON)
    yield Call("DELETE", "/api/delete", b'{"model":"own"}', JSON)
    yield from both("/api/pull", model="small:1b")
    yield from both("/api/pull", model="missing:1b")
    yield from both("/api/push", model="small:1b")
    yield from both("/api/push", model="nobody/none")
    yield Call("GET", "/api/tags")
    yield Call("POST", "/api/me", b"{}")
    yield Call("GET", "/api/status")


def openai() -> Iterator[Call]:
    """OpenAI's API."""
    path = "/v1/chat/completions"
    yield from both(path, messages=HELLO)
    yield post(path, messages=HELLO, stream=True, stream_options={"include_usage": True})
    yield post(path, messages=HELLO, stream=True, stream_options={"include_usage": False})
    yield from both(path, messages=HELLO, max_tokens=3, stop=["x"], reasoning_effort="none", n=1, user="me")
    yield from both(path, messages=HELLO, max_completion_tokens=3, unknown_field={"deep": [None, 1.5]})
    yield from both(path, messages=ASKING, tools=[TOOL], tool_choice="auto")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    yield from both(path, messages=[{"role": "user", "content": [{"type": "text", "text": "x"}, image]}])
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    yield from both(path, messages=HELLO, response_format=schema)
    yield from both("/v1/completions", prompt="hello", max_tokens=5)
    yield post("/v1/completions", prompt="hello", stream=True, stream_options={"include_usage": True})
    yield from both("/v1/responses", input="hello", instructions="be brief")
    yield from both("/v1/responses", input=HELLO, max_output_tokens=3)
    yield from both("/v1/responses", input=ASKING, tools=[{"type": "function", **FUNCTION}])
    yield post("/v1/embeddings", input=["a", "b"])
    yield post("/v1/embeddings", input="a", encoding_format="base64")
    yield Call("GET", "/v1/models")
    yield Call("GET", f"/v1/models/{QWEN}")
    yield Call("GET", "/v1/models/gpt-9")


def anthropic() -> Iterator[Call]:
    """Anthropic's API."""
    path, version = "/v1/messages", ("anthropic-version", "2023-06-01")
    for call in (
        *both(path, messages=HELLO, max_tokens=100, system=[{"type": "text", "text": "be brief"}]),
        *both(path, messages=HELLO, max_tokens=3, stop_sequences=["x"]),
        *both(path, messages=ASKING, max_tokens=100, tools=[{"name": "forecast", "input_schema": SCHEMA}]),
        *both(path, messages=HELLO, max_tokens=100, thinking={"type": "disabled"}),
        *both(path, messages=HELLO),
        *both(path, messages=[], max_tokens=100),
        *both(path, model="gpt-9", messages=HELLO, max_tokens=100),
    ):
        yield Call(call.method, call.target, call.body, (*call.headers, version))


def odd() -> Iterator[Call]:
    """Probes, unknown routes, other methods, queries, encodings."""
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        body = b"" if method in ("POST", "PUT", "PATCH") else None
        for path in ("/", "/api/version", "/api/tags", "/api/nothing", "/api/chat", "/v1/nothing"):
            yield Call(method, path, body)
    for target in (
        "/api/tags?",
        "/api/tags?a=1&b=%20&&c=%E4%BD%A0&a=2",
        "/api/%74ags",
        "/api%2Ftags",
        "/api/tags/",
        "//api/tags",
        "/api/./tags",
        "/api/../api/tags",
        "/v1/models/qwen3%3A32b",
        "/v1/models/two%2Fother:tag",
        "/%",
        "/api/tags;x=1",
        f"/{'x' * 4000}",
        "/api/nothing?q=" + "y" * 4000,
    ):
        yield Call("GET", target)
    yield Call("POST", "/api/%63hat?x=1", post("/api/chat", messages=HELLO, stream=False).body, JSON)
    page = (("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", "POST"))
    yield Call("OPTIONS", "/api/chat", None, page)
    yield Call("GET", "/api/tags", None, page)
    yield Call("GET", "/api/tags", None, (("Accept-Encoding", "gzip, br"), ("Accept", "*/*")))
    yield Call("GET", "/api/tags", None, (("X-Twice", "1"), ("x-twice", "2"), ("X-Odd_Name.~!", "")))


def errors() -> Iterator[Call]:
    """Well-formed JSON that the model server refuses."""
    yield from both("/api/chat", model="gpt-9", messages=HELLO)
    yield post("/api/chat", model="", messages=HELLO)
    yield post("/api/chat", messages=[{"role": "wizard", "content": "x"}])
    yield post("/api/chat", messages=[{"role": "user", "content": "x", "images": ["no base64"]}])
    yield post("/api/chat", messages=HELLO, keep_alive="soon")
    yield post("/api/show", model="gpt-9")
    yield from both("/v1/chat/completions", model="gpt-9", messages=HELLO)
    yield post("/v1/chat/completions", messages=[])
    yield post("/v1/embeddings", model="gpt-9", input="x")


def malformed() -> Iterator[Call]:
    """Bodies that a proxy which reads them may refuse itself, in its own words."""
    for path in ("/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages"):
        for body in (b"", b"{oops", b"[]", b"null", b'{"model":NaN}', b'"text"'):
            yield Call("POST", path, body, JSON)
    yield post("/api/chat", messages="hello")
    yield post("/api/chat", messages=[5])
    yield post("/api/generate", prompt=5)
    yield post("/api/chat", messages=HELLO, options=[])
    yield post("/api/embed", input=5)
    yield post("/v1/responses", input=5)


def pinned() -> Iterator[Call]:
    """What makes the model server load again, and so is removed as installed."""
    launch = {
        "num_ctx": 4096,
        "num_batch": 256,
        "num_gpu": 1,
        "main_gpu": 0,
        "use_mmap": False,
        "num_thread": 4,
    }
    for path, asked in (("/api/chat", {"messages": HELLO}), ("/api/generate", {"prompt": "hello"})):
        yield post(path, **asked, options={**launch, "draft_num_predict": 4, "temperature": 0.5})
        yield post(path, **asked, options={"num_ctx": 4096}, shift=False)
        yield post(path, **asked, options={"num_predict": 7}, shift=True)
    yield post("/api/embed", input="a", options={"num_ctx": 4096})
    yield post("/v1/chat/completions", messages=HELLO, options={"num_ctx": 4096}, num_ctx=4096)


EXACT = (*native(), *library(), *openai(), *anthropic(), *odd(), *errors())
MALFORMED = tuple(malformed())
PINNED = tuple(pinned())
