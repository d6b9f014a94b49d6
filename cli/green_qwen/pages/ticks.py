# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where an axis has its marks: at round numbers, and at round times of day."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from green_qwen.pages.figures import figure_text

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
# Values nearer to each other than this are one value to an axis.
SAME_PART, NEXT_TO_NOTHING = 1e-9, 1e-12
TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(step * MINUTE_S for step in (1, 2, 5, 10, 15, 30)),
    *(step * HOUR_S for step in (1, 2, 3, 6, 12)),
    *(step * DAY_S for step in (1, 2, 7, 14, 28, 91, 182, 364)),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark, its text, and a second line below it where one is needed."""

    value: float
    text: str
    below: str = ""


def number_ticks(low: float, high: float, most: int = 6) -> list[Tick]:
    """At multiples of 1, 2 or 5 times a power of ten, so that the first and the last enclose all values."""
    if high - low <= max(NEXT_TO_NOTHING, SAME_PART * max(abs(low), abs(high))):
        high = low + max(1.0, abs(low))
    step = _round_step((high - low) / max(1, most - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return [Tick(at * step, figure_text(at * step, places)) for at in range(first, last + 1)]


def time_ticks(low_s: float, high_s: float, most: int = 8) -> list[Tick]:
    """Within the range, in local time, with the date where it changes."""
    step_s = next((step for step in TIME_STEPS_S if (high_s - low_s) / step <= most), TIME_STEPS_S[-1])
    at = _round_time(low_s, step_s)
    ticks: list[Tick] = []
    day = ""
    while at.timestamp() <= high_s:
        if at.timestamp() >= low_s:
            date = at.date().isoformat()
            ticks.append(_time_tick(at, step_s, "" if date == day else date))
            day = date
        at += timedelta(seconds=step_s)
    return ticks


def zone_text(at_s: float) -> str:
    """The zone whose time is shown."""
    return time.localtime(at_s).tm_zone


def _time_tick(at: datetime, step_s: int, date: str) -> Tick:
    if step_s >= DAY_S:
        return Tick(at.timestamp(), at.date().isoformat())
    return Tick(at.timestamp(), at.strftime("%H:%M" if step_s >= MINUTE_S else "%H:%M:%S"), date)


def _round_time(low_s: float, step_s: int) -> datetime:
    """The last round time before it, counted from midnight so that clock changes don't move it."""
    low = datetime.fromtimestamp(low_s)  # noqa: DTZ006 - local time is what is shown
    midnight = low.replace(hour=0, minute=0, second=0, microsecond=0)
    if step_s >= DAY_S:
        return midnight
    return midnight + timedelta(seconds=(low - midnight).total_seconds() // step_s * step_s)


def _round_step(least: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
