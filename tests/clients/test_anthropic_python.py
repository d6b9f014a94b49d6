# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The official `anthropic` package for Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clients.ground import ARGUMENTS, CALL, IMAGE_TOKENS, PIXEL, QWEN, SCHEMA, WORDS, Ground
from clients.installed import imported, named

CLIENT = named("anthropic", "Python")
HELLO = [{"role": "user", "content": "hello there"}]
ASKING = [{"role": "user", "content": f"the weather, please: {CALL}"}]
TOOL = {"name": "forecast", "description": "the weather", "input_schema": SCHEMA}


@pytest.fixture
def client(request: pytest.FixtureRequest, ground: Ground) -> Iterator[Any]:
    """As anybody makes it, with our address."""
    anthropic = imported(request.config, "anthropic")
    with anthropic.Anthropic(base_url=ground.url, api_key="unused", max_retries=0) as opened:
        yield opened


def test_chat_whole(client: Any) -> None:
    """Thinking and text, each in its block."""
    answer = client.messages.create(model=QWEN, max_tokens=100, system="be brief", messages=HELLO)

    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[1].text.startswith(WORDS)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("end_turn", 28)


def test_chat_streamed(client: Any) -> None:
    """Put together by the client."""
    with client.messages.stream(model=QWEN, max_tokens=100, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()

    assert text.startswith(WORDS)
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", 28)


@pytest.mark.parametrize("kind", ["enabled", "disabled"])
def test_thinking(client: Any, kind: str) -> None:
    """As the client says."""
    wanted = {"type": kind, **({"budget_tokens": 1024} if kind == "enabled" else {})}

    answer = client.messages.create(model=QWEN, max_tokens=2000, messages=HELLO, thinking=wanted)

    assert (answer.content[0].type == "thinking") is (kind == "enabled")


def test_tools(client: Any) -> None:
    """A call, and the answer to its result."""
    called = client.messages.create(model=QWEN, max_tokens=100, messages=ASKING, tools=[TOOL])
    use = called.content[-1]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "sunny"}
    turns = [*ASKING, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]

    answer = client.messages.create(model=QWEN, max_tokens=100, messages=turns, tools=[TOOL])

    assert (called.stop_reason, use.name, use.input) == ("tool_use", "forecast", ARGUMENTS)
    assert answer.content[-1].text.startswith(WORDS)


def test_tools_streamed(client: Any) -> None:
    """The arguments are put together by the client."""
    with client.messages.stream(model=QWEN, max_tokens=100, messages=ASKING, tools=[TOOL]) as stream:
        final = stream.get_final_message()

    assert final.content[-1].input == ARGUMENTS


def test_images(client: Any, ground: Ground) -> None:
    """In base64."""
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "what is it?"}]

    client.messages.create(model=QWEN, max_tokens=100, messages=[{"role": "user", "content": content}])

    assert ground.last()["prompt_tokens"] > IMAGE_TOKENS


def test_cancel(client: Any, ground: Ground) -> None:
    """Who stops to read ends the generation."""
    with client.messages.stream(model=QWEN, max_tokens=100, messages=HELLO) as stream:
        next(iter(stream))

    ground.last_is_cancelled()


def test_errors(request: pytest.FixtureRequest, client: Any) -> None:
    """With the client's own types, by status."""
    anthropic = imported(request.config, "anthropic")

    with pytest.raises(anthropic.NotFoundError, match="model 'gpt-9' not found"):
        client.messages.create(model="gpt-9", max_tokens=100, messages=HELLO)
    with pytest.raises(anthropic.BadRequestError, match="messages is required"):
        client.messages.create(model=QWEN, max_tokens=100, messages=[])
