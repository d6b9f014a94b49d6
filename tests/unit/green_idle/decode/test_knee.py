# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which clock is the knee, and which is visited next."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_idle.decode.knee import (
    PAIRS,
    Measured,
    Pair,
    Point,
    batch_class,
    choose_candidates_mhz,
    find_knee,
    next_clock_mhz,
)

OWN = Measured(100.0, 500.0)
CANDIDATES = (1785, 1590, 1380)


def pair(slowdown_percent: float, saved_percent: float) -> Pair:
    tokens_per_s = OWN.tokens_per_s / (1 + slowdown_percent / 100)
    joules = OWN.joules_per_token * (1 - saved_percent / 100)
    return Pair(OWN, Measured(tokens_per_s, joules * tokens_per_s))


def point(mhz: int, slowdown_percent: float, saved_percent: float, pairs: int = PAIRS) -> Point:
    return Point(mhz, (pair(slowdown_percent, saved_percent),) * pairs)


def points(*given: Point) -> dict[int, Point]:
    return {one.sm_clock_mhz: one for one in given}


def test_a_pair_says_what_a_clock_costs_and_saves() -> None:
    """From tokens and watts: 5 J a token become 4, and 100 tokens a second 80."""
    measured = Pair(OWN, Measured(80.0, 320.0))

    assert measured.slowdown_percent == pytest.approx(25.0)
    assert measured.saved_percent == pytest.approx(20.0)


def test_the_knee_saves_most_within_the_bound() -> None:
    """A clock that saves more and takes too long is not it."""
    known = points(point(1785, 1.0, 8.0), point(1590, 4.0, 15.0), point(1380, 7.0, 20.0))

    found = find_knee(known, 5.0)

    assert found is known[1590]


def test_without_a_clock_within_the_bound_there_is_no_knee() -> None:
    """The card's own clocks stay."""
    assert find_knee(points(point(1785, 6.0, 10.0)), 5.0) is None


def test_too_few_pairs_are_no_knee() -> None:
    """They may be chance."""
    assert find_knee(points(point(1785, 1.0, 8.0, pairs=PAIRS - 1)), 5.0) is None


def test_what_chance_could_save_is_no_knee() -> None:
    """Pairs that contradict each other, or less than a percent."""
    contradicting = Point(1785, (pair(1.0, 20.0), pair(1.0, -15.0), pair(1.0, 4.0)))

    assert find_knee({1785: contradicting}, 5.0) is None
    assert find_knee(points(point(1785, 0.1, 0.9)), 5.0) is None


def test_the_highest_is_visited_first_and_until_it_is_measured() -> None:
    """From the mildest downwards."""
    assert next_clock_mhz({}, CANDIDATES, 5.0) == 1785
    assert next_clock_mhz(points(point(1785, 1.0, 8.0, pairs=1)), CANDIDATES, 5.0) == 1785
    assert next_clock_mhz(points(point(1785, 1.0, 8.0)), CANDIDATES, 5.0) == 1590


def test_beyond_the_bound_neither_it_nor_a_lower_one_is_visited_again() -> None:
    """Once two pairs say so."""
    known = points(point(1785, 1.0, 8.0), point(1590, 6.0, 15.0, pairs=2))

    assert next_clock_mhz(known, CANDIDATES, 5.0) is None


def test_one_pair_beyond_the_bound_may_be_chance() -> None:
    """A stall in the midst of a visit looks like a clock that is too slow: it is measured again."""
    known = points(point(1785, 1.0, 8.0), point(1590, 36.0, 15.0, pairs=1))

    assert next_clock_mhz(known, CANDIDATES, 5.0) == 1590


def test_a_stalled_pair_of_three_does_not_move_a_point() -> None:
    """What is chosen goes by the two that agree."""
    sound, stalled = point(1590, 3.0, 15.0, pairs=2), point(1590, 36.0, -14.0, pairs=1)
    together = Point(1590, (*sound.pairs, *stalled.pairs))

    assert find_knee({1590: together}, 5.0) == together


def test_a_wider_bound_lets_it_be_visited() -> None:
    """The bound is what the administrator says today."""
    known = points(point(1785, 1.0, 8.0), point(1590, 6.0, 15.0))

    assert next_clock_mhz(known, CANDIDATES, 10.0) == 1380


def test_past_the_valley_nothing_is_looked_for() -> None:
    """A token costs more again at 1590 MHz, so it does at 1380."""
    assert next_clock_mhz(points(point(1785, 1.0, 8.0), point(1590, 2.0, 3.0)), CANDIDATES, 5.0) is None


def test_when_all_are_measured_nothing_is_left() -> None:
    """The course is over."""
    known = points(*(point(mhz, 1.0, 8.0) for mhz in CANDIDATES))

    assert next_clock_mhz(known, CANDIDATES, 5.0) is None


def test_candidates_are_clocks_that_the_card_has() -> None:
    """An H100's."""
    assert choose_candidates_mhz(range(345, 1981, 15)) == (1785, 1590, 1380, 1185, 990)


def test_a_card_with_one_clock_has_no_candidate() -> None:
    """There is nothing to lower."""
    assert choose_candidates_mhz([1980]) == ()


@pytest.mark.parametrize(
    ("sequences", "size"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (9, 16), (16, 16), (17, 32)]
)
def test_batches_are_told_apart_by_powers_of_two(sequences: int, size: int) -> None:
    """Models change kernels somewhere in between."""
    assert batch_class(sequences) == size


@given(
    curve=st.dictionaries(
        st.sampled_from(CANDIDATES), st.tuples(st.floats(-5, 60), st.floats(-60, 60)), max_size=3
    ),
    bound=st.floats(0, 50),
)
def test_a_knee_is_never_beyond_the_bound(curve: dict[int, tuple[float, float]], bound: float) -> None:
    """And nothing within it saves more."""
    known = points(*(point(mhz, *figures) for mhz, figures in curve.items()))

    found = find_knee(known, bound)

    within = [one.saved_percent for one in known.values() if one.slowdown_percent <= bound]
    if found:
        assert found.slowdown_percent <= bound
        assert found.saved_percent == max(within)
    else:
        assert max(within, default=0.0) <= 1.0 + 1e-9
