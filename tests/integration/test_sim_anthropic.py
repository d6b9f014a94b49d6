# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated Ollama's Anthropic-compatible API, event by event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.sim_rig import simulation

ASKED = {"model": "qwen3:32b", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
TOOL = {"name": "forecast", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
CALLING = {**ASKED, "messages": [{"role": "user", "content": "simulated-tool-call"}], "tools": [TOOL]}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A simulation with short answers."""
    arguments = ("--answer-tokens", "3", "--think-tokens", "2")
    with simulation(tmp_path_factory.mktemp("sim"), *arguments) as sim, httpx.Client(base_url=sim.url) as api:
        yield api


def events(api: httpx.Client, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of each event; its name is the type that the data has."""
    blocks = api.post("/v1/messages", json={**asked, "stream": True}).text.strip().split("\n\n")
    pairs = [block.split("\n") for block in blocks]
    values = [json.loads(data.removeprefix("data: ")) for _, data in pairs]
    assert [name for name, _ in pairs] == [f"event: {value['type']}" for value in values]
    return values


def test_blocks_start_grow_and_stop(api: httpx.Client) -> None:
    """Thinking first, then text."""
    kinds = [event["type"] for event in events(api, ASKED)]

    thinking = ["content_block_start", *["content_block_delta"] * 2, "content_block_stop"]
    text = ["content_block_start", *["content_block_delta"] * 3, "content_block_stop"]
    assert kinds == ["message_start", *thinking, *text, "message_delta", "message_stop"]


def test_tool_is_called_with_its_arguments(api: httpx.Client) -> None:
    """In a block after the thinking."""
    seen = events(api, CALLING)

    starts = [event["content_block"]["type"] for event in seen if event["type"] == "content_block_start"]
    assert starts == ["thinking", "tool_use"]
    assert seen[-2]["delta"]["stop_reason"] == "tool_use"


def test_limit_is_told_as_the_reason(api: httpx.Client) -> None:
    """An answer that is cut, and none of a tool."""
    answer = api.post("/v1/messages", json={**CALLING, "max_tokens": 3}).json()

    assert answer["stop_reason"] == "max_tokens"
    assert [block["type"] for block in answer["content"]] == ["thinking"]


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"model": "gpt-9"}, 404, "not_found_error"),
        ({"max_tokens": 0}, 400, "invalid_request_error"),
        ({"messages": []}, 400, "invalid_request_error"),
    ],
)
def test_errors_have_anthropics_shape(
    api: httpx.Client, fields: dict[str, Any], status: int, kind: str
) -> None:
    """With a type by status."""
    answer = api.post("/v1/messages", json={**ASKED, **fields})

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
