# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A conversation with a real model through green-proxy, with the official OpenAI client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest

from green_common.feed.messages import Accepted, Cancelled, Finished, FirstToken, Forwarded, Hello
from integration.proxy_rig import Proxy, messages_until

REQUEST_ID = "x-green-request-id"
# One answered question shows a base model the form of the answers.
OPENING = [
    {"role": "system", "content": "Short questions about the world, each with a short and true answer."},
    {"role": "user", "content": "What is the capital of Italy?"},
    {"role": "assistant", "content": "The capital of Italy is Rome."},
]
TURNS = (
    ("What is the capital of France?", "Paris"),
    ("Which country is Madrid the capital of?", "Spain"),
    ("What colour is the sky on a clear day?", "blue"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client got."""

    text: str
    pieces: int
    usage: Any
    request: str


@pytest.fixture
def client(proxy: Proxy) -> Iterator[openai.OpenAI]:
    """The client as its users make it; green-proxy asks for no key."""
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="none", max_retries=0, timeout=300) as made:
        yield made


def ask(client: openai.OpenAI, messages: list[dict[str, str]], *, streamed: bool) -> Answer:
    """One turn of at most 24 tokens, the likeliest ones."""
    options: dict[str, Any] = {"model": "gemma", "messages": messages, "max_tokens": 24, "temperature": 0}
    if streamed:
        options |= {"stream": True, "stream_options": {"include_usage": True}}
    response = client.chat.completions.with_raw_response.create(stop=["\n"], **options)
    request = response.headers[REQUEST_ID]
    if not streamed:
        completion = response.parse()
        return Answer(completion.choices[0].message.content, 1, completion.usage, request)
    chunks = list(response.parse())
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    text = [piece for piece in pieces if piece]
    return Answer("".join(text), len(text), chunks[-1].usage, request)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_conversation_of_several_turns(proxy: Proxy, client: openai.OpenAI, *, streamed: bool) -> None:
    """The model answers each turn to the point, and the feed tells each with the server's counts."""
    feed = proxy.feed()
    assert isinstance(messages_until(feed, Hello)[-1], Hello)
    messages = list(OPENING)
    prompt_tokens = 0
    for question, expected in TURNS:
        messages.append({"role": "user", "content": question})

        answer = ask(client, messages, streamed=streamed)
        told = messages_until(feed, Finished)

        assert expected in answer.text
        assert answer.usage.prompt_tokens > prompt_tokens
        assert 1 <= answer.usage.completion_tokens <= 24
        assert_told(told, answer, streamed=streamed)
        prompt_tokens = answer.usage.prompt_tokens
        messages.append({"role": "assistant", "content": answer.text.strip()})


def assert_told(told: list[Any], answer: Answer, *, streamed: bool) -> None:
    """Each step once and in order, of this very request; a whole answer has no first token to be seen."""
    accepted, forwarded, *first_token, finished = told
    assert accepted == Accepted(answer.request, "/v1/chat/completions")
    assert isinstance(forwarded, Forwarded)
    assert forwarded.requests == (answer.request,)
    assert first_token == ([FirstToken(forwarded.generation)] if streamed else [])
    assert finished.generation == forwarded.generation
    assert finished.status == httpx.codes.OK
    counts = (finished.prompt_tokens, finished.output_tokens, finished.tokens_counted)
    assert counts == (answer.usage.prompt_tokens, answer.usage.completion_tokens, False)


def test_a_stream_comes_in_pieces(client: openai.OpenAI) -> None:
    """About one piece a token: nothing on the way gathers them."""
    question = {"role": "user", "content": TURNS[0][0]}

    answer = ask(client, [*OPENING, question], streamed=True)

    assert answer.pieces >= 5
    assert answer.pieces <= answer.usage.completion_tokens


def test_the_models_are_listed_through_the_proxy(client: openai.OpenAI, llama_server: str) -> None:
    """What is no generation passes through as it is."""
    listed = [model.id for model in client.models.list()]

    assert listed == [model["id"] for model in httpx.get(f"{llama_server}/v1/models").json()["data"]]


def test_a_client_that_leaves_frees_the_model(proxy: Proxy, client: openai.OpenAI, llama_server: str) -> None:
    """The feed says cancelled, and llama-server stops generating long before the answer's end."""
    feed = proxy.feed()
    question: Any = {"role": "user", "content": "Count from one to a thousand."}
    stream = client.chat.completions.create(
        model="gemma", messages=[question], max_tokens=3000, stream=True, extra_body={"ignore_eos": True}
    )
    next(iter(stream))

    stream.close()
    cancelled = messages_until(feed, Cancelled)[-1]

    assert len(cancelled.requests) == 1
    assert_idle_within(llama_server, seconds=20)


def assert_idle_within(url: str, *, seconds: float) -> None:
    """llama-server notices between two tokens that nobody listens any more."""
    until_s = time.monotonic() + seconds
    while any(slot["is_processing"] for slot in httpx.get(f"{url}/slots", timeout=30).json()):
        assert time.monotonic() < until_s, "llama-server still generates for a client that left"
        time.sleep(0.2)
