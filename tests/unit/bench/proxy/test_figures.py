# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Medians over rounds of differences within a round."""

from __future__ import annotations

import pytest

from bench.proxy.figures import Measured
from bench.proxy.variants import DIRECT, NGINX, ON
from unit.bench.proxy.scene import closed, rest, sample, seen, streamed


def test_requests_a_second_are_the_median_over_rounds() -> None:
    """One bad round does not move it."""
    samples = [closed(ON, rate, round_number=number) for number, rate in enumerate((9000, 100, 8000))]

    figures = Measured(samples, [], 0.1).figures(ON)

    assert figures.requests_per_s == 8000
    assert figures.cpu_us_per_request == pytest.approx(100)


def test_what_is_added_is_against_direct_in_the_same_round() -> None:
    """A slow round is slow for both."""
    samples = [
        streamed(DIRECT, 0.1, 0.0, round_number=1),
        streamed(ON, 0.4, 0.1, round_number=1),
        streamed(DIRECT, 5.1, 0.0, round_number=2),
        streamed(ON, 5.6, 0.1, round_number=2),
    ]

    figures = Measured(samples, [], 0.1).figures(ON)

    assert figures.first_token_p50_ms == pytest.approx(0.4)


def test_the_cost_of_a_token_is_held_against_nginx_in_the_same_round() -> None:
    """CPU seconds per million tokens, and their ratio."""
    samples = [streamed(NGINX, 0.2, 0.05), streamed(ON, 0.4, 0.08)]

    figures = Measured(samples, [], 0.1).figures(ON)

    assert figures.cpu_s_per_million == pytest.approx(80)
    assert figures.of_nginx == pytest.approx(1.6)


def test_direct_has_no_cost_of_a_proxy() -> None:
    """Nothing is printed as zero that was not measured."""
    figures = Measured([closed(DIRECT, 50_000), streamed(DIRECT, 0.1, 0.0)], [], 0.1).figures(DIRECT)

    assert figures.cpu_s_per_million is None
    assert figures.of_nginx is None
    assert figures.at_start is None


def test_disturbed_samples_are_told() -> None:
    """How often one was measured again, and how many were disturbed to the end."""
    samples = [sample(ON, "closed", seen(requests_per_s=1), disturbed=0.5), closed(ON, 8000)]

    figures = Measured(samples, [], 0.1).figures(ON)

    assert (figures.repeated, figures.disturbed) == (1, 1)


def test_a_rest_gives_memory_and_idle_cost() -> None:
    """Of the variant that it was measured with."""
    figures = Measured([closed(ON, 8000)], [rest(ON)], 0.1).figures(ON)

    assert figures.idle_share == 0.0004
    assert figures.after is not None
    assert figures.after.rss_mib == 120
