# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The frame of a plot: what is measured along each side, the scale between values and pixels, the grid."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from green_qwen.pages.figures import figure_text, known, with_unit
from green_qwen.pages.markup import element, escaped
from green_qwen.pages.ticks import Tick, number_ticks, time_ticks, zone_text

# A unit by name: the values are Unix time and are shown as local time.
WALL_CLOCK = "Unix time"
WIDTH, HEIGHT = 760.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 26.0, 50.0


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    low_px: float
    high_px: float
    ticks: Sequence[Tick] = ()

    def __call__(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.low_px + part * (self.high_px - self.low_px)


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured, in which unit; `low` and `high` are shown even where no value reaches them."""

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def is_time(self) -> bool:
        return self.unit == WALL_CLOCK

    @property
    def title(self) -> str:
        return f"{self.name}, {self.unit}" if self.unit and not self.is_time else self.name

    def text(self, value: float | None) -> str:
        """A value with its unit."""
        if self.is_time and value is not None:
            return time_text(value)
        return with_unit(figure_text(value), self.unit)

    def scale(self, values: Iterable[float | None], low_px: float, high_px: float) -> Scale:
        """From one round number to another, so that all values lie between them."""
        low, high = self._range(values)
        ticks = number_ticks(low, high)
        return Scale(ticks[0].value, ticks[-1].value, low_px, high_px, ticks)

    def tight_scale(self, values: Iterable[float | None], low_px: float, high_px: float) -> Scale:
        """From the least value to the greatest, with the round numbers or times between them."""
        low, high = self._range(values)
        high = high if high > low else low + 1
        ticks = time_ticks(low, high) if self.is_time else number_ticks(low, high)
        return Scale(low, high, low_px, high_px, [tick for tick in ticks if low <= tick.value <= high])

    def _range(self, values: Iterable[float | None]) -> tuple[float, float]:
        shown = [number for value in (*values, self.low, self.high) if (number := known(value)) is not None]
        return min(shown, default=0.0), max(shown, default=1.0)


def time_text(at_s: float) -> str:
    """Local time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_s))


def across(scale: Scale, bottom_px: float, top_px: float) -> str:
    """Marks below the plot, with lines up through it."""
    parts = []
    for tick in scale.ticks:
        x = scale(tick.value)
        parts.append(element("line", x1=x, x2=x, y1=top_px, y2=bottom_px, class_="grid"))
        parts.append(element("text", escaped(tick.text), x=x, y=bottom_px + 16, text_anchor="middle"))
        if tick.below:
            parts.append(
                element(
                    "text", escaped(tick.below), x=x, y=bottom_px + 30, text_anchor="middle", class_="dim"
                )
            )
    return "".join(parts)


def upward(scale: Scale, left_px: float, right_px: float) -> str:
    """Marks left of the plot, with lines through it."""
    parts = []
    for tick in scale.ticks:
        y = scale(tick.value)
        line = "zero" if tick.value == 0 else "grid"
        parts.append(element("line", x1=left_px, x2=right_px, y1=y, y2=y, class_=line))
        parts.append(element("text", escaped(tick.text), x=left_px - 8, y=y + 4, text_anchor="end"))
    return "".join(parts)


def axis_titles(x_title: str, y_title: str, height: float = HEIGHT) -> str:
    """The upward axis is named above the plot, where its name needs no turning of heads."""
    return element("text", escaped(y_title), x=4, y=14, class_="axis") + element(
        "text", escaped(x_title), x=WIDTH - RIGHT, y=height - 6, text_anchor="end", class_="axis"
    )


def x_title(axis: Axis, at_s: float) -> str:
    """Wall clocks with their zone."""
    return f"{axis.title} ({zone_text(at_s)})" if axis.is_time else axis.title
