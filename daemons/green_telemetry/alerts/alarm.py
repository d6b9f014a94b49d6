# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When an alert begins and when it is over: not at the first bad moment, nor at the first good one."""

from __future__ import annotations

from typing import Literal

Turn = Literal["begun", "over"]


class Alarm:
    """Begins once it has been bad for so long without a break, and ends once it has been good for so long."""

    def __init__(self, begin_after_s: float, end_after_s: float) -> None:
        self._begin_after_s = begin_after_s
        self._end_after_s = end_after_s
        self._turning_s: float | None = None
        self.stands = False
        self.since_s = 0.0

    def observe(self, bad: bool | None, now_s: float) -> Turn | None:
        """Take a judgement in; None is what can't be told, or lies between bad and good: nothing turns."""
        if bad is None or bad == self.stands:
            self._turning_s = None
            return None
        if self._turning_s is None:
            self._turning_s = now_s
        if now_s - self._turning_s < (self._begin_after_s if bad else self._end_after_s):
            return None
        self.stands, self._turning_s = bad, None
        if not bad:
            return "over"
        self.since_s = now_s
        return "begun"
