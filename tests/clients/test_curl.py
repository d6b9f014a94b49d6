# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""curl, as people try things out with it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from clients.ground import ARGUMENTS, BLOB, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground

HELLO = [{"role": "user", "content": "hello there"}]
TOOL = {"type": "function", "function": {"name": "forecast", "parameters": SCHEMA}}


@cache
def version() -> str:
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[1]


CLIENT = f"curl {version()}"


def curl(*arguments: str) -> str:
    """What it prints; raises CalledProcessError with curl's own exit code."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def post(ground: Ground, path: str, *arguments: str, **fields: Any) -> Any:
    """The one object that a call is answered with."""
    body = json.dumps({"model": QWEN, "stream": False, **fields})
    return json.loads(curl(ground.url + path, "--json", body, *arguments))


def test_chat_whole(ground: Ground) -> None:
    """In all three dialects."""
    native = post(ground, "/api/chat", messages=HELLO)
    openai = post(ground, "/v1/chat/completions", messages=HELLO)
    anthropic = post(ground, "/v1/messages", messages=HELLO, max_tokens=100)

    assert native["message"]["content"].startswith(WORDS)
    assert openai["choices"][0]["message"]["content"].startswith(WORDS)
    assert anthropic["content"][-1]["text"].startswith(WORDS)


def test_chat_streamed(ground: Ground) -> None:
    """Lines of JSON, and events."""
    body = {"model": QWEN, "messages": HELLO, "stream": True}

    lines = curl("--no-buffer", f"{ground.url}/api/chat", "--json", json.dumps(body)).splitlines()
    events = curl("--no-buffer", f"{ground.url}/v1/chat/completions", "--json", json.dumps(body))

    assert json.loads(lines[-1])["done"]
    assert events.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("think", [True, False])
def test_thinking(ground: Ground, *, think: bool) -> None:
    """As asked."""
    answer = post(ground, "/api/chat", messages=HELLO, think=think)

    assert ("thinking" in answer["message"]) is think


def test_tools(ground: Ground) -> None:
    """In one piece."""
    answer = post(ground, "/api/chat", messages=[{"role": "user", "content": CALL}], tools=[TOOL])

    assert answer["message"]["tool_calls"][0]["function"]["arguments"] == ARGUMENTS


def test_images(ground: Ground) -> None:
    """In base64."""
    post(ground, "/api/chat", messages=[{"role": "user", "content": "what?", "images": [PIXEL]}])

    assert ground.last()["prompt_tokens"] > IMAGE_TOKENS


def test_structured(ground: Ground) -> None:
    """By a schema."""
    answer = post(ground, "/api/generate", prompt="hello", format=SCHEMA, think=False)

    assert json.loads(answer["response"]) == ARGUMENTS


def test_completion(ground: Ground) -> None:
    """A compressed answer is wished for, as `--compressed` does."""
    answer = post(ground, "/api/generate", "--compressed", prompt="hello", think=False)

    assert answer["response"].startswith(WORDS)


def test_embeddings(ground: Ground) -> None:
    """By all three routes."""
    assert post(ground, "/api/embed", input=["a", "b"])["embeddings"][1]
    assert post(ground, "/api/embeddings", prompt="a")["embedding"]
    assert post(ground, "/v1/embeddings", input="a")["data"][0]["embedding"]


def test_models(ground: Ground) -> None:
    """Lists, and a probe by HEAD."""
    assert QWEN in curl(f"{ground.url}/api/tags")
    assert QWEN in curl(f"{ground.url}/v1/models")
    assert "qwen3.context_length" in post(ground, "/api/show")["model_info"]
    assert curl("--head", ground.url).startswith("HTTP/1.1 200")


def test_pull(ground: Ground) -> None:
    """With its progress."""
    lines = curl(f"{ground.url}/api/pull", "--json", '{"model":"curled:1b"}').splitlines()

    assert json.loads(lines[-1]) == {"status": "success"}


@pytest.mark.parametrize("framing", ["Content-Length", "Transfer-Encoding: chunked"])
def test_blobs(ground: Ground, tmp_path: Path, framing: str) -> None:
    """Uploaded by length and in chunks; curl asks for leave first (Expect: 100-continue)."""
    content = BLOB + framing.encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    (tmp_path / "blob").write_bytes(content)
    url = f"{ground.url}/api/blobs/{digest}"
    headers = ["--header", framing] if ":" in framing else []
    status = ["--output", "/dev/null", "--write-out", "%{http_code}"]

    uploaded = curl(url, "--data-binary", f"@{tmp_path / 'blob'}", *headers, *status)

    assert uploaded == "201"
    assert curl("--head", url).startswith("HTTP/1.1 200")


def test_cancel(ground: Ground) -> None:
    """A time limit, as somebody who presses Ctrl-C."""
    body = json.dumps({"model": QWEN, "messages": HELLO, "stream": False})

    with pytest.raises(subprocess.CalledProcessError) as caught:
        curl("--max-time", "0.2", f"{ground.url}/api/chat", "--json", body)

    assert caught.value.returncode == 28
    ground.last_is_cancelled()


def test_errors(ground: Ground) -> None:
    """Its own exit code with `--fail`, and the server's words without."""
    body = json.dumps({"model": "gpt-9", "messages": HELLO})

    with pytest.raises(subprocess.CalledProcessError) as caught:
        curl("--fail", f"{ground.url}/api/chat", "--json", body)

    assert caught.value.returncode == 22
    assert post(ground, "/api/chat", model="gpt-9")["error"] == "model 'gpt-9' not found"
