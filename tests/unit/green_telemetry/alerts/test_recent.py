# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Mean and deviation of the last minute."""

from __future__ import annotations

import pytest

from green_telemetry.alerts.recent import Recent


def test_the_mean_goes_by_time_and_not_by_readings() -> None:
    """Ten readings a second for half of the minute weigh no more than one each ten seconds."""
    recent = Recent()
    for tenth in range(301):
        recent.add(400.0, tenth / 10)
    for ten in (40.0, 50.0, 60.0):
        recent.add(100.0, ten)

    known = recent.mean_and_deviation()

    assert known == pytest.approx((250.0, 150.0), rel=0.01)


def test_too_little_is_no_minute() -> None:
    """Not before it is nearly over, and not across a gap."""
    recent = Recent()
    for second in range(50):
        recent.add(100.0, float(second))
    early = recent.mean_and_deviation()
    for second in range(50, 62):
        recent.add(100.0, float(second))
    known = recent.mean_and_deviation()
    recent.forget()

    assert early is None
    assert known == pytest.approx((100.0, 0.0))
    assert recent.mean_and_deviation() is None


def test_the_last_minute_forgets_the_one_before() -> None:
    """Only sixty seconds count."""
    recent = Recent()
    for second in range(200):
        recent.add(500.0 if second < 130 else 100.0, float(second))

    assert recent.mean_and_deviation() == pytest.approx((100.0, 0.0))
