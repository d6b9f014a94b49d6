# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The audit of telemetry's books against the independent readings, on small made-up ones."""

from __future__ import annotations

import pytest
from audit import Request, Window, find, joined, report, requests_of, windows_of
from witness import Reading, Witness

POWER_W = 400.0


def steady(until_s: int) -> Witness:
    """A GPU that draws 400 W all the time."""
    return Witness(Reading(second, second, POWER_W * second) for second in range(until_s + 1))


def window(first_s: float, last_s: float, *, generations_w: float, unattributed_w: float = 0.0) -> Window:
    duration_s = last_s - first_s
    return Window(
        gpu="GPU-1",
        first_s=first_s,
        last_s=last_s,
        first_j=POWER_W * first_s,
        last_j=POWER_W * last_s,
        baseline_j=(POWER_W - generations_w - unattributed_w) * duration_s,
        generations_j=generations_w * duration_s,
        unattributed_j=unattributed_w * duration_s,
    )


def test_books_that_match_the_witness_hold() -> None:
    """Generations, baseline and a small rest are the witness's joules."""
    books = window(10.0, 70.5, generations_w=280, unattributed_w=4)

    found = find([books], [Request(1.0, 20.0, 30.0)], steady(100))

    assert found.holds
    assert found.witness_j == pytest.approx(POWER_W * 60.5)


@pytest.mark.parametrize(("unattributed_w", "holds"), [(19, True), (-19, True), (21, False), (-21, False)])
def test_under_load_five_percent_may_be_unattributed(unattributed_w: float, *, holds: bool) -> None:
    """Of either sign."""
    books = window(10.0, 70.5, generations_w=200, unattributed_w=unattributed_w)

    found = find([books], [Request(1.0, 20.0, 30.0)], steady(100))

    assert found.holds is holds


@pytest.mark.parametrize(("unattributed_w", "holds"), [(7, True), (9, False)])
def test_at_rest_two_percent_may_be_unattributed(unattributed_w: float, *, holds: bool) -> None:
    """Where no request was under way and nothing was charged."""
    books = window(10.0, 70.5, generations_w=0, unattributed_w=unattributed_w)

    found = find([books], [Request(1.0, 75.0, 80.0)], steady(100))

    assert found.idle
    assert found.holds is holds


def test_books_that_balance_in_themselves_but_not_with_the_witness_do_not_hold() -> None:
    """An invented 100 J are more than the two edges explain."""
    books = window(10.0, 70.5, generations_w=280)
    invented = Window(
        gpu=books.gpu,
        first_s=books.first_s,
        last_s=books.last_s,
        first_j=books.first_j,
        last_j=books.last_j + 100,
        baseline_j=books.baseline_j + 100,
        generations_j=books.generations_j,
        unattributed_j=books.unattributed_j,
    )

    found = find([invented], [], steady(100))

    assert not found.holds


def test_a_counter_reading_outside_of_the_witness_s_does_not_hold() -> None:
    """Two errors that cancel in the difference are still errors."""
    books = window(10.5, 71.0, generations_w=280)
    shifted = Window(
        gpu=books.gpu,
        first_s=books.first_s,
        last_s=books.last_s,
        first_j=books.first_j + 500,
        last_j=books.last_j + 500,
        baseline_j=books.baseline_j,
        generations_j=books.generations_j,
        unattributed_j=books.unattributed_j,
    )

    found = find([shifted], [], steady(100))

    assert not found.edges_agree
    assert not found.holds


def test_windows_are_joined_where_a_request_crosses_their_edge() -> None:
    """So that whole receipts can be summed."""
    windows = [window(start, start + 60.0, generations_w=0) for start in (0.0, 60.0, 120.0)]

    rows = list(joined(windows, [Request(1.0, 50.0, 70.0)]))

    assert [[one.first_s for one in row] for row in rows] == [[0.0, 60.0], [120.0]]


def test_a_request_that_ended_just_before_an_edge_crosses_it() -> None:
    """The counter shows its last joules a step later."""
    windows = [window(start, start + 60.0, generations_w=0) for start in (0.0, 60.0)]

    rows = list(joined(windows, [Request(1.0, 50.0, 59.9)]))

    assert len(rows) == 1


def test_receipts_of_a_row_are_summed() -> None:
    """Those of other rows are not."""
    requests = [Request(10.0, 5.0, 9.0), Request(20.0, 30.0, 40.0), Request(40.0, 70.0, 80.0)]

    found = find([window(0.0, 60.0, generations_w=0.5)], requests, steady(100))

    assert (found.receipts, found.receipts_j) == (2, 30.0)


def test_an_answer_without_a_receipt_is_named() -> None:
    """Every answered request must have one."""
    entries: list[dict[str, object]] = [{"event": "receipt", "request": "a", "energy_j": 7.5}]
    answered: list[dict[str, object]] = [
        {"request": "a", "start_s": 1.0, "end_s": 2.0},
        {"request": "b", "start_s": 1.5, "end_s": 2.5},
    ]

    requests, missing = requests_of(entries, answered)

    assert (requests, missing) == ([Request(7.5, 1.0, 2.0)], ["b"])


def test_windows_are_read_from_telemetry_s_entries() -> None:
    """Other entries are passed over."""
    entries: list[dict[str, object]] = [
        {"event": "gpu.found"},
        {
            "event": "window",
            "gpu_uuid": "GPU-1",
            "counter_first_at_s": 1.0,
            "counter_last_at_s": 61.0,
            "counter_first_j": 5,
            "counter_last_j": 25.5,
            "baseline_j": 20.0,
            "generations_j": 0.0,
            "unattributed_j": 0.5,
        },
    ]

    windows = windows_of(entries)

    assert windows == [Window("GPU-1", 1.0, 61.0, 5.0, 25.5, 20.0, 0.0, 0.5)]


def test_the_report_says_whether_all_windows_hold() -> None:
    """A short last window is shown but not judged."""
    windows = [
        window(1.0, 61.5, generations_w=300),
        window(61.5, 70.0, generations_w=100, unattributed_w=200),
    ]

    text, holds = report(windows, [Request(1.0, 5.0, 69.0)], steady(100))

    assert holds
    assert "too short to judge" in text
    assert "1 windows judged: all hold" in text


def test_a_report_without_a_window_to_judge_does_not_hold() -> None:
    """Nothing seen is nothing shown."""
    text, holds = report([window(1.0, 20.0, generations_w=300)], [], steady(100))

    assert not holds
    assert "0 windows judged" in text
