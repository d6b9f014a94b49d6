# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Windows on their way to the journal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_telemetry.audit.summary import Summaries, is_restful, joined
from green_telemetry.sampler import Sample
from green_telemetry.window import Window


def window(number: int, work_j: float = 0.0, seconds: float = 60.0, **more: Any) -> dict[str, Any]:
    """The window of a minute: 100 W of baseline, and some work."""
    made = Window(number * 60.0, number * 10_000.0)
    made.add_sample(Sample(0.0, 0.0, power_w=100.0 + number, temperature_c=40))
    made.baseline_j = 100.0 * seconds
    made.phases_j["decode"] = work_j
    made.generations_ended = int(work_j > 0)
    made.close(number * 60.0 + seconds, number * 10_000.0 + 100.0 * seconds + work_j)
    whole = {"start": f"minute {number}", "feed": "connected", "method": "counter"}
    return {**whole, **made.fields(), **more}


def at_rest(number: int) -> dict[str, Any]:
    """The counter goes on from one to the next."""
    resting = window(number)
    return {**resting, "counter_first_j": number * 6000.0, "counter_last_j": (number + 1) * 6000.0}


def test_under_load_each_window_is_written() -> None:
    """One a minute."""
    summaries = Summaries(60.0)

    written = [summaries.add(window(number, 500.0), 60.0 * number) for number in range(5)]

    assert [len(due) for due in written] == [1] * 5


def test_at_rest_they_are_drawn_out_to_ten_minutes() -> None:
    """The first one after work comes at once, and the reading goes on from one to the next."""
    summaries = Summaries(60.0)

    written = [due for number in range(21) for due in summaries.add(at_rest(number), 60.0 * number)]

    assert [due["duration_s"] for due in written] == [60.0, 600.0, 600.0]
    assert [due["counter_first_j"] for due in written] == [0.0, 6000.0, 66_000.0]
    assert [due["counter_last_j"] for due in written] == [6000.0, 66_000.0, 126_000.0]
    assert written[1]["energy_j"] == written[1]["counter_last_j"] - written[1]["counter_first_j"]
    assert written[1]["start"] == "minute 1"


def test_work_ends_a_window_at_rest() -> None:
    """Both are written, in their order."""
    summaries = Summaries(60.0)
    for number in range(4):
        summaries.add(at_rest(number), 60.0 * number)

    written = summaries.add(window(4, 500.0), 240.0)

    assert [(due["start"], due["duration_s"]) for due in written] == [("minute 1", 180.0), ("minute 4", 60.0)]


def test_a_stop_writes_what_waits() -> None:
    """Nothing is left out."""
    summaries = Summaries(60.0)
    for number in range(4):
        summaries.add(at_rest(number), 60.0 * number)

    assert [due["duration_s"] for due in summaries.rest()] == [180.0]
    assert summaries.rest() == []


def test_a_window_with_a_feed_is_not_joined_with_one_without() -> None:
    """At rest they would say different things."""
    summaries = Summaries(60.0)
    for number in range(3):
        summaries.add(at_rest(number), 60.0 * number)

    written = summaries.add({**at_rest(3), "feed": "absent"}, 180.0)

    assert [due["feed"] for due in written] == ["connected", "absent"]


@pytest.mark.parametrize(
    "more", [{"unattributed_percent": 9.0}, {"others_j": 500.0}, {"generations_ended": 1}]
)
def test_what_nobody_or_another_program_used_is_no_rest(more: dict[str, Any]) -> None:
    """It is worth an entry of its own."""
    assert is_restful(at_rest(0))
    assert not is_restful(at_rest(0) | more)


def test_joined_windows_say_how_many_and_where_readings_are_missing() -> None:
    """Means by their samples, the greatest of both, and sums."""
    whole = joined(window(0, 100.0), window(5, 300.0))

    assert (whole["windows"], whole["gaps"], whole["samples"]) == (2, 1, 2)
    assert (whole["energy_j"], whole["decode_j"]) == (12_400.0, 400.0)
    assert (whole["power_mean_w"], whole["power_greatest_w"]) == (102.5, 105.0)
    assert whole["power_deviation_w"] == 2.5
    assert whole["gpu_utilisation_mean_percent"] is None


@given(st.lists(st.tuples(st.floats(0.5, 60.0), st.floats(0.0, 5000.0)), min_size=1, max_size=300))
def test_the_accounts_balance_and_the_rate_is_kept_for_any_windows(
    coming: list[tuple[float, float]],
) -> None:
    """A GPU that comes and goes makes short windows; their joules are all written."""
    summaries, now_s, written = Summaries(60.0), 0.0, []
    for number, (seconds, work_j) in enumerate(coming):
        now_s += seconds
        written += summaries.add(window(number, round(work_j), seconds), now_s)
    count = len(written)
    written += summaries.rest()

    for due in written:
        accounts_j = due["baseline_j"] + due["generations_j"] + due["unattributed_j"]
        assert accounts_j == pytest.approx(due["energy_j"], abs=0.01 * due.get("windows", 1))
    expected_j = sum(100.0 * seconds + round(work_j) for seconds, work_j in coming)
    assert sum(due["energy_j"] for due in written) == pytest.approx(expected_j, abs=0.01 * len(coming))
    assert count <= 3 + now_s / 57.0 + 1
