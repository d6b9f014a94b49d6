# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The order of the grid."""

from __future__ import annotations

import pytest

from green_qwen.tune.plan import spread


def test_the_last_and_the_middle_come_first() -> None:
    """Wherever it is cut off, both ends of what works have been seen."""
    assert spread((2, 4, 8, 16, 32, 50)) == (50, 16, 32, 8, 4, 2)


@pytest.mark.parametrize("count", range(10))
def test_nothing_is_left_out_or_doubled(count: int) -> None:
    """However many there are."""
    values = tuple(range(count))

    assert sorted(spread(values)) == list(values)
