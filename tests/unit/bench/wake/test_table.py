# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waits of the wake benchmark as a table."""

from __future__ import annotations

import pytest

from bench.wake.table import Row, percentile, report


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_a_value_that_was_seen(percent: int, value: int) -> None:
    """Of a hundred waits, p99 is the second longest."""
    assert percentile(range(100, 0, -1), percent) == value


def test_each_way_stands_beside_our_own_and_tells_what_it_never_saw() -> None:
    """Ratios are of medians."""
    own = Row("green-idle", 0.5, [0.001, 0.001])
    other = Row("polling", 1.0, [0.1, 5.0], missed=3)

    lines = report([own, other], own, ["a note"]).splitlines()

    assert lines[2] == "| green-idle | 50% | 2 | 1.00 ms | 1.00 ms | 1.00 ms | 1.0 |"
    assert lines[3] == "| polling | 100% | 2, 3 unseen | 100 ms | 5.0 s | 5.0 s | 100 |"
    assert lines[-1] == "- a note"
