# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The cap on generated tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_proxy.request.call import Call, read_call
from green_proxy.shaping.cap import COUNTED, Cap

CHAT = {"messages": [{"role": "user", "content": "a"}]}
COMPLETIONS = "/v1/chat/completions"


def capped(path: str, body: dict[str, Any], *, is_ollama: bool = True) -> Call:
    call = read_call(path, json.dumps(body).encode())
    Cap().apply(call, 100, is_ollama=is_ollama)
    return call


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/api/chat", {**CHAT}, {"options": {"num_predict": 100}}),
        ("/api/chat", {**CHAT, "options": {"num_predict": -1}}, {"options": {"num_predict": 100}}),
        (
            "/api/generate",
            {"prompt": "a", "options": {"num_predict": 101}},
            {"options": {"num_predict": 100}},
        ),
        (COMPLETIONS, {**CHAT}, {"max_tokens": 100}),
        (COMPLETIONS, {"max_tokens": -1, "n_predict": 5}, {"max_tokens": 5, "n_predict": 5}),
        (COMPLETIONS, {"max_completion_tokens": 5}, {"max_tokens": 5}),
        ("/v1/completions", {"prompt": "a"}, {"max_tokens": 100}),
        ("/v1/responses", {"input": "a"}, {"max_output_tokens": 100}),
        ("/v1/messages", {**CHAT, "max_tokens": 4096}, {"max_tokens": 100}),
        ("/completion", {"prompt": "a", "max_tokens": 500}, {"n_predict": 100, "max_tokens": 100}),
    ],
)
def test_a_limit_is_lowered_or_added(path: str, body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Under the name that the server knows."""
    call = capped(path, body)

    assert json.loads(call.body()) == {**body, **expected}
    assert call.notes == [(b"X-Green-Cap", str(call.output_limit).encode())]


@pytest.mark.parametrize(
    ("path", "body", "is_ollama"),
    [
        ("/api/chat", {**CHAT, "options": {"num_predict": 100}}, True),
        ("/api/chat", {**CHAT, "options": {"num_predict": 0}}, True),
        ("/api/chat", {"model": "m"}, True),
        ("/api/embed", {"input": "a"}, True),
        (COMPLETIONS, {"max_tokens": 7}, True),
        (COMPLETIONS, {"max_completion_tokens": 7}, False),
        ("/v1/completions", {"prompt": "a"}, False),
        ("/v1/messages", {**CHAT}, True),
        ("/rerank", {"query": "a"}, False),
    ],
)
def test_a_lower_limit_is_left_alone(path: str, body: dict[str, Any], is_ollama: bool) -> None:
    """Also where the server has a lower one of its own, and where nothing is generated."""
    call = capped(path, body, is_ollama=is_ollama)

    assert not call.changed
    assert not call.notes


def test_an_unknown_cap_is_none() -> None:
    """The context may not be known yet."""
    call, cap = read_call("/api/chat", json.dumps(CHAT).encode()), Cap()

    cap.apply(call, None, is_ollama=True)

    assert not call.changed
    assert cap.counts == dict.fromkeys(COUNTED, 0)
