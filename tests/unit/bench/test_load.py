# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The load generator's dialogue, its reading of a stream, and its summary."""

from __future__ import annotations

from itertools import islice

from load import Answered, chunk_of, has_text, questions, share, summary


def test_a_seed_gives_the_same_dialogue_again() -> None:
    """Before and after are the same load."""
    first, second = (list(islice(questions("green-0"), 20)) for _ in range(2))

    assert first == second


def test_clients_have_dialogues_of_their_own() -> None:
    """Sixteen clients are not one client sixteen times."""
    first, second = (list(islice(questions(seed), 20)) for seed in ("green-0", "green-1"))

    assert first != second


def test_lengths_are_mixed() -> None:
    """Mostly short, some long, and nothing outside of what the module promises."""
    lengths = [len(question.prompt) for question in islice(questions("green"), 1000)]

    short = sum(length <= 200 for length in lengths)
    long = sum(length >= 3000 for length in lengths)

    assert (min(lengths) >= 30, max(lengths) <= 4000) == (True, True)
    assert 650 < short < 750
    assert 70 < long < 130


def test_only_chunks_with_text_are_a_first_token() -> None:
    """The role comes first, with no token."""
    role = chunk_of('data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}')
    text = chunk_of('data: {"choices": [{"delta": {"content": "yes"}}]}')
    usage = chunk_of('data: {"choices": [], "usage": {"completion_tokens": 1}}')

    assert [has_text(chunk) for chunk in (role, text, usage)] == [False, True, False]


def test_lines_without_an_object_are_passed_over() -> None:
    """Blank lines and the end mark."""
    assert [chunk_of(line) for line in ("", "data: [DONE]", ": ping")] == [{}, {}, {}]


def test_a_share_is_the_nearest_rank() -> None:
    """And never beyond the last value."""
    values = [float(value) for value in range(1, 101)]

    assert (share(values, 0.5), share(values, 0.95), share([3.0], 0.95)) == (51.0, 96.0, 3.0)


def test_the_summary_counts_tokens_over_the_time_of_all_answers() -> None:
    """From the first start to the last end."""
    answers = [
        Answered("a", 2, start_s=0.0, first_token_s=1.0, end_s=4.0, prompt_tokens=50, output_tokens=100),
        Answered("b", 2, start_s=1.0, first_token_s=2.0, end_s=10.0, prompt_tokens=50, output_tokens=100),
    ]

    text = summary(answers, failures=1)

    assert text.startswith("clients: 2, 10.0 s: 2 answers, 1 failures, 20.0 tokens/s out, 10.0 tokens/s in")


def test_no_answer_at_all_is_said() -> None:
    """Never a zero that looks like a measurement."""
    assert summary([], failures=3) == "no answer; 3 failures"
