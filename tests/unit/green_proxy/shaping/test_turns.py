# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which turns go is decided from the history alone, and rarely."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as some

from green_proxy.shaping.turns import ANSWERS, BEGINS, CUT_TO, GOES_ON, STAYS, keep, part_of, plan

BUDGET = 1000
LONGEST = 150

# A turn: the user's message, rounds of a tool call and its result, and the answer.
turns = some.tuples(
    some.integers(1, LONGEST),
    some.lists(some.tuples(some.integers(1, LONGEST), some.integers(1, LONGEST)), max_size=2),
    some.integers(1, LONGEST),
)


def flat(conversation: list[Any]) -> list[tuple[str, int]]:
    """Parts with their tokens."""
    messages = []
    for asked, rounds, answer in conversation:
        messages.append((BEGINS, asked))
        for call, result in rounds:
            messages += [(ANSWERS, call), (GOES_ON, result)]
        messages.append((ANSWERS, answer))
    return messages


def requests(messages: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """The history at each request: before every answer."""
    return [messages[:at] for at, (part, _) in enumerate(messages) if part == ANSWERS]


def planned(history: list[tuple[str, int]], fixed: int = 50, budget: int = BUDGET) -> int:
    return plan([part for part, _ in history], [count for _, count in history], fixed, budget)


def size(history: list[tuple[str, int]], first: int, fixed: int = 50) -> int:
    parts = [part for part, _ in history]
    counts = [count for _, count in history]
    return fixed + sum(keep(counts, parts, first))


def turn_count(history: list[tuple[str, int]]) -> int:
    return sum(part == BEGINS for part, _ in history)


@given(some.lists(turns, min_size=1, max_size=60))
def test_what_is_sent_is_within_the_budget(conversation: list[Any]) -> None:
    """Unless the last turn alone is over."""
    for history in requests(flat(conversation)):
        first = planned(history)

        assert size(history, first) <= BUDGET or first == turn_count(history) - 1


@given(some.lists(turns, min_size=1, max_size=60))
def test_the_prefix_changes_only_where_it_must(conversation: list[Any]) -> None:
    """As long as what was kept before still fits, it is kept."""
    before = 0
    for history in requests(flat(conversation)):
        first = planned(history)

        assert first >= before
        if first > before:
            assert size(history, before) > BUDGET
        before = first


@given(some.lists(turns, min_size=1, max_size=60))
def test_a_cut_leaves_room_for_many_turns(conversation: list[Any]) -> None:
    """Right after a cut, no more than a part of the budget is used, where turns could go."""
    before = 0
    for history in requests(flat(conversation)):
        first = planned(history)

        if first > before and first < turn_count(history) - 1:
            assert size(history, first) <= BUDGET * CUT_TO
        before = first


def test_equal_turns_are_cut_every_so_often() -> None:
    """Turns of 50 tokens under a budget of 1000: a cut lasts for nine of them."""
    history = [(BEGINS, 20), (ANSWERS, 30)] * 100
    firsts = [planned(one) for one in requests(history)]

    changes = [at for at in range(1, len(firsts)) if firsts[at] != firsts[at - 1]]
    between = {right - left for left, right in pairwise(changes)}

    assert len(changes) > 5
    assert between == {9}


def test_nothing_is_cut_within_the_budget() -> None:
    """All is kept, to the last token."""
    assert planned([(BEGINS, 500), (ANSWERS, 200), (BEGINS, 250)]) == 0


def test_one_token_more_is_cut() -> None:
    """The budget is no round number."""
    assert planned([(BEGINS, 500), (ANSWERS, 200), (BEGINS, 251)]) == 1


def test_a_turn_given_up_does_not_move_the_cut() -> None:
    """A question whose answer never came was sent as well, and was cut then."""
    history = [(BEGINS, 400), (ANSWERS, 300), (BEGINS, 300)]

    now = planned(history)
    later = planned([*history, (BEGINS, 10)])

    assert (now, later) == (1, 1)


def test_system_messages_stay_wherever_they_are() -> None:
    """What goes is turns."""
    parts = [STAYS, BEGINS, ANSWERS, STAYS, BEGINS, ANSWERS, BEGINS]

    assert keep("abcdefg", parts, 2) == ["a", "d", "g"]


def test_an_opening_without_a_question_is_a_turn() -> None:
    """Some conversations begin with the assistant's greeting."""
    parts = [STAYS, ANSWERS, BEGINS, ANSWERS, BEGINS]

    assert keep("abcde", parts, 1) == ["a", "c", "d", "e"]


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ({"role": "system", "content": "x"}, STAYS),
        ({"role": "developer", "content": "x"}, STAYS),
        ({"role": "user", "content": "x"}, BEGINS),
        ({"role": "user", "content": [{"type": "text", "text": "x"}]}, BEGINS),
        ({"role": "user", "content": [{"type": "tool_result", "content": "x"}]}, GOES_ON),
        ({"role": "assistant", "content": "x"}, ANSWERS),
        ({"role": "tool", "content": "x"}, GOES_ON),
        ({"type": "function_call", "name": "f"}, ANSWERS),
        ({"type": "function_call_output", "output": "x"}, GOES_ON),
        ({"type": "message", "role": "user", "content": "x"}, BEGINS),
    ],
)
def test_parts(message: dict[str, Any], part: str) -> None:
    """A tool's result is never the beginning of a turn."""
    assert part_of(message) == part
