# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Receipts on their way to the journal."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given, strategies as st

from green_telemetry.audit.gathering import HELD_S, MAX_BATCH_BYTES, Gathering


def receipt(number: int, size: int = 10) -> dict[str, Any]:
    return {"request": str(number), "filler": "x" * size}


def test_few_receipts_go_out_at_once() -> None:
    """An entry each."""
    gathering = Gathering(5.0)

    batches = [batch for number in range(5) for batch in gathering.add(receipt(number), 0.0)]

    assert [len(batch) for batch in batches] == [1] * 5
    assert gathering.due_at_s == math.inf


def test_more_than_the_rate_share_an_entry_within_a_second() -> None:
    """What is held has a time at which it goes out."""
    gathering = Gathering(2.0)

    at_once = [batch for number in range(6) for batch in gathering.add(receipt(number), 0.1 * number)]
    due_at_s = gathering.due_at_s
    early, late = list(gathering.due(due_at_s - 0.01)), list(gathering.due(due_at_s))

    assert [len(batch) for batch in at_once] == [1, 1]
    assert 0.2 <= due_at_s <= 0.2 + HELD_S
    assert (early, [len(batch) for batch in late]) == ([], [4])


def test_zero_gathers_always() -> None:
    """As the setting says."""
    gathering = Gathering(0.0)

    at_once = list(gathering.add(receipt(1), 0.0))

    assert at_once == []
    assert list(gathering.due(math.inf)) == [[receipt(1)]]


@given(
    st.lists(st.tuples(st.floats(0.0, 0.5), st.integers(0, 4000)), max_size=120),
    st.floats(0.0, 20.0),
)
def test_nothing_is_lost_held_too_long_or_too_large(
    coming: list[tuple[float, int]], above_per_s: float
) -> None:
    """In the order in which it came, for any rhythm and size."""
    gathering, now_s, came_s, written = Gathering(above_per_s), 0.0, [], []
    for number, (pause_s, size) in enumerate(coming):
        until_s = now_s + pause_s
        if gathering.due_at_s <= until_s:
            now_s = gathering.due_at_s
            written += [(batch, now_s) for batch in gathering.due(now_s)]
        now_s = until_s
        came_s.append(now_s)
        written += [(batch, now_s) for batch in gathering.add(receipt(number, size), now_s)]
    written += [(batch, now_s) for batch in gathering.due(math.inf)]

    order = [int(one["request"]) for batch, _ in written for one in batch]
    assert order == list(range(len(coming)))
    for batch, at_s in written:
        assert sum(len(json.dumps(one)) for one in batch) <= MAX_BATCH_BYTES
        assert all(at_s - came_s[int(one["request"])] <= HELD_S + 1e-9 for one in batch)
