# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The upstream's count held against the clients'."""

from __future__ import annotations

from bench.proxy.clients import parse_seen
from bench.proxy.counting import Counts, differences, parse_counts, steps_seen

SEEN = parse_seen(
    '{"asked": 3, "answered": 3, "errors": 0, "first_number": 10, "tokens": 0, "took_s": 1,'
    ' "requests_per_s": 3, "request_bytes": 500,'
    ' "latency_ms": {"count": 3, "p50": 1, "p90": 2, "p99": 3, "max": 4},'
    ' "first_token_ms": null, "gap_ms": null, "transit_ms": null}'
)


def test_one_generation_of_its_own_prompt_for_each_request_counts() -> None:
    """The numbers in the prompts add up as well."""
    assert differences(SEEN, Counts(generations=3, number_sum=10 + 11 + 12)) == []


def test_a_merged_request_fails_the_run() -> None:
    """Fewer generations than requests would make a proxy look faster than it is."""
    found = differences(SEEN, Counts(generations=2, number_sum=10 + 11))

    assert found == ["3 requests, but 2 generations at the upstream"]


def test_a_changed_and_a_repeated_prompt_fail_the_run() -> None:
    """Each is named."""
    found = differences(SEEN, Counts(generations=3, wrong=1, repeated=1))

    assert found == ["1 prompts arrived changed", "1 prompts arrived more than once"]


def test_another_runs_prompts_fail_the_run() -> None:
    """As many generations as requests, but of numbers that were not sent."""
    found = differences(SEEN, Counts(generations=3, number_sum=1 + 2 + 3))

    assert found == ["the prompts that arrived are not those that were sent"]


def test_counts_of_one_run_are_what_came_since_the_one_before() -> None:
    """The upstream counts from its start on."""
    before = parse_counts('{"generations": 5, "number_sum": 10}')
    after = parse_counts('{"generations": 8, "number_sum": 43}')

    assert after.since(before) == Counts(generations=3, number_sum=33)


def test_what_the_steps_did_is_told_by_what_arrived() -> None:
    """So that a step that is on and does nothing shows."""
    said = steps_seen(Counts(generations=7, num_ctx=0, num_predict=7, think=0, shows=1))

    assert "of 7 bodies, each sent with num_ctx, 0 arrived with it, 7 with num_predict" in said
