# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ends of streams that the proxy writes itself."""

from __future__ import annotations

import json

import pytest

from green_proxy.answer.farewell import early_end, failure

NDJSON, SSE = "application/x-ndjson", "text/event-stream"


def test_a_native_stream_ends_with_an_error_line() -> None:
    """Ollama's clients raise their own error for it."""
    assert json.loads(failure("/api/chat", NDJSON, 503, "stops")) == {"error": "stops"}


def test_an_openai_stream_ends_with_an_error_and_done() -> None:
    """The client's library raises the error and stops reading."""
    events = failure("/v1/chat/completions", SSE, 503, "stops").decode().split("\n\n")

    assert json.loads(events[0].removeprefix("data: "))["error"]["message"] == "stops"
    assert events[1:] == ["data: [DONE]", ""]


def test_an_anthropic_stream_ends_with_an_error_event() -> None:
    """Named as their API names it."""
    name, data = failure("/v1/messages", SSE, 503, "stops").decode().strip().split("\n")

    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["error"]["message"] == "stops"


def test_a_native_chat_can_end_early_as_if_the_model_had_stopped() -> None:
    """With the fields that clients read of a last object."""
    last = json.loads(early_end("/api/chat", NDJSON, "qwen3:32b", 0))

    assert last["done"] is True
    assert last["message"] == {"role": "assistant", "content": ""}
    assert last["created_at"] == "1970-01-01T00:00:00Z"


def test_an_openai_chat_can_end_early() -> None:
    """A finish reason, then [DONE]."""
    events = early_end("/v1/chat/completions", SSE, "m", 0).decode().split("\n\n")

    assert json.loads(events[0].removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"
    assert events[1:] == ["data: [DONE]", ""]


def test_an_openai_chat_ends_under_the_id_that_it_began_with() -> None:
    """And with its usage, where the client asked for that."""
    latest = (
        b'data: {"id":"c1","model":"m","created":5,"choices":[]}\n\n'
        b'data: {"choices":[{"delta":{"content":"a"}}],"created":6,"id":"c2","model":"m:latest"}\n\n'
    )
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}

    end = early_end("/v1/chat/completions", SSE, "m", 0, latest=latest, usage=usage)

    events = [json.loads(event.removeprefix("data: ")) for event in end.decode().split("\n\n")[:-2]]
    assert [(event["id"], event["model"], event["created"]) for event in events] == [
        ("c2", "m:latest", 6)
    ] * 2
    assert (events[1]["choices"], events[1]["usage"]) == ([], usage)


@pytest.mark.parametrize(
    "latest", [b"data: nonsense\n\n", b"data: 5\n\n", b"data: [DONE]\n\n", b": ping\n\n"]
)
def test_an_early_end_needs_no_event_before_it(latest: bytes) -> None:
    """Then it has a head of its own."""
    end = early_end("/v1/chat/completions", SSE, "m", 5, latest=latest)

    assert b'"id":"chatcmpl-superseded"' in end


@pytest.mark.parametrize("path", ["/api/generate", "/api/embed", "/completion", "/v1/messages"])
def test_other_streams_have_no_early_end(path: str) -> None:
    """Nothing is invented for them."""
    assert early_end(path, NDJSON, "m", 0) == b""
