# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Readings that can't be true."""

from __future__ import annotations

import math

import pytest

from green_telemetry.plausible import SATURATED_32_J, CounterCheck, Doubt, Verdict, is_absurd

LIMIT_W = 700.0


@pytest.mark.parametrize("power_w", [-0.001, 1050.1, 4294967.295, math.inf, math.nan])
def test_a_power_that_no_card_draws_is_absurd(power_w: float) -> None:
    """Negative, far over the limit, or no number."""
    assert is_absurd(power_w, LIMIT_W)


@pytest.mark.parametrize(("power_w", "limit_w"), [(0.0, LIMIT_W), (1049.0, LIMIT_W), (2500.0, None)])
def test_a_power_over_the_limit_is_possible(power_w: float, limit_w: float | None) -> None:
    """For a moment, and where no limit is known."""
    assert not is_absurd(power_w, limit_w)


def check(
    *readings: tuple[float, float], power_w: float | None = 100.0
) -> tuple[CounterCheck, list[Verdict]]:
    made = CounterCheck(LIMIT_W)
    return made, [made.judge(at_s, joules, power_w) for at_s, joules in readings]


def test_a_counter_that_counts_is_believed() -> None:
    """Also right after a step that covers more than the time."""
    made, verdicts = check((0.0, 5000.0), (0.5, 5050.0), (0.501, 5110.0), (60.0, 30_000.0))

    assert verdicts == [Verdict.BOOK] * 4
    assert made.doubt is None


@pytest.mark.parametrize("full_j", [(2**64 - 1) / 1000, SATURATED_32_J, -1.0, math.nan])
def test_a_full_counter_is_left_out(full_j: float) -> None:
    """All ones of 64 or of 32 bits."""
    made, verdicts = check((0.0, 5000.0), (0.5, full_j))

    assert verdicts == [Verdict.BOOK, Verdict.LEAVE_OUT]
    assert made.doubt is Doubt.SATURATED


def test_doubt_that_ends_soon_costs_nothing() -> None:
    """The next reading covers the time."""
    _, verdicts = check((0.0, 5000.0), (0.5, 9e6), (1.0, 5100.0))

    assert verdicts == [Verdict.BOOK, Verdict.LEAVE_OUT, Verdict.BOOK]


def test_doubt_that_stays_cuts_the_books_once() -> None:
    """And they begin anew when it ends."""
    full_j = (2**64 - 1) / 1000
    readings = [(0.0, 5000.0), *((0.5 + count, full_j) for count in range(6)), (7.0, 5700.0)]

    _, verdicts = check(*readings)

    assert verdicts[1:] == [Verdict.LEAVE_OUT] * 4 + [Verdict.CUT, Verdict.LEAVE_OUT, Verdict.ANEW]


def test_a_jump_that_stays_is_a_new_beginning() -> None:
    """The counter goes on from another sum; what happened in between is not known."""
    made, verdicts = check((0.0, 5000.0), (0.5, 9e6), (1.0, 9e6 + 50.0), (1.5, 9e6 + 100.0))

    assert verdicts == [Verdict.BOOK, Verdict.LEAVE_OUT, Verdict.ANEW, Verdict.BOOK]
    assert made.doubt is None


def test_a_counter_that_fell_is_no_nonsense() -> None:
    """The driver was loaded anew, which the ledger sees."""
    assert check((0.0, 5000.0), (0.5, 3.0))[1] == [Verdict.BOOK, Verdict.BOOK]


def test_a_frozen_counter_is_left_out_after_a_second() -> None:
    """Where the power says that it should move."""
    made, verdicts = check((0.0, 5000.0), (0.9, 5000.0), (1.5, 5000.0), (6.0, 5000.0))

    assert verdicts == [Verdict.BOOK, Verdict.BOOK, Verdict.LEAVE_OUT, Verdict.CUT]
    assert made.doubt is Doubt.FROZEN


@pytest.mark.parametrize("power_w", [None, 0.0, 3.0])
def test_a_counter_may_stand_still_without_power(power_w: float | None) -> None:
    """A card that sleeps draws next to nothing."""
    assert check((0.0, 50.0), (5.0, 50.0), power_w=power_w)[1] == [Verdict.BOOK, Verdict.BOOK]


def test_a_thaw_that_has_counted_all_the_while_is_booked() -> None:
    """Only what was published stood still."""
    assert check((0.0, 5000.0), (1.5, 5000.0), (2.0, 5200.0))[1][-1] is Verdict.BOOK


def test_after_a_loss_everything_is_a_beginning() -> None:
    """Whatever the counter was before."""
    made, _ = check((0.0, 5000.0))

    made.forget()

    assert made.judge(0.1, 9e9, 100.0) is Verdict.BOOK
