# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The official `openai` package for Python: chat, completions, responses, embeddings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import openai
import pytest

from clients.ground import ARGUMENTS, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground

CLIENT = f"openai {version('openai')} (Python)"
HELLO: list[Any] = [{"role": "user", "content": "hello there"}]
ASKING: list[Any] = [{"role": "user", "content": f"the weather, please: {CALL}"}]
TOOL: Any = {"type": "function", "function": {"name": "forecast", "parameters": SCHEMA}}
IMAGE = f"data:image/png;base64,{PIXEL}"


@pytest.fixture
def client(ground: Ground) -> Iterator[openai.OpenAI]:
    """As anybody makes it, with our address."""
    with openai.OpenAI(base_url=f"{ground.url}/v1", api_key="unused", max_retries=0) as opened:
        yield opened


def test_chat_whole(client: openai.OpenAI) -> None:
    """By chat completions and by responses."""
    answer = client.chat.completions.create(model=QWEN, messages=HELLO)
    response = client.responses.create(model=QWEN, input="hello there")

    assert (answer.choices[0].message.content or "").startswith(WORDS)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 28
    assert response.output_text.startswith(WORDS)
    assert response.usage is not None
    assert response.usage.output_tokens == 28


@pytest.mark.parametrize("usage", [True, False])
def test_chat_streamed(client: openai.OpenAI, *, usage: bool) -> None:
    """Usage comes only where it was asked for."""
    options: Any = {"stream_options": {"include_usage": True}} if usage else {}

    chunks = list(client.chat.completions.create(model=QWEN, messages=HELLO, stream=True, **options))

    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts).startswith(WORDS)
    assert [chunk.usage is not None for chunk in chunks].count(True) == int(usage)


def test_chat_streamed_responses(client: openai.OpenAI) -> None:
    """The newer API's events, put together by the client."""
    with client.responses.stream(model=QWEN, input="hello there") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()

    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert final.output_text.startswith(WORDS)
    assert [item.type for item in final.output] == ["reasoning", "message"]


@pytest.mark.parametrize("effort", ["none", "low", "high"])
def test_thinking(client: openai.OpenAI, effort: Any) -> None:
    """By reasoning effort."""
    answer = client.chat.completions.create(model=QWEN, messages=HELLO, reasoning_effort=effort)

    extra = answer.choices[0].message.model_extra or {}
    assert bool(extra.get("reasoning")) is (effort != "none")


def test_tools(client: openai.OpenAI) -> None:
    """A call, and the answer to its result."""
    message = client.chat.completions.create(model=QWEN, messages=ASKING, tools=[TOOL]).choices[0].message
    assert message.tool_calls
    call: Any = message.tool_calls[0]
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    turns: list[Any] = [*ASKING, message, result]
    answer = client.chat.completions.create(model=QWEN, messages=turns, tools=[TOOL])

    assert (call.function.name, json.loads(call.function.arguments)) == ("forecast", ARGUMENTS)
    assert (answer.choices[0].message.content or "").startswith(WORDS)


def test_tools_responses(client: openai.OpenAI) -> None:
    """The same by responses."""
    tool: Any = {"type": "function", "name": "forecast", "parameters": SCHEMA, "strict": True}

    output = client.responses.create(model=QWEN, input=ASKING, tools=[tool]).output

    assert [item.type for item in output] == ["reasoning", "function_call"]


def test_tools_streamed(client: openai.OpenAI) -> None:
    """Put together by the client."""
    with client.chat.completions.stream(model=QWEN, messages=ASKING, tools=[TOOL]) as stream:
        for _ in stream:
            continue
        choice = stream.get_final_completion().choices[0]

    assert choice.finish_reason == "tool_calls"
    assert [call.function.name for call in choice.message.tool_calls or []] == ["forecast"]


def test_images(client: openai.OpenAI, ground: Ground) -> None:
    """In chat and in responses."""
    text = {"type": "text", "text": "what is it?"}
    chat: Any = [{"role": "user", "content": [text, {"type": "image_url", "image_url": {"url": IMAGE}}]}]
    image = {"type": "input_image", "image_url": IMAGE, "detail": "auto"}
    given: Any = [{"role": "user", "content": [{"type": "input_text", "text": "what is it?"}, image]}]

    client.chat.completions.create(model=QWEN, messages=chat)
    client.responses.create(model=QWEN, input=given)

    assert all(one["prompt_tokens"] > IMAGE_TOKENS for one in ground.sim.requests()[-2:])


def test_structured(client: openai.OpenAI) -> None:
    """JSON, and JSON by a schema."""
    loose = client.chat.completions.create(
        model=QWEN, messages=HELLO, response_format={"type": "json_object"}, reasoning_effort="none"
    )
    schema: Any = {"name": "forecast", "schema": SCHEMA}
    strict = client.chat.completions.create(
        model=QWEN, messages=HELLO, response_format={"type": "json_schema", "json_schema": schema}
    )

    assert "simulated" in json.loads(loose.choices[0].message.content or "")
    assert json.loads(strict.choices[0].message.content or "") == ARGUMENTS


def test_completion(client: openai.OpenAI) -> None:
    """Whole and streamed."""
    whole = client.completions.create(model=QWEN, prompt="hello", stop=["simulated"])
    parts = list(client.completions.create(model=QWEN, prompt="hello", max_tokens=4, stream=True))

    assert whole.choices[0].text == "This is a "
    assert "".join(part.choices[0].text for part in parts) == "This is a simula"


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings(client: openai.OpenAI, encoding: Any) -> None:
    """As numbers, and packed as the client asks for by itself."""
    answer = client.embeddings.create(model=QWEN, input=["a", "b"], encoding_format=encoding)

    assert len(answer.data) == 2
    assert answer.usage.prompt_tokens > 0


def test_models(client: openai.OpenAI) -> None:
    """List and show."""
    assert QWEN in [model.id for model in client.models.list()]
    assert client.models.retrieve(QWEN).id == QWEN


def test_cancel(client: openai.OpenAI, ground: Ground) -> None:
    """Who stops to read ends the generation."""
    with client.chat.completions.create(model=QWEN, messages=HELLO, stream=True) as stream:
        next(stream)

    ground.last_is_cancelled()


def test_errors(client: openai.OpenAI) -> None:
    """With the client's own types, by status."""
    with pytest.raises(openai.NotFoundError, match="model 'gpt-9' not found"):
        client.chat.completions.create(model="gpt-9", messages=HELLO)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=QWEN, messages=[])
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="gpt-9", input="hello")
