# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed tells of phases: only what is known to decode counts as decoding."""

from __future__ import annotations

import pytest

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    FromProxy,
    Hello,
    LoadFinished,
    LoadStarted,
    Running,
    Tokens,
)
from green_common.feed.reasons import CLIENT_LEFT, SUPERSEDED
from green_idle.decode.phases import MOST, Decoding, Phases

FIRST = (Hello(0, 0), Accepted("a", "/"), Forwarded("a", ("a",), "m"), FirstToken("a"))
SECOND = (Accepted("b", "/"), Forwarded("b", ("b",), "m"), FirstToken("b"))
ALONE = Decoding("m", frozenset({"a"}))
BOTH = Decoding("m", frozenset({"a", "b"}))


def after(*messages: FromProxy) -> Decoding | None:
    phases = Phases()
    for message in messages:
        phases.heard(message)
    return phases.decoding


def test_a_generation_past_its_first_token_decodes() -> None:
    """And goes on doing so while its tokens are counted."""
    assert after(*FIRST) == ALONE
    assert after(*FIRST, Tokens("a", 20), Beat(1, 1)) == ALONE


@pytest.mark.parametrize("count", [1, 2, 3])
def test_before_the_first_token_nothing_decodes(count: int) -> None:
    """Greeted, accepted, forwarded."""
    assert after(*FIRST[:count]) is None


@pytest.mark.parametrize("count", [1, 2])
def test_a_request_that_waits_or_is_prefilled_ends_it(count: int) -> None:
    """Whatever decodes beside it."""
    assert after(*FIRST, *SECOND[:count]) is None


def test_two_that_decode_count_as_two() -> None:
    """Once the second one has its first token, and until one of them ends."""
    assert after(*FIRST, *SECOND) == BOTH
    assert after(*FIRST, *SECOND, Finished("b", ("b",), "m", 200)) == ALONE


def test_an_answer_in_one_piece_counts_as_a_prompt_until_its_end() -> None:
    """It has no first token."""
    whole = (Accepted("b", "/"), Forwarded("b", ("b",), "m"))

    assert after(*FIRST, *whole, Beat(2, 2)) is None
    assert after(*FIRST, *whole, Finished("b", ("b",), "m", 200)) == ALONE


def test_a_load_ends_it_until_it_is_over() -> None:
    """One of the proxy's own counts too, and has no requests."""
    own = (Forwarded("load", (), "m"), LoadStarted("load", "m"))

    assert after(*FIRST, *own) is None
    assert after(*FIRST, *own, LoadFinished("load", "m")) is None
    assert after(*FIRST, *own, LoadFinished("load", "m"), Finished("load", (), "m", 200), Beat(1, 1)) == ALONE


def test_a_load_that_interrupts_a_generation_takes_it_back_to_its_prompt() -> None:
    """As after a model server that unloaded in between."""
    assert after(*FIRST, LoadStarted("a", "m")) is None


def test_one_of_several_that_share_it_leaves() -> None:
    """The generation goes on for the others, and ends with the last."""
    shared = (*FIRST, Accepted("b", "/"), Forwarded("a", ("a", "b"), "m"))
    left = Cancelled(("a",), CLIENT_LEFT, "a")

    assert after(*shared) == ALONE
    assert after(*shared, left, Beat(2, 1)) == ALONE
    assert after(*shared, left, Cancelled(("b",), CLIENT_LEFT, "a")) is None


def test_those_that_move_wait_until_they_are_named_again() -> None:
    """A newer generation takes the place of one that is given up."""
    moving = (*FIRST, *SECOND, Cancelled((), SUPERSEDED, "b", moved=("b",)))
    named = (Forwarded("c", ("b",), "m"), FirstToken("c"))

    assert after(*moving) is None
    assert after(*moving, *named, Beat(2, 2)) == Decoding("m", frozenset({"a", "c"}))


def test_a_request_that_leaves_the_waiting_room_is_no_reason_any_more() -> None:
    """It was never forwarded."""
    assert after(*FIRST, Accepted("b", "/"), Cancelled(("b",), CLIENT_LEFT)) == ALONE


def test_two_models_are_none() -> None:
    """What was measured for one does not hold for both."""
    assert after(*FIRST, Accepted("b", "/"), Forwarded("b", ("b",), "n"), FirstToken("b")) is None


def test_who_joins_late_waits_for_a_count_that_agrees() -> None:
    """What runs is named, what waits is not: the next beat tells whether there is any."""
    joined = (Hello(3, 1), Running("a", ("a",), "m", "decode", 1.0))

    assert after(*joined) is None
    assert after(*joined, Beat(3, 1)) == ALONE
    assert after(*joined, Beat(3, 2)) is None


def test_a_running_prompt_is_no_decoding() -> None:
    """As `running` names it."""
    assert after(Hello(1, 1), Running("a", ("a",), "m", "prefill", 1.0), Beat(1, 1)) is None


def test_a_count_that_differs_is_distrusted_until_it_agrees() -> None:
    """Something is in flight that the feed did not tell us of."""
    assert after(*FIRST, Beat(2, 2)) is None
    assert after(*FIRST, Beat(2, 2), Beat(2, 1)) == ALONE


def test_a_first_token_of_nobody_is_distrusted() -> None:
    """A contradiction: the next beat settles it."""
    assert after(*FIRST, FirstToken("z")) is None


def test_nothing_in_flight_clears_what_is_left_over() -> None:
    """So that no ghost keeps the clocks up for ever."""
    ghost = (*FIRST, Accepted("b", "/"), Finished("a", ("a",), "m", 200), Beat(2, 0))

    assert after(*ghost, Accepted("c", "/"), Forwarded("c", ("c",), "m"), FirstToken("c")) is not None


def test_a_flood_is_forgotten() -> None:
    """More at a time than any proxy has: nothing is known then, and little is kept."""
    flood = (Accepted(str(number), "/") for number in range(MOST + 1))

    assert after(*FIRST, *flood) is None
