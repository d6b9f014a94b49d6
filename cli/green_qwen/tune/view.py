# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is tried now and why, and how much time is left: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from typing import TextIO

from green_qwen.load.record import Record
from green_qwen.terminal.paint import BOLD, DIM, RED, Paint, wants_colour
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.measured import Measured, Outcome, Trial
from green_qwen.tune.setting import words_of

REDRAW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a load is now."""

    passed_s: float
    power_w: float
    record: Record


class View:
    """Says what goes on; `budget_s` is what the search has in all."""

    def __init__(self, stream: TextIO, budget_s: float, bounds: Bounds) -> None:
        self._stream, self._budget_s, self._bounds = stream, budget_s, bounds
        self._live = stream.isatty()
        self._paint = Paint(colour=wants_colour(stream))
        self._spent_s = self._began_s = self._drawn_s = 0.0
        self._number = 0

    def begin(self, trial: Trial) -> None:
        self._number += 1
        self._began_s = time.monotonic()
        head = f"{self._number:2}. {trial.stage.value}: {words_of(trial.setting)}"
        self._write(f"{self._paint(head, BOLD)}  {self._paint(f'({trial.why})', DIM)}")

    def now(self, what: str, moment: Moment | None) -> None:
        """Only on a terminal: what a trial does at this moment."""
        now_s = time.monotonic()
        if not self._live or (moment is not None and now_s - self._drawn_s < REDRAW_EVERY_S):
            return
        self._drawn_s = now_s
        left_s = max(0.0, self._budget_s - self._spent_s - (now_s - self._began_s))
        line = f"    {what}{_figures(moment)}; {_minutes(left_s)} left"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r\033[K{line[:width]}")
        self._stream.flush()

    def done(self, outcome: Outcome, *, again: bool = False) -> None:
        """`again`: known from an earlier run."""
        self._spent_s += outcome.took_s
        if outcome.measured is None:
            first, *rest = outcome.failure.splitlines() or ["failed"]
            self._write(self._paint(f"    put back: {first}", RED))
            for line in rest:
                self._write(f"      {line}")
        else:
            left = f"{_minutes(max(0.0, self._budget_s - self._spent_s))} left"
            known = ", measured before" if again else ""
            self._write(f"    {self._result(outcome.measured)}; {left}{known}")

    def say(self, text: str) -> None:
        self._write(text)

    def _result(self, measured: Measured) -> str:
        idle = "" if measured.idle_w is None else f", idle {measured.idle_w:.1f} W"
        breach = self._bounds.breach_by(measured)
        return (
            f"{measured.tokens_per_j:.3f} tokens/s/W, {measured.tokens_per_s:.0f} tokens/s, "
            f"{measured.power_w:.0f} W{idle}, first token P95 {_seconds(measured.first_token_p95_s)}"
            + ("" if measured.settled else "; too short to be steady, so too high")
            + (f"; out: {breach}" if breach else "")
        )

    def _write(self, line: str) -> None:
        clear = "\r\033[K" if self._live else ""
        self._stream.write(f"{clear}{line}\n")
        self._stream.flush()


def _seconds(value: float) -> str:
    return "none yet" if math.isnan(value) else f"{value:.1f} s"


def _figures(moment: Moment | None) -> str:
    if moment is None:
        return ""
    return f" {moment.passed_s:.0f} s, {moment.power_w:.0f} W, {len(moment.record.answers)} answered"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
