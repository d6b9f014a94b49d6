# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed has said, folded."""

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
    Granted,
    Hello,
    LoadFinished,
    LoadStarted,
    Refused,
    Running,
    Tokens,
)
from green_idle.activity import Activity

QUIET = Activity(beat_at_s=10.0, active_at_s=5.0, accepted=7, in_flight=0, greeted=True)
WORK: list[FromProxy] = [
    Accepted("r1", "/api/chat"),
    Running("g1", ("r1",), "m", "decode", 1.0),
    Forwarded("g1", ("r1",), "m"),
    LoadStarted("g1", "m"),
    LoadFinished("g1", "m"),
    FirstToken("g1"),
    Tokens("g1", 5),
    Finished("g1", ("r1",), "m", 200),
    Cancelled(("r1",), "left"),
]


@pytest.mark.parametrize("message", WORK, ids=lambda message: type(message).__name__)
def test_every_event_of_a_request_is_activity(message: FromProxy) -> None:
    """Even an end: with nothing in flight it should not have come."""
    after = QUIET.after(message, 11.0)

    assert QUIET.shown_by(message)
    assert after.active_at_s == 11.0
    assert after.in_flight == 1


@pytest.mark.parametrize("message", [Granted(1), Refused(1, "no")])
def test_an_answer_to_us_is_no_activity(message: FromProxy) -> None:
    """It says nothing about requests."""
    assert not QUIET.shown_by(message)
    assert QUIET.after(message, 11.0) == QUIET


def test_a_quiet_beat_only_refreshes() -> None:
    """Nothing in flight and no request unseen."""
    assert QUIET.after(Beat(7, 0), 11.0) == Activity(11.0, 5.0, 7, 0, greeted=True)


@pytest.mark.parametrize("beat", [Beat(7, 2), Beat(9, 0), Beat(6, 0), Hello(8, 0)])
def test_a_beat_that_counts_more_is_activity(beat: FromProxy) -> None:
    """In flight now, or accepted since without our having heard of it, or counts that can't be true."""
    assert QUIET.shown_by(beat)
    assert QUIET.after(beat, 11.0).active_at_s == 11.0


def test_the_first_hello_tells_the_counts() -> None:
    """Requests from before the connection are nothing new."""
    fresh = Activity(beat_at_s=1.0, active_at_s=1.0)

    assert not fresh.shown_by(Hello(400, 0))
    assert fresh.after(Hello(400, 0), 2.0) == Activity(2.0, 1.0, 400, 0, greeted=True)


def test_only_the_proxys_count_lowers_what_is_in_flight() -> None:
    """After two requests and one end the next beat says how many are left."""
    two = QUIET.after(Accepted("r1", "/"), 11.0).after(Accepted("r2", "/"), 11.1)
    one_ended = two.after(Finished("g1", ("r1",), "m", 200), 11.2)

    assert two.in_flight == one_ended.in_flight == 2
    assert one_ended.after(Beat(9, 1), 12.0).in_flight == 1
