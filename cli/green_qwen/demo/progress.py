# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Live progress: one line that is written over on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from green_qwen.load.measure import Moment
from green_qwen.load.meter import Meter

TERMINAL_EVERY_S = 0.5
PIPE_EVERY_S = 5.0


class Progress:
    """Says what one half of the demo does right now."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._live = sys.stdout.isatty()
        self._every_s = TERMINAL_EVERY_S if self._live else PIPE_EVERY_S
        self._shown_s = float("-inf")

    def follow(self, moment: Moment) -> None:
        """A load, now and then."""
        now_s = time.monotonic()
        if now_s - self._shown_s >= self._every_s:
            self._shown_s = now_s
            self._show(self._load_line(moment))

    async def rest(self, duration_s: float, meter: Meter) -> None:
        await self._each(duration_s, lambda passed_s: self._rest_line(passed_s, duration_s, meter))

    def done(self) -> None:
        sys.stdout.write("\r\033[K" if self._live else "\n")
        sys.stdout.flush()

    def _load_line(self, moment: Moment) -> str:
        speed = moment.record.pieces / moment.passed_s if moment.passed_s > 0 else 0.0
        passed = f"{moment.passed_s:3.0f} of {moment.window_s:.0f} s"
        answered = len(moment.record.answers)
        load = f"{moment.power_w:5.0f} W  {speed:6.1f} tokens/s  {answered} answered"
        return f"{self._label:<7} load {passed}  {load}"

    def _rest_line(self, passed_s: float, duration_s: float, meter: Meter) -> str:
        return f"{self._label:<7} quiet {passed_s:2.0f} of {duration_s:.0f} s  {meter.power_w:5.0f} W"

    async def _each(self, duration_s: float, line_at: Callable[[float], str]) -> None:
        started_s = time.monotonic()
        while (passed_s := time.monotonic() - started_s) < duration_s:
            self._show(line_at(passed_s))
            await asyncio.sleep(min(self._every_s, duration_s - passed_s))

    def _show(self, line: str) -> None:
        sys.stdout.write(f"\r\033[K{line}" if self._live else f"{line}\n")
        sys.stdout.flush()
