# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which requests share one generation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_common.config import ShapingConfig
from green_proxy.request.call import Call, read_call
from green_proxy.request.identity import Identity
from green_proxy.shaping.merge import LONGEST_WINDOW_S, Offer, Verdict, judge, offer_of

SHAPING = ShapingConfig()
PERSON = Identity("ann", own=True, conversation=None)
FRONT_END = Identity("10.0.0.7", own=False, conversation=None)
IN_CHAT = Identity("10.0.0.7", own=False, conversation="chat-1")
SYSTEM = {"role": "system", "content": "be brief"}
HELLO = {"role": "user", "content": "hello"}
ANSWER = {"role": "assistant", "content": "hi"}


def chat(*messages: dict[str, Any], path: str = "/api/chat", **fields: Any) -> Call:
    body = {"model": "qwen3:32b", "messages": list(messages), **fields}
    return read_call(path, json.dumps(body).encode())


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def offer(*messages: dict[str, Any], at_s: float = 0.0, identity: Identity = IN_CHAT, **fields: Any) -> Offer:
    return offer_of(chat(*messages, **fields), identity, at_s)


def verdict_on(older: Offer, newer: Offer, *, begun: bool = False) -> Verdict | None:
    assert older.conversation_key == newer.conversation_key
    return judge(older, newer, SHAPING, begun=begun)


@pytest.mark.parametrize("decided", [{"options": {"temperature": 0}}, {"options": {"seed": 7}}])
def test_the_same_request_of_one_person_has_the_same_key(decided: dict[str, Any]) -> None:
    """Whatever the order of its fields."""
    one = offer_of(chat(HELLO, **decided), PERSON, 0)
    other = offer_of(
        read_call("/api/chat", json.dumps({**decided, "messages": [HELLO], "model": "qwen3:32b"}).encode()),
        PERSON,
        5,
    )

    assert one.identical_key == other.identical_key is not None


def test_an_answer_left_to_chance_is_not_shared() -> None:
    """Who asks twice at a temperature wants two answers."""
    assert offer_of(chat(HELLO), PERSON, 0).identical_key is None


def test_two_persons_never_share() -> None:
    """Though they ask for the same."""
    decided: dict[str, Any] = {"options": {"seed": 7}}

    ann = offer_of(chat(HELLO, **decided), PERSON, 0)
    bob = offer_of(chat(HELLO, **decided), Identity("bob", own=True, conversation=None), 0)

    assert ann.identical_key != bob.identical_key


@pytest.mark.parametrize("messages", [(SYSTEM, HELLO), (SYSTEM, HELLO, ANSWER, HELLO)])
def test_behind_a_shared_front_end_nothing_is_compared(messages: tuple[dict[str, Any], ...]) -> None:
    """Everybody there is one address with one system prompt."""
    shared = offer_of(chat(*messages, options={"temperature": 0}), FRONT_END, 0)

    assert shared == Offer()


def test_a_persons_conversation_needs_an_answer_to_be_known_by() -> None:
    """Before the first answer two of his conversations may look the same."""
    assert offer_of(chat(SYSTEM, HELLO), PERSON, 0).conversation_key is None
    assert offer_of(chat(SYSTEM, HELLO, ANSWER, HELLO), PERSON, 0).conversation_key is not None


def test_a_named_conversation_is_known_from_its_first_message() -> None:
    """The header says which it is; of another client it is another one."""
    here = offer(HELLO)

    assert here.conversation_key is not None
    assert (
        here.conversation_key
        != offer(HELLO, identity=Identity("else", own=False, conversation="chat-1")).conversation_key
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"format": "json"},
    ],
)
def test_tools_and_formats_are_never_merged(fields: dict[str, Any]) -> None:
    """Their answers are for programs, and each counts."""
    assert offer(HELLO, options={"seed": 7}, **fields) == Offer()


def test_images_are_never_merged() -> None:
    """Wherever they stand."""
    assert offer({**HELLO, "images": ["aGk="]}, HELLO, options={"seed": 7}) == Offer()


def test_a_raw_prompt_is_never_merged() -> None:
    """It bypasses the template, so nothing is known of it."""
    raw = read_call("/api/generate", b'{"model": "m", "prompt": "x", "raw": true, "options": {"seed": 1}}')

    assert offer_of(raw, PERSON, 0) == Offer()


def test_a_quick_second_message_becomes_one_turn_with_the_first() -> None:
    """It waits for a third, counted from its own arrival."""
    verdict = verdict_on(offer(HELLO), offer(user("are you there?"), at_s=0.5))

    assert verdict is not None
    assert verdict.kind == "window"
    assert verdict.wait_until_s == pytest.approx(1.3)
    assert verdict.offer.conversation is not None
    assert verdict.offer.conversation.as_one_turn == [user("hello\nare you there?")]


def test_a_third_message_joins_the_turn_of_the_first_two() -> None:
    """The window slides with each message."""
    first = verdict_on(offer(HELLO), offer(user("b"), at_s=0.7))
    assert first is not None

    second = verdict_on(first.offer, offer(user("c"), at_s=1.4))

    assert second is not None
    assert second.offer.conversation is not None
    assert second.offer.conversation.said == ("hello", "b", "c")


def test_the_window_slides_only_so_far() -> None:
    """Nobody's first message waits for ever."""
    turn, at_s = offer(HELLO), 0.0
    while verdict := verdict_on(turn, offer(user(f"and {at_s}"), at_s=at_s + 0.7)):
        turn, at_s = verdict.offer, at_s + 0.7
        assert verdict.wait_until_s is not None
        assert verdict.wait_until_s <= LONGEST_WINDOW_S

    assert at_s > LONGEST_WINDOW_S - 1


@pytest.mark.parametrize(
    ("text", "at_s", "fields"),
    [
        ("late", 0.9, {}),
        ("x" * 120, 0.5, {}),
        ("b", 0.5, {"options": {"seed": 1}}),
        ("b", 0.5, {"stream": False}),
    ],
    ids=["later", "long", "other options", "other shape"],
)
def test_other_messages_stay_apart(text: str, at_s: float, fields: dict[str, Any]) -> None:
    """Each gets its own answer."""
    assert verdict_on(offer(HELLO), offer(user(text), at_s=at_s, **fields)) is None


def test_a_message_after_the_answer_began_is_a_turn_of_its_own() -> None:
    """What the client reads already is not taken back."""
    assert verdict_on(offer(HELLO), offer(user("b"), at_s=0.5), begun=True) is None


@pytest.mark.parametrize("begun", [False, True])
def test_a_request_that_holds_an_older_one_supersedes_it(begun: bool) -> None:
    """At any time while the older one is in flight."""
    verdict = verdict_on(offer(HELLO), offer(HELLO, ANSWER, user("and now?"), at_s=60), begun=begun)

    assert verdict is not None
    assert (verdict.kind, verdict.wait_until_s) == ("superseded", None)


def test_an_edited_history_supersedes_nothing() -> None:
    """It is another conversation under the same name."""
    assert verdict_on(offer(HELLO), offer(user("Hello?"), ANSWER, user("and now?"), at_s=60)) is None
