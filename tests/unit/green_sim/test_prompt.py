# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Chats become prompts that share a prefix from turn to turn, and long ones are cut silently."""

from __future__ import annotations

import pytest

from green_sim.engine.tokens import count_tokens
from green_sim.ollama.body import ApiError, Body
from green_sim.ollama.prompt import Message, cut_prompt, last_question, read_messages, render_chat

WIDE = 40960


def test_next_turn_extends_the_prompt() -> None:
    """What was said stays as it was rendered."""
    first = [Message("system", "be short"), Message("user", "hello")]
    second = [*first, Message("assistant", "hi"), Message("user", "bye")]

    earlier = render_chat(first, think=None, context_tokens=WIDE)
    later = render_chat(second, think=None, context_tokens=WIDE)

    assert later.startswith(earlier)


def test_turning_thinking_off_puts_an_empty_thought_before_the_answer() -> None:
    """As Qwen's template does."""
    prompt = render_chat([Message("user", "hello")], think=False, context_tokens=WIDE)

    assert prompt.endswith("assistant\n<think>\n\n</think>\n\n")


def test_earlier_thoughts_are_left_out() -> None:
    """An assistant's turn comes back without what it thought."""
    body = Body({"messages": [{"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes"}]})

    assert [Message("assistant", "yes")] == read_messages(body)


def test_parts_of_text_are_joined() -> None:
    """The OpenAI-compatible API sends lists of parts."""
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert [Message("user", "ab")] == read_messages(Body({"messages": [{"role": "user", "content": parts}]}))


def test_oldest_messages_are_dropped_first() -> None:
    """The system's message and the last one stay."""
    messages = [
        Message("system", "s" * 40),
        Message("user", "old" * 400),
        Message("assistant", "older" * 400),
        Message("user", "new"),
    ]

    prompt = render_chat(messages, think=None, context_tokens=200)

    assert "s" * 40 in prompt
    assert "old" not in prompt
    assert "new" in prompt


def test_prompt_over_the_context_comes_out_at_half() -> None:
    """Its head of four tokens and its tail survive."""
    prompt = cut_prompt("head" * 4 + "x" * 4000 + "tail", 100)

    assert count_tokens(prompt) == 50
    assert prompt.startswith("head" * 4)
    assert prompt.endswith("tail")


@pytest.mark.parametrize(
    "messages", ["text", [1], [{"role": "robot", "content": ""}], [{"role": "user", "content": 1}]]
)
def test_malformed_messages_are_refused(messages: object) -> None:
    """With status 400."""
    with pytest.raises(ApiError) as caught:
        read_messages(Body({"messages": messages}))

    assert caught.value.status == 400


def test_last_question_is_the_users() -> None:
    """With all its lines; what the model said stays out."""
    said = [Message("user", "one"), Message("assistant", "yes"), Message("user", "two\n\nthree")]

    assert last_question(render_chat(said, think=None, context_tokens=WIDE)) == "two\n\nthree"
    assert last_question("a prompt of /api/generate") == ""
