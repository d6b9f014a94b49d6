# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A generation's time, cut into phases."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, strategies as st

from green_common.feed.messages import Finished
from green_telemetry.phases import spans_of
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]


def phases(generation: Generation) -> list[tuple[str, float, float]]:
    """Phases without the drain, which is the last span."""
    return [(span.phase, span.start_s, span.end_s) for span in spans_of(generation)[:-1]]


def test_the_servers_durations_cut_the_time_before_the_first_token(make_generation: MakeGeneration) -> None:
    """Loading after forwarding, prefill before the first token, the rest is the queue."""
    generation = make_generation("a", 10.0, 15.0, 20.0, load_s=2.0, prefill_s=1.0, decode_s=5.0)

    assert phases(generation) == [
        ("loading", 10.0, 12.0),
        ("queued", 12.0, 14.0),
        ("prefill", 14.0, 15.0),
        ("decode", 15.0, 20.0),
    ]


def test_an_answer_in_one_piece_is_cut_from_its_end(make_generation: MakeGeneration) -> None:
    """Its first byte comes with its last, so the server's decode time is counted back."""
    generation = make_generation("a", 10.0, 19.999, 20.0, load_s=0.0, prefill_s=1.0, decode_s=5.0)

    assert phases(generation) == [
        ("queued", 10.0, 14.0),
        ("prefill", 14.0, 15.0),
        ("decode", 15.0, 20.0),
    ]


def test_an_embedding_is_all_prefill(make_generation: MakeGeneration) -> None:
    """It has neither a first token nor a decode time."""
    generation = make_generation("a", 10.0, None, 10.2)

    assert phases(generation) == [("prefill", 10.0, 10.2)]


def test_counts_alone_divide_an_answer_in_one_piece(make_generation: MakeGeneration) -> None:
    """80 tokens take a second, 2500 prompt tokens too."""
    generation = make_generation("a", 10.0, None, 12.0, output_tokens=80, prompt_tokens=2500)

    assert phases(generation) == [("prefill", 10.0, 11.0), ("decode", 11.0, 12.0)]


def test_without_the_servers_word_prefill_begins_when_a_slot_became_free(
    make_generation: MakeGeneration,
) -> None:
    """Before that it waited behind somebody else."""
    generation = make_generation("a", 10.0, 15.0, 20.0)
    generation.slot_freed_s = 14.0

    assert phases(generation)[:2] == [("queued", 10.0, 14.0), ("prefill", 14.0, 15.0)]


def test_a_running_load_is_seen_from_the_feed(make_generation: MakeGeneration) -> None:
    """load_started and load_finished tell before the server does."""
    generation = make_generation("a", 10.0)
    generation.load_started_s, generation.load_finished_s = 10.5, 13.0

    assert [(span.phase, span.start_s, span.end_s) for span in spans_of(generation)] == [
        ("queued", 10.0, 10.5),
        ("loading", 10.5, 13.0),
        ("prefill", 13.0, math.inf),
    ]


def test_only_the_end_makes_the_beginning_certain(make_generation: MakeGeneration) -> None:
    """While it decodes, what came before the first token is a guess, what comes after is not."""
    generation = make_generation("a", 10.0, 15.0)

    assert [(span.phase, span.guessed) for span in spans_of(generation)] == [
        ("prefill", True),
        ("decode", False),
    ]


def test_only_the_server_makes_work_of_waiting(make_generation: MakeGeneration) -> None:
    """Before the first token it may have waited; its prefill is known once its answer has begun."""
    waits, answers = make_generation("a", 10.0), make_generation("b", 10.0, 15.0, 20.0, prefill_s=1.0)

    assert [(span.phase, span.known) for span in spans_of(waits)] == [("prefill", False)]
    assert [(span.phase, span.known) for span in spans_of(answers)] == [
        ("queued", False),
        ("prefill", True),
        ("decode", True),
        ("decode", False),
    ]


MOMENTS = st.floats(0.0, 100.0)
DURATIONS = st.none() | st.floats(0.0, 200.0)


@given(st.lists(MOMENTS, min_size=3, max_size=3).map(sorted), st.booleans(), DURATIONS, DURATIONS, DURATIONS)
def test_spans_have_no_holes_whatever_the_server_says(
    edges_s: list[float],
    streamed: bool,
    load_s: float | None,
    prefill_s: float | None,
    decode_s: float | None,
) -> None:
    """Durations that contradict the feed are bent, not believed."""
    generation = Generation("a", ("request-a",), "m", edges_s[0])
    generation.first_token_s = edges_s[1] if streamed else None
    generation.ended_s = edges_s[2]
    generation.finished = Finished(
        "a", ("request-a",), "m", 200, load_s=load_s, prefill_s=prefill_s, decode_s=decode_s
    )

    spans = spans_of(generation)

    assert spans[0].start_s == edges_s[0]
    assert all(left.end_s == right.start_s for left, right in pairwise(spans))
    assert all(span.end_s > span.start_s for span in spans)
    assert spans[-1].start_s == edges_s[2]
