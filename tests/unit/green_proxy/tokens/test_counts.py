# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts are kept, up to a bound."""

from __future__ import annotations

from green_proxy.tokens.counts import Counts


def test_a_count_is_found_again() -> None:
    """By its key alone."""
    counts = Counts()

    counts.put(1, 10)

    assert (counts.get(1), counts.get(2)) == (10, None)


def test_what_is_used_stays() -> None:
    """And what isn't goes, so that there are never more than the limit."""
    counts = Counts(limit=10)
    for key in range(100):
        counts.put(key, key)
        counts.get(0)

        assert len(counts) <= 10

    assert (counts.get(0), counts.get(99), counts.get(50)) == (0, 99, None)
