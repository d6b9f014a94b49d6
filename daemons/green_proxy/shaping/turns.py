# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The turns of a conversation, and which of them may go when it has grown too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

# What a message is to its turn: outside of all, the first, one that a request asked for, any other.
STAYS, BEGINS, ANSWERS, GOES_ON = "stays", "begins", "answers", "goes on"

# What a cut leaves of the budget, so that the next cut is many turns away: each cut costs the server its
# cached prefix.
CUT_TO = 0.6


def part_of(message: dict[str, Any]) -> str:
    """A turn is a message of the user and everything up to the next one."""
    role = message.get("role")
    if role in ("system", "developer"):
        return STAYS
    if role == "user":
        return GOES_ON if _brings_result(message.get("content")) else BEGINS
    if role == "assistant" or message.get("type") in ("function_call", "reasoning"):
        return ANSWERS
    return GOES_ON


def plan(parts: Sequence[str], tokens: Sequence[int], fixed_tokens: int, budget_tokens: int) -> int:
    """
    The first turn that is kept, 0 for all.

    Nothing is remembered between requests: the conversation is walked through as it grew, and wherever it
    was sent (before each answer, and now) and over the budget, it was cut to a part of it. The same history
    gives the same cuts, so between two of them the prefix that the server has cached stays the same.
    """
    total, first, turns = fixed_tokens, 0, list[int]()
    before = STAYS
    for part, count in zip(parts, tokens, strict=True):
        # A message of the user after one that was not answered: the answer was given up.
        if part in (ANSWERS, BEGINS) and before != ANSWERS:
            first, total = _cut(turns, first, total, budget_tokens)
        before = part
        total += count
        if part == BEGINS or (part != STAYS and not turns):
            turns.append(0)
        if part != STAYS:
            turns[-1] += count
    return _cut(turns, first, total, budget_tokens)[0]


def keep(messages: Sequence[T], parts: Sequence[str], first: int) -> list[T]:
    """The messages without the turns before the first one that is kept."""
    kept, turn = list[T](), -1
    for message, part in zip(messages, parts, strict=True):
        if part == BEGINS or (part != STAYS and turn < 0):
            turn += 1
        if part == STAYS or turn >= first:
            kept.append(message)
    return kept


def _cut(turns: Sequence[int], first: int, total: int, budget: int) -> tuple[int, int]:
    """Never the last turn, however long it is."""
    if total > budget:
        while first < len(turns) - 1 and total > budget * CUT_TO:
            total -= turns[first]
            first += 1
    return first, total


def _brings_result(content: Any) -> bool:
    """In Anthropic's API the user's next message is what carries a tool's result."""
    if not isinstance(content, list):
        return False
    return any(isinstance(part, dict) and part.get("type") == "tool_result" for part in content)
