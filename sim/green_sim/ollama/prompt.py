# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Chats rendered as text in Qwen's template, and cut to the context as the real server cuts them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from green_sim.engine.tokens import CHARACTERS_PER_TOKEN, count_tokens
from green_sim.ollama.body import ApiError, Body
from green_sim.ollama.contents import render_content, render_image

# The tokens that survive at the start of a prompt that is cut (--keep).
KEPT_TOKENS = 4
_THOUGHT = re.compile(r"<think>.*?</think>\s*", re.DOTALL)
_QUESTION = re.compile(r"<\|im_start\|>user\n((?:(?!<\|im_start\|>).)*)<\|im_end\|>\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat as it goes into the prompt."""

    role: str
    content: str

    def render(self) -> str:
        """In the template's marks."""
        return f"<|im_start|>{self.role}\n{self.content}<|im_end|>\n"


def read_messages(body: Body) -> list[Message]:
    """The messages of a chat request, its tools as a first message of the system."""
    return with_tools([_read_message(entry) for entry in body.tables("messages")], body)


def with_tools(messages: list[Message], body: Body) -> list[Message]:
    """The messages after one that lists the tools, where there are any."""
    if not messages or not body.tables("tools"):
        return messages
    named = json.dumps(body.raw("tools"), sort_keys=True)
    return [Message("system", f"# Tools\n{named}"), *messages]


def render_chat(messages: list[Message], *, think: bool | None, context_tokens: int) -> str:
    """The prompt; the oldest messages are dropped silently until it fits, never the system's or the last."""
    kept = list(messages)
    while len(kept) > 1 and count_tokens(_render(kept, think)) > context_tokens:
        oldest = next((message for message in kept[:-1] if message.role != "system"), None)
        if oldest is None:
            break
        kept.remove(oldest)
    return cut_prompt(_render(kept, think), context_tokens)


def cut_prompt(prompt: str, context_tokens: int) -> str:
    """A prompt over the context loses its middle and comes out at about half of the context."""
    if count_tokens(prompt) <= context_tokens:
        return prompt
    head = prompt[: KEPT_TOKENS * CHARACTERS_PER_TOKEN]
    return head + prompt[-(context_tokens // 2 - KEPT_TOKENS) * CHARACTERS_PER_TOKEN :]


def last_question(prompt: str) -> str:
    """What the user said last in a rendered chat; nothing in any other prompt."""
    questions = _QUESTION.findall(prompt)
    return questions[-1] if questions else ""


def _render(messages: list[Message], think: bool | None) -> str:
    # Qwen's template answers "don't think" with a thought that is already over.
    opening = "<think>\n\n</think>\n\n" if think is False else ""
    return "".join(message.render() for message in messages) + "<|im_start|>assistant\n" + opening


def _read_message(entry: Body) -> Message:
    role = entry.text("role")
    if role not in ("system", "developer", "user", "assistant", "tool"):
        raise ApiError(400, f"invalid role: {role!r}")
    content = render_content(entry.raw("content"))
    if role == "assistant":
        content = _THOUGHT.sub("", content)
    content += "".join(render_image(image) for image in entry.raw("images") or [])
    calls = entry.raw("tool_calls")
    if calls:
        content += f"\n<tool_call>\n{json.dumps(calls, sort_keys=True)}\n</tool_call>"
    return Message("system" if role == "developer" else role, content)
