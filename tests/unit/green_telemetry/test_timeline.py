# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed says, as generations."""

from __future__ import annotations

import pytest

from green_common.feed.messages import (
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    LoadStarted,
    Running,
    Tokens,
)
from green_telemetry.timeline import MAX_GENERATIONS, MAX_REQUESTS, Timeline


@pytest.fixture
def timeline() -> Timeline:
    """One generation in flight since 10 s."""
    timeline = Timeline()
    timeline.apply(Forwarded("a", ("request-a",), "qwen3:32b"), 10.0)
    return timeline


def test_a_generation_goes_from_forwarded_to_finished(timeline: Timeline) -> None:
    """Its edges are where the feed said."""
    timeline.apply(FirstToken("a"), 11.0)

    timeline.apply(Finished("a", ("request-a",), "qwen3:32b", 200, output_tokens=58), 12.0)

    (generation,) = timeline.ended
    assert (generation.forwarded_s, generation.first_token_s, generation.ended_s) == (10.0, 11.0, 12.0)
    assert generation.outcome == "finished"
    assert timeline.in_flight == 0


def test_an_error_of_the_server_is_a_failure(timeline: Timeline) -> None:
    """A status from 400 on is no success."""
    timeline.apply(Finished("a", ("request-a",), "qwen3:32b", 503), 12.0)

    assert (timeline.ended[0].outcome, timeline.ended[0].reason) == ("failed", "status 503")


def test_a_cancelled_generation_keeps_its_tokens_and_reason(timeline: Timeline) -> None:
    """Abandoned work is accounted for."""
    timeline.apply(Tokens("a", 7), 11.0)

    timeline.apply(Cancelled(("request-a",), "the client left", "a", 9), 12.0)

    (generation,) = timeline.ended
    assert (generation.outcome, generation.reason, generation.tokens) == ("cancelled", "the client left", 9)


def test_a_shared_generation_goes_on_when_one_of_its_requests_leaves() -> None:
    """It ends with the last of them."""
    timeline = Timeline()
    timeline.apply(Forwarded("a", ("one", "two"), "qwen3:32b"), 10.0)

    timeline.apply(Cancelled(("one",), "the client left", "a"), 11.0)

    assert timeline.in_flight == 1


def test_who_joins_a_running_generation_shares_it(timeline: Timeline) -> None:
    """It began when it was forwarded first, and ends with the last of all that ever shared it."""
    edge = timeline.apply(Forwarded("a", ("request-a", "request-b"), "qwen3:32b"), 11.0)
    timeline.apply(Cancelled(("request-a",), "the client left", "a"), 12.0)
    timeline.apply(Forwarded("a", ("request-b", "request-c"), "qwen3:32b"), 13.0)

    timeline.apply(Finished("a", ("request-b", "request-c"), "qwen3:32b", 200), 14.0)

    (generation,) = timeline.ended
    assert not edge
    assert generation.requests == ("request-a", "request-b", "request-c")
    assert generation.cancelled == {"request-a": "the client left"}
    assert (generation.forwarded_s, generation.outcome) == (10.0, "finished")


def test_a_feed_that_names_ever_more_requests_fills_no_memory(timeline: Timeline) -> None:
    """The proxy itself lets few share a generation."""
    for number in range(1000):
        timeline.apply(Forwarded("a", (f"request-{number}",), "qwen3:32b"), 11.0)

    assert len(timeline.generations[0].requests) == MAX_REQUESTS


def test_a_generation_that_another_one_replaces_ends(timeline: Timeline) -> None:
    """Its requests go on elsewhere; what it used until then was theirs."""
    timeline.apply(Cancelled((), "superseded", "a", 7), 12.0)

    (generation,) = timeline.ended
    assert (generation.outcome, generation.reason, generation.tokens) == ("cancelled", "superseded", 7)
    assert (generation.requests, generation.ended_s) == (("request-a",), 12.0)
    assert timeline.in_flight == 0


def test_a_load_that_breaks_off_ends() -> None:
    """It is nobody's, so that no request's end is its end."""
    timeline = Timeline()
    timeline.apply(Forwarded("load", (), "qwen3:32b"), 10.0)

    timeline.apply(Cancelled((), "load took too long", "load"), 12.0)

    assert [(one.outcome, one.reason) for one in timeline.ended] == [("cancelled", "load took too long")]


def test_a_request_that_was_never_forwarded_is_no_generation(timeline: Timeline) -> None:
    """Nothing of the GPU was used for it."""
    assert not timeline.apply(Cancelled(("other",), "queue full"), 11.0)
    assert timeline.in_flight == 1
    assert timeline.ended == ()


@pytest.mark.parametrize("message", [FirstToken("b"), Tokens("b", 1), LoadStarted("b", "m"), Beat(1, 1)])
def test_words_about_unknown_generations_are_no_edges(timeline: Timeline, message: object) -> None:
    """After a gap in the feed an end may come without its beginning."""
    assert not timeline.apply(message, 11.0)
    assert timeline.in_flight == 1


def test_a_reconnected_feed_rebuilds_what_runs() -> None:
    """Its start was not seen, so that it is partial."""
    timeline = Timeline()

    timeline.apply(Running("a", ("request-a",), "qwen3:32b", "decode", 9.0, 5), 10.0)

    (generation,) = timeline.generations
    assert generation.partial
    assert generation.decoding
    assert generation.tokens == 5


def test_losing_sight_closes_what_was_in_flight(timeline: Timeline) -> None:
    """Nobody will say how it ended."""
    timeline.lose_sight(13.0, "feed lost")

    assert timeline.in_flight == 0
    assert timeline.ended[0].outcome == "feed lost"


def test_who_waits_notes_when_a_slot_became_free(timeline: Timeline) -> None:
    """Without the server's word its prefill can't have begun before."""
    timeline.apply(Forwarded("b", ("request-b",), "qwen3:32b"), 10.5)

    timeline.apply(Finished("a", ("request-a",), "qwen3:32b", 200), 12.0)

    (waiting,) = [generation for generation in timeline.generations if generation.id == "b"]
    assert waiting.slot_freed_s == 12.0


def test_a_phase_that_begins_in_the_future_begins_now() -> None:
    """Its books could never be closed otherwise."""
    timeline = Timeline()

    timeline.apply(Running("a", ("request-a",), "qwen3:32b", "prefill", 1e300), 10.0)
    timeline.apply(Finished("a", ("request-a",), "qwen3:32b", 200), 12.0)

    (generation,) = timeline.ended
    assert (generation.forwarded_s, generation.ended_s) == (10.0, 12.0)


def test_only_its_own_requests_are_noted_as_cancelled(timeline: Timeline) -> None:
    """A feed that goes on naming others fills no memory."""
    timeline.apply(Cancelled(("other-1", "other-2"), "the client left", "a"), 11.0)

    assert timeline.in_flight == 1
    assert timeline.generations[0].cancelled == {}


def test_generations_beyond_the_most_are_counted_and_not_followed() -> None:
    """The feed has no say over how much memory is used; what ended counts until its books are closed."""
    timeline = Timeline()
    for number in range(MAX_GENERATIONS + 3):
        timeline.apply(Forwarded(f"g{number}", (f"r{number}",), "qwen3:32b"), 10.0)
        timeline.apply(Finished(f"g{number}", (f"r{number}",), "qwen3:32b", 200), 11.0)

    assert len(timeline.generations) == MAX_GENERATIONS
    assert timeline.unfollowed == 3
