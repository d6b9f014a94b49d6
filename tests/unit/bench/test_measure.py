# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When a measurement's loads begin."""

from __future__ import annotations

import pytest
from measure import next_edge_s


@pytest.mark.parametrize(("not_before_s", "edge_s"), [(1000.1, 1060.0), (1060.0, 1060.0), (1061.0, 1120.0)])
def test_loads_begin_on_an_edge_between_windows(not_before_s: float, edge_s: float) -> None:
    """So that no request crosses it."""
    assert next_edge_s(1000.0, 60.0, not_before_s) == edge_s
