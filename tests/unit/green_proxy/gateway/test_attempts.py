# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How often a key may be guessed, with the clock passed in."""

from __future__ import annotations

from green_proxy.gateway.attempts import MAX_PEERS, MOST, WITHIN_S, Attempts


def test_ten_in_a_minute_and_then_a_wait() -> None:
    """Until the oldest of them is a minute old; others need not wait."""
    attempts = Attempts()
    for at_s in range(MOST):
        attempts.failed("10.0.0.1", float(at_s))

    assert attempts.wait_s("10.0.0.1", 20.0) == WITHIN_S - 20.0
    assert attempts.wait_s("10.0.0.1", WITHIN_S) == 0.0
    assert attempts.wait_s("10.0.0.2", 20.0) == 0.0


def test_guesses_from_everywhere_take_no_more_memory() -> None:
    """Who guessed last is remembered."""
    attempts = Attempts()
    for peer in range(2 * MAX_PEERS):
        attempts.failed(str(peer), 0.0)

    assert len(vars(attempts)["_failed"]) == MAX_PEERS
