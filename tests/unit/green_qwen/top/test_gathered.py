# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was heard so far."""

from __future__ import annotations

from typing import Any

import pytest

from green_qwen.top.day import Day
from green_qwen.top.gathered import MAX_RECEIPTS, Gathered
from green_qwen.top.view import NVML, TELEMETRY


def told(at_s: float, power_w: float = 100.0, **more: Any) -> dict[str, Any]:
    gpu = {
        "gpu": 0,
        "gpu_uuid": "a",
        "name": "H100",
        "present": True,
        "power_w": power_w,
        "counter_j": at_s * 100,
    }
    return {"at_s": at_s, "feed": "connected", "in_flight": 0, "generations": [], "gpus": [gpu], **more}


def test_a_view_is_of_the_newest_snapshot_and_of_all_before() -> None:
    """Figures of now, and a trace."""
    gathered = Gathered()
    gathered.take_snapshot(told(10.0, tokens_per_s=40.0), TELEMETRY)
    gathered.take_snapshot(told(11.0, 200.0, tokens_per_s=40.0), TELEMETRY)

    view = gathered.view(11.5)

    assert view.gpus[0].trace == ((10.0, 100.0), (11.0, 200.0))
    assert view.tokens_per_s_per_w == pytest.approx(0.2)
    assert view.phases == ((10.0, "idle"), (11.0, "idle"))
    assert view.energy is not None and view.energy.energy_j == pytest.approx(100.0)


def test_figures_that_nobody_renews_are_left_out() -> None:
    """A stream that has fallen silent tells nothing of now."""
    gathered = Gathered()
    gathered.take_snapshot(told(10.0), TELEMETRY)

    assert gathered.view(20.0).gpus
    assert not gathered.view(60.0).gpus


def test_by_nvml_alone_no_request_is_known() -> None:
    """Neither how many, nor that there is none."""
    gathered = Gathered()
    gathered.take_snapshot(told(10.0), TELEMETRY)
    gathered.take_snapshot(told(11.0), NVML)

    view = gathered.view(11.0)

    assert (view.in_flight, view.feed, view.running) == (None, None, ())


def test_the_books_of_the_day_go_before_what_was_seen() -> None:
    """They began at midnight."""
    gathered = Gathered()
    gathered.day = Day(0.0, 5000.0, {"a": 1000.0})
    gathered.take_snapshot(told(10.5), TELEMETRY)

    energy = gathered.view(10.5).energy

    assert energy is not None
    assert (energy.energy_j, energy.booked) == (5050.0, True)


def test_receipts_are_kept_once_and_not_for_ever() -> None:
    """A snapshot repeats the last ones."""
    gathered = Gathered()
    for number in range(MAX_RECEIPTS + 20):
        receipt = {"request": str(number), "prompt_tokens": 10, "cached_tokens": 5}
        gathered.take_receipt(receipt)
        gathered.take_snapshot(told(10.0 + number, receipts=[receipt]), TELEMETRY)

    cached = gathered.view(10.0 + MAX_RECEIPTS + 19).cached

    assert cached is not None and cached.receipts == MAX_RECEIPTS


def test_each_line_of_a_note_is_one() -> None:
    """And nothing in it moves the cursor."""
    gathered = Gathered()
    gathered.notes["gpus"] = "one\ntwo\x1b[2J"

    assert gathered.view(0.0).notes == ("one", "two?[2J")
