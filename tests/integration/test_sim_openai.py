# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated server's OpenAI-compatible API, as the official `openai` client sees it."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from integration.sim_rig import Simulation, simulation

QWEN = "qwen3:32b"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello there"}]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    """The official client on a simulation of its own."""
    with simulation(tmp_path_factory.mktemp("sim"), "--answer-tokens", "8", "--think-tokens", "4") as sim:
        yield from _client(sim)


def _client(sim: Simulation) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{sim.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_chat_answers_whole(client: openai.OpenAI) -> None:
    """With usage, and the reasoning apart from the content."""
    answer = client.chat.completions.create(model=QWEN, messages=HELLO)

    message = answer.choices[0].message
    assert (message.content or "").startswith("This is a simulated")
    assert (message.model_extra or {})["reasoning"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.completion_tokens == 12


def test_stream_ends_with_its_reason(client: openai.OpenAI) -> None:
    """One token a chunk, and no usage that nobody asked for."""
    chunks = list(client.chat.completions.create(model=QWEN, messages=HELLO, stream=True))

    assert len(chunks) == 12 + 1
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


def test_stream_brings_usage_on_demand(client: openai.OpenAI) -> None:
    """In a last chunk without choices."""
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model=QWEN, messages=HELLO, stream=True, stream_options=options)  # type: ignore[call-overload]
    )

    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 12


def test_limit_and_reasoning_effort_are_obeyed(client: openai.OpenAI) -> None:
    """Three tokens, none of them a thought."""
    answer = client.chat.completions.create(
        model=QWEN, messages=HELLO, max_completion_tokens=3, reasoning_effort="none"
    )

    assert answer.choices[0].message.content == "This is a si"
    assert answer.choices[0].finish_reason == "length"


def test_models_are_listed(client: openai.OpenAI) -> None:
    """By name."""
    assert [model.id for model in client.models.list()] == [QWEN]
    assert client.models.retrieve(QWEN).id == QWEN


def test_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    """In the shape that the client knows."""
    with pytest.raises(openai.NotFoundError, match="model 'gpt-9' not found"):
        client.chat.completions.create(model="gpt-9", messages=HELLO)


def test_chat_without_messages_is_refused(client: openai.OpenAI) -> None:
    """This API has no way to preload."""
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=QWEN, messages=[])
