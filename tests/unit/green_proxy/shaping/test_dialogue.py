# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How two requests of one conversation relate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_proxy.shaping.dialogue import Conversation, conversation_of, extends, joined

SYSTEM = {"role": "system", "content": "be brief"}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def told(*messages: dict[str, Any]) -> Conversation:
    conversation = conversation_of(messages)
    assert conversation is not None
    return conversation


def test_the_last_turn_is_all_that_the_user_said_since_the_last_answer() -> None:
    """Several messages in a row are one turn."""
    conversation = told(SYSTEM, user("a"), assistant("b"), user("c"), user("d"))

    assert conversation.said == ("c", "d")
    assert conversation.history == (SYSTEM, user("a"), assistant("b"))


@pytest.mark.parametrize(
    "last",
    [
        assistant("b"),
        {"role": "tool", "content": "4"},
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "user", "content": "a", "images": ["x"]},
        {"role": "user"},
        {},
    ],
)
def test_a_last_message_that_is_not_plain_text_is_no_turn(last: dict[str, Any]) -> None:
    """Nothing is said about such a request."""
    assert conversation_of([user("a"), last]) is None


def test_no_messages_are_no_conversation() -> None:
    """A request that only loads the model has none."""
    assert conversation_of([]) is None


def test_a_longer_history_extends_a_shorter_one() -> None:
    """Also where the answer to the older one stands in it."""
    older = told(user("a"))

    assert extends(older, told(user("a"), user("b")))
    assert extends(older, told(user("a"), assistant("x"), user("b")))


def test_the_same_or_another_history_extends_nothing() -> None:
    """An edited message begins another conversation."""
    older = told(user("a"), assistant("x"), user("b"))

    assert not extends(older, older)
    assert not extends(older, told(user("A"), assistant("x"), user("b"), user("c")))
    assert not extends(older, told(user("a")))


def test_two_messages_at_the_same_point_become_one_turn() -> None:
    """A client that leaves out what has no answer yet loses nothing."""
    together = joined(told(SYSTEM, user("hi")), told(SYSTEM, user("what is 2+2?")))

    assert together is not None
    assert together.as_one_turn == [SYSTEM, user("hi\nwhat is 2+2?")]


def test_a_client_that_repeats_its_messages_has_them_once() -> None:
    """The newer request holds the older message already."""
    together = joined(told(user("hi")), told(user("hi"), user("there")))

    assert together is not None
    assert together.said == ("hi", "there")


def test_the_same_message_again_is_not_said_twice() -> None:
    """A request that was sent twice is no second message."""
    assert joined(told(user("hi")), told(user("hi"))) is None


def test_messages_of_different_histories_stay_apart() -> None:
    """Whoever has another history is in another conversation."""
    assert joined(told(SYSTEM, user("hi")), told(user("there"))) is None


def test_short_means_that_each_message_is() -> None:
    """The bound is exclusive."""
    assert told(user("a" * 119), user("b")).is_short(120)
    assert not told(user("a" * 120), user("b")).is_short(120)


TEXTS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4)


@given(first=TEXTS, second=TEXTS)
def test_joining_loses_and_invents_nothing(first: list[str], second: list[str]) -> None:
    """All that was said is in the joined turn, in order, the older before the newer."""
    older, newer = Conversation((), tuple(first)), Conversation((), tuple(second))

    together = joined(older, newer)

    if together is None:
        assert first == second
    else:
        assert together.said in (tuple(second), tuple(first + second))
        assert together.said[: len(first)] == tuple(first)
        assert together.said[-len(second) :] == tuple(second)
