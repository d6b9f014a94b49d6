# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One line that is written over while bench runs, with the time that is left; on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TextIO

from green_qwen.bench.remaining import Remaining
from green_qwen.load.measure import Moment

SHOWN_EVERY_S = 0.5
MINUTE_S = 60.0


class Progress:
    """Says what is measured right now."""

    def __init__(
        self, stream: TextIO, arms: Sequence[str], pairs: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._live, self._clock = stream, stream.isatty(), clock
        self._pairs = pairs
        self._remaining = Remaining(arms, pairs)
        self._arm, self._pair, self._began_s, self._shown_s = "", 0, 0.0, 0.0

    def begin(self, arm: str, pair: int) -> None:
        self._arm, self._pair, self._began_s = arm, pair, self._clock()

    def finished(self, arm: str) -> None:
        self._remaining.add(arm, self._clock() - self._began_s)
        self.done()

    def say(self, what: str, duration_s: float | None = None) -> None:
        self._show(what if duration_s is None else f"{what} {duration_s:.0f} s")

    def follow(self, moment: Moment) -> None:
        """A load's state; shown twice a second at most."""
        now_s = self._clock()
        if now_s - self._shown_s >= SHOWN_EVERY_S:
            self._shown_s = now_s
            self._show(_line(moment))

    def soak(self, window: int, left_s: float, power_w: float, failures: int) -> None:
        """Where a soak is, which knows by itself what is left."""
        what = f"soak, window {window}  {power_w:.0f} W  {failures} failed in it"
        self._write(f"{what}  {duration_text(max(0.0, left_s))} left")

    def done(self) -> None:
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def _show(self, what: str) -> None:
        left_s = self._remaining.left_s(self._arm, self._clock() - self._began_s)
        left = "" if left_s is None else f"  about {duration_text(left_s)} left"
        self._write(f"{self._arm} {self._pair} of {self._pairs}  {what}{left}")

    def _write(self, line: str) -> None:
        if self._live:
            self._stream.write(f"\r\033[K{line}")
            self._stream.flush()


def _line(moment: Moment) -> str:
    of = f" of {moment.window_s:.0f}" if moment.window_s else ""
    return (
        f"{moment.stage} {moment.passed_s:.0f}{of} s  {moment.power_w:.0f} W  "
        f"{len(moment.record.answers)} answered"
    )


def duration_text(seconds: float) -> str:
    """As a person says it."""
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    minutes = round(seconds / MINUTE_S)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
