# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given, settings, strategies as st

from green_qwen.report.periods import day_of, divided, edges, hour_of, hour_text

# 2026-10-25: at 03:00 the clocks of Berlin go back to 02:00, and that hour comes twice.
AUTUMN_S = 1792886400.0
TIMES = st.floats(AUTUMN_S - 1e6, AUTUMN_S + 1e6)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """Told apart by their offset from UTC, and of the same day."""
    first, second = hour_of(AUTUMN_S + 100), hour_of(AUTUMN_S + 3700)

    assert (hour_text(first), hour_text(second)) == ("2026-10-25 02:00+02:00", "2026-10-25 02:00+01:00")
    assert day_of(first) == day_of(second) == "2026-10-25"


@settings(deadline=None)
@given(TIMES, st.floats(0, 1e5), st.dictionaries(st.sampled_from("abc"), st.integers(-(10**12), 10**12)))
def test_the_parts_of_a_window_are_the_whole(
    first_s: float, length_s: float, amounts: dict[str, int]
) -> None:
    """To the millijoule, however it is divided, and each part lies in an hour of its own."""
    parts = list(divided(amounts, edges(first_s, first_s + length_s)))

    for name, amount in amounts.items():
        assert sum(part[name] for _, part in parts) == amount
    assert len({hour_of(at_s) for at_s, _ in parts}) == len(parts)


def test_a_window_is_divided_by_time() -> None:
    """A third before the full hour, two thirds after it."""
    parts = list(divided({"energy": 90}, edges(AUTUMN_S - 200, AUTUMN_S + 400)))

    assert parts == [(AUTUMN_S - 200, {"energy": 30}), (AUTUMN_S, {"energy": 60})]
