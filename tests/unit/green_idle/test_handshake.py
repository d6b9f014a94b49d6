# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The agreement about clocks over every order of what both ends do."""

from __future__ import annotations

import pytest

from unit.green_idle.handshake import Bounds, Broken, Handshake, explore

SMALL = Bounds(requests=1, holds=1, ends=0, troubles=0, beats=0)


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(requests=2, holds=1, ends=0, troubles=0, beats=0),
        Bounds(requests=1, holds=1, ends=1, troubles=0, beats=0),
        Bounds(requests=1, holds=1, ends=0, troubles=1, beats=0),
        Bounds(requests=1, holds=2, ends=0, troubles=0, beats=1),
    ],
    ids=["two requests", "an end of the connection", "a trouble", "a second hold"],
)
def test_no_request_meets_lowered_clocks_without_having_waited(bounds: Bounds) -> None:
    """Every state that can be reached was; a driver may be late in each of them."""
    states, all_of_them, taken = explore(Handshake(bounds), 6000)

    assert all_of_them
    assert states > 500
    assert {"idle goes on", "the driver is late", "r0 has waited", "r0 is free"} <= taken


@pytest.mark.parametrize("mistake", ["released_first", "no_wait"])
def test_a_mistake_on_either_side_is_found(mistake: str) -> None:
    """Saying 'released' before the reset, and not waiting for it."""
    with pytest.raises(Broken, match="met the lowered clocks"):
        explore(Handshake(SMALL, **{mistake: True}), 6000)  # type: ignore[arg-type]
