# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The circuit breaker."""

from __future__ import annotations

from green_proxy.upstream.breaker import OPENS_AFTER, PROBE_EVERY_S, Breaker


def opened(at_s: float) -> Breaker:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        breaker.failed(at_s)
    return breaker


def test_a_few_failures_do_not_open_it() -> None:
    """A server that is started anew is away for a moment."""
    breaker = Breaker()

    for _ in range(OPENS_AFTER - 1):
        breaker.failed(0.0)

    assert breaker.wait_s(0.0) == 0


def test_failures_in_a_row_open_it() -> None:
    """And it says how long."""
    breaker = opened(10.0)

    assert breaker.wait_s(11.0) == PROBE_EVERY_S - 1


def test_success_in_between_starts_the_row_anew() -> None:
    """Only a row tells that the server is gone."""
    breaker = Breaker()

    for _ in range(OPENS_AFTER):
        breaker.failed(0.0)
        breaker.worked()
        breaker.failed(0.0)

    assert not breaker.open


def test_one_attempt_at_a_time_goes_through() -> None:
    """Others wait for what comes of it."""
    breaker = opened(0.0)

    waits_s = [breaker.wait_s(PROBE_EVERY_S), breaker.wait_s(PROBE_EVERY_S)]

    assert waits_s == [0, PROBE_EVERY_S]


def test_success_closes_it() -> None:
    """At once and for all."""
    breaker = opened(0.0)

    breaker.worked()

    assert breaker.wait_s(0.0) == 0
