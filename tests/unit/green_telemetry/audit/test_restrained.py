# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A log that is held to a budget."""

from __future__ import annotations

from structlog.testing import capture_logs

from green_common.logs import get_log
from green_telemetry.audit.budget import Allowance, Budget
from green_telemetry.audit.restrained import RestrainedLog


def test_a_flood_is_counted() -> None:
    """In the next entry, by number and in its line."""
    now_s = [0.0]
    budget = Budget({"feed.gap": Allowance(burst=1, every_s=10.0)})
    with capture_logs() as said:
        log = RestrainedLog(get_log(), budget, lambda: now_s[0])
        written = []
        for now_s[0] in (0.0, 1.0, 2.0, 12.0):
            written.append(log.warning("feed.gap", say="the feed skipped messages"))

    assert written == [True, False, False, True]
    assert said[1]["withheld"] == 2
    assert said[1]["say"] == "the feed skipped messages (2 more like it were not written)"
    assert said[1]["log_level"] == "warning"
