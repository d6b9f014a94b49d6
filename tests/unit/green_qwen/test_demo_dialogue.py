# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo's load."""

from __future__ import annotations

import math

from green_qwen.demo.dialogue import Tally, turns_of


def test_a_client_says_the_same_before_and_after() -> None:
    """Both halves of the demo get the same load."""
    before, after = turns_of(3), turns_of(3)

    assert [before() for _ in range(20)] == [after() for _ in range(20)]


def test_clients_differ() -> None:
    """No two clients send the same, so nothing is answered from a shared cache."""
    assert turns_of(1)() != turns_of(2)()


def test_latency_counts_those_who_still_wait() -> None:
    """A server that answers nobody does not have a good latency."""
    tally = Tally(latencies_s=[1.0] * 10, open_since_s={n: 0.0 for n in range(10)})

    assert tally.p95_s(now_s=30.0) == 30.0


def test_latency_of_nobody_is_no_number() -> None:
    """Nothing measured is not zero seconds."""
    assert math.isnan(Tally().p95_s(now_s=1.0))
