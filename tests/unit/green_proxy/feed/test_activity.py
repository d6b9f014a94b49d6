# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The book of what is in flight."""

from __future__ import annotations

from green_common.feed.messages import Beat, Cancelled, Hello, Running
from green_proxy.answer.usage import Usage
from green_proxy.feed.activity import Activity


def test_a_request_is_in_flight_from_acceptance_to_its_end() -> None:
    """Also before it is forwarded; the total never goes down."""
    book = Activity()

    book.accepted("r1", "/api/chat")
    book.accepted("r2", "/api/chat")
    book.forwarded("g1", ("r1",), "m", 1.0)
    assert Beat(2, 2) == book.beat()
    book.finished("g1", 200, Usage())
    book.turned_away("r2", "time limit")

    assert Beat(2, 0) == book.beat()


def test_a_reader_that_joins_late_sees_what_runs() -> None:
    """The greeting holds the counts, the hold, and each generation with its phase and tokens."""
    book = Activity()
    book.accepted("r1", "/api/chat")
    book.forwarded("g1", ("r1",), "m", 1.0)
    book.load_started("g1", 1.5)
    book.load_finished("g1", 2.0)
    book.first_token("g1", 3.0)
    book.tokens("g1", 7)

    greeting = list(book.greeting(held_epoch=4))

    assert [Hello(1, 1, 4), Running("g1", ("r1",), "m", "decode", 3.0, 7)] == greeting


def test_a_cancelled_generation_tells_its_tokens() -> None:
    """What was written before the client left was paid for."""
    book = Activity()
    book.accepted("r1", "/api/chat")
    book.forwarded("g1", ("r1",), "m", 1.0)
    book.tokens("g1", 7)

    assert Cancelled(("r1",), "client left", "g1", 7) == book.cancelled("g1", "client left")


def test_a_load_of_the_proxys_own_is_in_flight() -> None:
    """Also when nobody waits for it any more; it is no request, so that the totals don't count it."""
    book = Activity()
    book.accepted("r1", "/api/chat")
    book.forwarded("g1", (), "m", 1.0)
    book.load_started("g1", 1.0)
    book.turned_away("r1", "client left")

    assert book.beat() == Beat(1, 1)
    assert Running("g1", (), "m", "loading", 1.0) in book.greeting(None)
    book.load_finished("g1", 2.0)
    book.finished("g1", 200, Usage())

    assert book.beat() == Beat(1, 0)
    assert book.finished_total == 0


def test_a_load_that_broke_off_is_in_flight_no_more() -> None:
    """The clocks may be lowered again."""
    book = Activity()
    book.forwarded("g1", (), "m", 1.0)

    assert book.cancelled("g1", "load aborted") == Cancelled((), "load aborted", "g1", 0)
    assert book.in_flight == 0
