# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`langchain-ollama`, as programs built on LangChain use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clients.ground import ARGUMENTS, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground
from clients.installed import imported, named

CLIENT = named("langchain-ollama", "Python")
TOOL = {"type": "function", "function": {"name": "forecast", "description": "weather", "parameters": SCHEMA}}
ASKING = f"the weather, please: {CALL}"


Make = Callable[..., Any]


@pytest.fixture
def make(request: pytest.FixtureRequest, ground: Ground) -> Iterator[Make]:
    """Makes what the package offers, with our address, and closes it, for which LangChain has no call."""
    library, made = imported(request.config, "langchain_ollama"), []

    def one(kind: str, **settings: Any) -> Any:
        made.append(getattr(library, kind)(**{"model": QWEN, "base_url": ground.url, **settings}))
        return made[-1]

    yield one
    for client in made:
        client._client.close()


@pytest.fixture
def chat(make: Make) -> Any:
    """As anybody makes it."""
    return make("ChatOllama")


def test_chat_whole(chat: Any) -> None:
    """With its usage."""
    answer = chat.invoke("hello there")

    assert answer.content.startswith(WORDS)
    assert answer.usage_metadata["output_tokens"] == 28


def test_chat_streamed(chat: Any) -> None:
    """One token a piece."""
    parts = [part.content for part in chat.stream("hello there")]

    assert len(parts) >= 24
    assert "".join(parts).startswith(WORDS)


@pytest.mark.parametrize("reasoning", [True, False])
def test_thinking(make: Make, *, reasoning: bool) -> None:
    """Apart from the content."""
    chat = make("ChatOllama", reasoning=reasoning)

    assert ("reasoning_content" in chat.invoke("hello there").additional_kwargs) is reasoning


def test_tools(chat: Any) -> None:
    """Bound as LangChain does it."""
    answer = chat.bind_tools([TOOL]).invoke(ASKING)

    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("forecast", ARGUMENTS)]


def test_tools_streamed(chat: Any) -> None:
    """The parts add up to a call."""
    parts = list(chat.bind_tools([TOOL]).stream(ASKING))
    whole = parts[0]
    for part in parts[1:]:
        whole += part

    assert [call["name"] for call in whole.tool_calls] == ["forecast"]


def test_images(chat: Any, ground: Ground) -> None:
    """As a part of a message."""
    image = {"type": "image_url", "image_url": f"data:image/png;base64,{PIXEL}"}

    chat.invoke([("user", [{"type": "text", "text": "what is it?"}, image])])

    assert ground.last()["prompt_tokens"] > IMAGE_TOKENS


def test_structured(chat: Any) -> None:
    """By a schema."""
    schema = {**SCHEMA, "title": "forecast", "description": "the weather"}

    assert chat.with_structured_output(schema, method="json_schema").invoke("hello there") == ARGUMENTS


def test_completion(make: Make) -> None:
    """The old way."""
    answer = make("OllamaLLM", reasoning=False).invoke("hello")

    assert answer.startswith(WORDS)


def test_embeddings(make: Make) -> None:
    """Of texts and of a query."""
    vectors = make("OllamaEmbeddings").embed_documents(["a", "b", "a"])

    assert vectors[0] == vectors[2] != vectors[1]


def test_cancel(chat: Any, ground: Ground) -> None:
    """Who stops to read ends the generation."""
    stream = chat.stream("a long one")
    next(stream)

    stream.close()

    ground.last_is_cancelled()


def test_errors(request: pytest.FixtureRequest, make: Make) -> None:
    """Those of the client below it."""
    ollama = imported(request.config, "ollama")

    with pytest.raises(ollama.ResponseError, match="model 'gpt-9' not found"):
        make("ChatOllama", model="gpt-9").invoke("hello")
