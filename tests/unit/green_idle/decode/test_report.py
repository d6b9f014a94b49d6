# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told about the decode clock."""

from __future__ import annotations

import structlog
from structlog.testing import capture_logs

from green_idle.decode.clock import Learned
from green_idle.decode.knee import PAIRS, Measured, Pair, Point
from green_idle.decode.points import Subject
from green_idle.decode.report import DecodeReporter

SUBJECT = Subject(("GPU-a",), "580", "m", 4)
POINT = Point(1590, (Pair(Measured(100.0, 500.0), Measured(96.0, 408.0)),) * PAIRS)


def test_the_knee_is_told_with_what_it_saves_and_takes() -> None:
    """5 J a token become 4.25; simulated figures say so."""
    with capture_logs() as logs:
        learned = Learned(SUBJECT, POINT, POINT, is_done=True)
        DecodeReporter(structlog.get_logger(), simulated=True).learned(learned)

    assert logs == [
        {
            "event": "decode.knee",
            "log_level": "info",
            "say": "m, up to 4 at a time: decoding at 1590 MHz saves 15.0 % of a token's joules and takes "
            "4.2 % more time between tokens (simulated)",
            "gpus": ("GPU-a",),
            "model": "m",
            "batch": 4,
            "sm_clock_mhz": 1590,
            "saved_percent": 15.0,
            "slowdown_percent": 4.17,
            "noise_percent": 0.0,
            "simulated": True,
        }
    ]


def test_that_nothing_saves_is_told_too() -> None:
    """Then nobody wonders why the clock stays up."""
    with capture_logs() as logs:
        learned = Learned(SUBJECT, POINT, None, is_done=True)
        DecodeReporter(structlog.get_logger(), simulated=False).learned(learned)

    assert logs[0]["say"] == "m, up to 4 at a time: no lower clock saves within the bound"
    assert logs[0]["sm_clock_mhz"] is None


def test_what_is_still_being_measured_is_for_those_who_look() -> None:
    """At level debug."""
    with capture_logs() as logs:
        learned = Learned(SUBJECT, POINT, POINT, is_done=False)
        DecodeReporter(structlog.get_logger(), simulated=False).learned(learned)

    assert [(line["event"], line["log_level"]) for line in logs] == [("decode.measured", "debug")]
