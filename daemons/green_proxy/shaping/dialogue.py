# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How two requests of one conversation relate, by their messages alone.

A chat request carries its whole history, so a second one is either further along in the same history, or
says one more thing at the same point of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
PLAIN_KEYS = {"role", "content"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages up to the last turn, and the texts that its user says in that turn."""

    history: tuple[Message, ...]
    said: tuple[str, ...]

    @property
    def messages(self) -> list[Message]:
        return [*self.history, *({"role": "user", "content": text} for text in self.said)]

    @property
    def as_one_turn(self) -> list[Message]:
        return [*self.history, {"role": "user", "content": "\n".join(self.said)}]

    def is_short(self, characters: int) -> bool:
        return all(len(text) < characters for text in self.said)


def ends_plainly(messages: Sequence[Message]) -> bool:
    """True where the last turn is plain text of the user."""
    return bool(messages) and _is_plain_user(messages[-1])


def conversation_of(messages: Sequence[Message]) -> Conversation | None:
    """None where the last turn is not plain text of the user."""
    begin = len(messages)
    while begin and _is_plain_user(messages[begin - 1]):
        begin -= 1
    if begin == len(messages):
        return None
    return Conversation(tuple(messages[:begin]), tuple(str(m["content"]) for m in messages[begin:]))


def extends(older: Conversation, newer: Conversation) -> bool:
    """True where the newer one holds all of the older one, and more."""
    before, now = older.messages, newer.messages
    return len(now) > len(before) and now[: len(before)] == before


def joined(older: Conversation, newer: Conversation) -> Conversation | None:
    """
    Both last turns as one; None where they don't stand at the same point of one history.

    Some clients repeat what was said before and has no answer yet, others leave it out.
    """
    if older.history != newer.history or newer.said == older.said:
        return None
    repeated = newer.said[: len(older.said)] == older.said
    return Conversation(older.history, newer.said if repeated else older.said + newer.said)


def _is_plain_user(message: Message) -> bool:
    return message.keys() == PLAIN_KEYS and message["role"] == "user" and isinstance(message["content"], str)
