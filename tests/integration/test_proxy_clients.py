# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The official clients of Ollama and OpenAI, through green-proxy, against the simulated Ollama."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import ollama
import openai
import pytest

from green_common.feed.messages import Finished, FirstToken, Forwarded, LoadFinished, LoadStarted
from integration.proxy_rig import (
    SOURCES,
    WAIT_S,
    Proxy,
    free_port,
    messages_until,
    running_proxy,
    wait_for_port,
)

MODEL = "qwen3:32b"
# Each client has its own type for the same thing.
MESSAGES: Any = [{"role": "user", "content": "Why is the sky blue?"}]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A green-proxy before a simulated Ollama with short answers and a short load."""
    with tempfile.TemporaryDirectory(prefix="green-") as directory:
        port = free_port()
        command = [sys.executable, "-m", "green_sim", "--listen", f"127.0.0.1:{port}", "--load-s", "0.3"]
        command += ["--gpu-socket", str(Path(directory) / "gpu.sock")]
        command += ["--answer-tokens", "12", "--think-tokens", "6"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES}
        with subprocess.Popen(command, env=environment) as simulated:
            try:
                wait_for_port(port)
                with running_proxy(f"http://127.0.0.1:{port}") as proxy:
                    yield proxy
            finally:
                simulated.terminate()


def test_ollamas_client_streams_a_chat(proxy: Proxy) -> None:
    """The text arrives piece by piece, and the feed has the load and the same counts."""
    feed = proxy.feed()

    with ollama.Client(proxy.url) as client:
        parts = list(client.chat(MODEL, MESSAGES, stream=True))
    loaded = messages_until(feed, Finished)
    seen = messages_until(feed, Finished)

    assert len(parts) > 5
    assert parts[-1].done
    assert [type(message) for message in loaded[2:]] == [Forwarded, LoadStarted, LoadFinished, Finished]
    assert loaded[-1].requests == ()
    assert [type(message) for message in seen] == [Forwarded, FirstToken, Finished]
    assert (seen[-1].prompt_tokens, seen[-1].output_tokens) == (
        parts[-1].prompt_eval_count,
        parts[-1].eval_count,
    )
    # The proxy's own load took what the chat was spared.
    assert seen[-1].load_s < 0.1


def test_ollamas_client_does_the_rest(proxy: Proxy) -> None:
    """Whole answers, embeddings, lists, and the server's own error for a model that is not there."""
    with ollama.Client(proxy.url) as client:
        whole = client.generate(MODEL, "Hello")
        embedded = client.embed(MODEL, "Hello")
        listed = client.list()
        with pytest.raises(ollama.ResponseError) as refused:
            client.chat("no-such-model", MESSAGES)

    assert whole.response
    assert len(embedded.embeddings[0]) > 1
    assert MODEL in [model.model for model in listed.models]
    assert refused.value.status_code == 404


def test_openais_client_chats_streamed_and_whole(proxy: Proxy) -> None:
    """The feed has the server's own counts either way; a client that did not ask for them sees none."""
    feed = proxy.feed()

    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="none") as client:
        stream = client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        pieces = list(stream)
        loaded, streamed = (messages_until(feed, Finished)[-1] for _ in range(2))
        answer = client.chat.completions.create(model=MODEL, messages=MESSAGES)
        whole = messages_until(feed, Finished)[-1]

    assert loaded.requests == ()
    assert len(pieces) > 5
    assert all(chunk.choices and chunk.usage is None for chunk in pieces)
    assert not streamed.tokens_counted
    assert streamed.output_tokens == pytest.approx(len(pieces), abs=2)
    assert answer.usage is not None
    assert (whole.output_tokens, whole.tokens_counted) == (answer.usage.completion_tokens, False)


def test_an_openai_error_is_an_openai_error(proxy: Proxy) -> None:
    """What the proxy itself refuses, the client's library can read."""
    with (
        openai.OpenAI(
            base_url=f"{proxy.url}/v1", api_key="none", default_headers={"Origin": "https://evil.example"}
        ) as client,
        pytest.raises(openai.PermissionDeniedError, match="OLLAMA_ORIGINS"),
    ):
        client.chat.completions.create(model=MODEL, messages=MESSAGES)


def test_the_answers_are_the_same_without_the_proxy(proxy: Proxy) -> None:
    """Listing the models gives the same bytes and headers directly and through the proxy."""
    status = httpx.get(f"{proxy.url}/-/status", timeout=WAIT_S).json()

    through = httpx.get(f"{proxy.url}/api/tags")
    direct = httpx.get(f"{status['upstream']}/api/tags")

    ours = {"x-green-request-id", "date", "connection"}
    assert through.content == direct.content
    assert {k: v for k, v in through.headers.items() if k not in ours} == {
        k: v for k, v in direct.headers.items() if k not in ours
    }
