# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Turning thinking off in each dialect's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_common.config import ShapingConfig
from green_proxy.request.call import Call, read_call
from green_proxy.shaping.thinking import COUNTED, Thinking, turned_off

OFF = ShapingConfig(thinking="off")
CHAT = {"messages": [{"role": "user", "content": "a"}]}
TEMPLATE_OFF = {"chat_template_kwargs": {"enable_thinking": False}}
RESPONSES, COMPLETIONS, MESSAGES = "/v1/responses", "/v1/chat/completions", "/v1/messages"


def asked(path: str, **body: Any) -> Call:
    return read_call(path, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/api/chat", {**CHAT}, {"think": False}),
        ("/api/chat", {**CHAT, "think": "high"}, {"think": False}),
        ("/api/generate", {"prompt": "a"}, {"think": False}),
        (COMPLETIONS, {**CHAT}, {"reasoning_effort": "none"}),
        (COMPLETIONS, {**CHAT, "reasoning": {"effort": "low"}}, {"reasoning": {"effort": "none"}}),
        (
            RESPONSES,
            {"input": "a", "reasoning": {"summary": "auto"}},
            {"reasoning": {"summary": "auto", "effort": "none"}},
        ),
        (MESSAGES, {**CHAT}, {"thinking": {"type": "disabled"}}),
        (
            MESSAGES,
            {**CHAT, "thinking": {"type": "enabled", "budget_tokens": 9}},
            {"thinking": {"type": "disabled"}},
        ),
    ],
)
def test_ollama_is_told_in_each_dialect(path: str, body: dict[str, Any], expected: dict[str, Any]) -> None:
    """It thinks unless it is told not to, so that leaving a word out is not enough."""
    call, thinking = asked(path, **body), Thinking()

    thinking.apply(call, "anna", OFF, is_ollama=True)

    assert json.loads(call.body()) == {**body, **expected}
    assert call.notes == [(b"X-Green-Thinking", b"off")]
    assert thinking.counts == dict.fromkeys(COUNTED, 1)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (COMPLETIONS, {**CHAT}, {**CHAT, **TEMPLATE_OFF}),
        (
            COMPLETIONS,
            {"chat_template_kwargs": {"a": 1, "enable_thinking": True}},
            {"chat_template_kwargs": {"a": 1, "enable_thinking": False}},
        ),
        (RESPONSES, {"input": "a"}, {"input": "a", **TEMPLATE_OFF}),
        (MESSAGES, {**CHAT, "thinking": {"type": "enabled"}}, {**CHAT, **TEMPLATE_OFF}),
    ],
)
def test_other_servers_have_their_template_told(
    path: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Unknown servers pass over a field that they don't know; an unknown effort they might refuse."""
    call = asked(path, **body)

    Thinking().apply(call, "anna", OFF, is_ollama=False)

    assert json.loads(call.body()) == expected


@pytest.mark.parametrize(
    ("path", "body", "is_ollama"),
    [
        ("/api/chat", {**CHAT, "think": False}, True),
        ("/api/chat", {"model": "m"}, True),
        ("/api/generate", {"prompt": "a", "raw": True}, True),
        ("/v1/completions", {"prompt": "a"}, True),
        ("/api/embed", {"input": "a"}, True),
        (COMPLETIONS, {**CHAT, "reasoning_effort": "none"}, True),
        (COMPLETIONS, {**CHAT, **TEMPLATE_OFF}, False),
        (MESSAGES, {**CHAT, "thinking": {"type": "disabled"}}, True),
    ],
)
def test_nothing_is_said_where_it_changes_nothing(path: str, body: dict[str, Any], is_ollama: bool) -> None:
    """Off already, nothing generated, or no word for it."""
    call = asked(path, **body)

    Thinking().apply(call, "anna", OFF, is_ollama=is_ollama)

    assert not call.changed
    assert not call.notes


@pytest.mark.parametrize(
    ("settings", "off"),
    [
        (ShapingConfig(), False),
        (OFF, True),
        (ShapingConfig(thinking_off_models=("Qwen3",)), True),
        (ShapingConfig(thinking_off_models=("qwen3:32b",)), False),
        (ShapingConfig(thinking_off_clients=("anna",)), True),
        (ShapingConfig(thinking_off_clients=("ben",)), False),
    ],
)
def test_it_is_off_for_all_for_models_or_for_clients(settings: ShapingConfig, off: bool) -> None:
    """As the administrator says."""
    assert off is turned_off(settings, "qwen3:latest", "anna")
