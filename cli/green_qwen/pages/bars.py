# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Bars by category: beside each other or stacked, upright or sideways, with error bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from green_qwen.pages import axes
from green_qwen.pages.axes import Axis, Scale
from green_qwen.pages.figures import known
from green_qwen.pages.markup import element, escaped, told
from green_qwen.pages.plot import BOX, Key, figure, pointed, series
from green_qwen.pages.table import Column, Table

# What a category takes sideways, names included; and the room for a name.
ROW_PX, NAME_PX = 30.0, 190.0
SIGN_PX = 6.6
SHARE, WIDEST_PX = 0.78, 90.0
LONGEST_NAME = 28
UNSEEN = 0.004


@dataclass(frozen=True, slots=True)
class Bars:
    """One value a category; `errors` are half-widths, drawn both ways from the value."""

    name: str
    values: Sequence[float | None]
    errors: Sequence[float | None] = ()

    def error(self, at: int) -> float | None:
        return known(self.errors[at]) if at < len(self.errors) else None


@dataclass(frozen=True, slots=True)
class Box:
    """A bar in the units of its axes: where it lies along the categories, from which value to which."""

    number: int
    at: int
    first: float
    last: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BarPlot:
    """
    Bars of one or more series over categories.

    `sideways` suits long names. Stacked, what is below zero hangs down, so that signed parts keep their sign;
    error bars stand at the end of their own part.
    """

    title: str
    categories: Sequence[str]
    y: Axis
    bars: Sequence[Bars]
    stacked: bool = False
    sideways: bool = False
    x: Axis = field(default_factory=lambda: Axis(""))

    def markup(self, key: str) -> str:
        """As a part of a page."""
        boxes = list(self._stacked() if self.stacked else self._beside())
        values = self._scale(boxes)
        drawn = [self._frame(values), *(self._box(box, values) for box in boxes)]
        drawn += [self._whisker(box, values) for box in boxes]
        keys = [Key(bars.name, BOX, number) for number, bars in enumerate(self.bars)]
        return figure(
            key, self.title, "".join(drawn), keys if len(keys) > 1 else [], self._table(), self._height
        )

    @property
    def _height(self) -> float:
        if not self.sideways:
            return axes.HEIGHT
        return axes.TOP + axes.BOTTOM + ROW_PX * max(1, len(self.categories)) * self._rows_each

    @property
    def _rows_each(self) -> float:
        return 1.0 if self.stacked else max(1.0, 0.6 * len(self.bars))

    def _along(self) -> Scale:
        count = max(1, len(self.categories))
        if self.sideways:
            return Scale(0, count, axes.TOP, self._height - axes.BOTTOM)
        return Scale(0, count, axes.LEFT, axes.WIDTH - axes.RIGHT)

    def _scale(self, boxes: Sequence[Box]) -> Scale:
        reached = [edge for box in boxes for edge in (box.low, box.high)]
        for box in boxes:
            error = self.bars[box.number].error(box.at) or 0.0
            reached += [box.high + error, box.high - error]
        # What is too small to be seen gets no room of its own below zero.
        least = UNSEEN * max(map(abs, reached), default=0.0)
        reached = [edge for edge in reached if abs(edge) > least]
        if self.sideways:
            return self.y.scale([0.0, *reached], NAME_PX, axes.WIDTH - axes.RIGHT - 12)
        return self.y.scale([0.0, *reached], axes.HEIGHT - axes.BOTTOM, axes.TOP)

    def _beside(self) -> Iterator[Box]:
        share = self._share(len(self.bars))
        width = share / max(1, len(self.bars))
        for number, bars in enumerate(self.bars):
            for at in range(len(self.categories)):
                value = known(bars.values[at])
                if value is not None:
                    first = at + (1 - share) / 2 + number * width
                    yield Box(number, at, first, first + width, 0.0, value)

    def _share(self, beside: int = 1) -> float:
        """How much of a category's room its bars take: most of it, but a few bars needn't be planks."""
        along = self._along()
        return min(SHARE, WIDEST_PX * max(1, beside) / abs(along(1) - along(0)))

    def _stacked(self) -> Iterator[Box]:
        share = self._share()
        for at in range(len(self.categories)):
            above = below = 0.0
            for number, bars in enumerate(self.bars):
                value = known(bars.values[at])
                if value is None:
                    continue
                base = below if value < 0 else above
                yield Box(number, at, at + (1 - share) / 2, at + (1 + share) / 2, base, base + value)
                above, below = (above, base + value) if value < 0 else (base + value, below)

    def _box(self, box: Box, values: Scale) -> str:
        along = self._along()
        first, last = along(box.first), along(box.last)
        low, high = sorted((values(box.low), values(box.high)))
        text = self._text(box)
        shape = series(box.number, BOX)
        if self.sideways:
            return pointed(text, "rect", x=low, width=high - low, y=first, height=last - first, class_=shape)
        return pointed(text, "rect", x=first, width=last - first, y=low, height=high - low, class_=shape)

    def _whisker(self, box: Box, values: Scale) -> str:
        error = self.bars[box.number].error(box.at)
        if error is None:
            return ""
        middle = self._along()((box.first + box.last) / 2)
        low, high = values(box.high - error), values(box.high + error)
        path = _across(low, high, middle) if self.sideways else _upright(low, high, middle)
        return element("path", told(self._text(box)), d=path, class_="error")

    def _text(self, box: Box) -> str:
        bars = self.bars[box.number]
        error = bars.error(box.at)
        off = "" if error is None else f" ± {self.y.text(error)}"
        return f"{self.categories[box.at]}, {bars.name}: {self.y.text(bars.values[box.at])}{off}"

    def _frame(self, values: Scale) -> str:
        along = self._along()
        names = "".join(self._names(along))
        if self.sideways:
            title = axes.axis_titles(self.y.title, self.x.title, self._height)
            return axes.across(values, along.high_px, along.low_px) + names + title
        title = axes.axis_titles(self.x.title, self.y.title)
        return axes.upward(values, along.low_px, along.high_px) + names + title

    def _names(self, along: Scale) -> Iterator[str]:
        width_px = abs(along(1) - along(0))
        longest = max((len(name) for name in self.categories), default=1) * SIGN_PX + 8
        every = 1 if self.sideways else max(1, -(-int(longest) // max(1, int(width_px))))
        for at, name in enumerate(self.categories):
            if at % every:
                continue
            shown = element("tspan", escaped(_short(name))) + told(name)
            middle = along(at + 0.5)
            if self.sideways:
                yield element("text", shown, x=NAME_PX - 8, y=middle + 4, text_anchor="end")
            else:
                # A name below the last bar stays within the drawing.
                middle = min(middle, axes.WIDTH - len(_short(name)) * SIGN_PX / 2)
                yield element("text", shown, x=middle, y=axes.HEIGHT - axes.BOTTOM + 16, text_anchor="middle")

    def _table(self) -> Table:
        columns = [Column(self.x.name or "name")]
        for bars in self.bars:
            columns.append(Column(bars.name, self.y.unit))
            if bars.errors:
                columns.append(Column("±", self.y.unit))
        rows = [[name, *self._cells(at)] for at, name in enumerate(self.categories)]
        return Table(columns, rows)

    def _cells(self, at: int) -> Iterator[float | None]:
        for bars in self.bars:
            yield bars.values[at]
            if bars.errors:
                yield bars.error(at)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _across(low: float, high: float, middle: float) -> str:
    return f"M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 4:.1f}v8M{high:.1f} {middle - 4:.1f}v8"


def _upright(low: float, high: float, middle: float) -> str:
    return f"M{middle:.1f} {low:.1f}V{high:.1f}M{middle - 4:.1f} {low:.1f}h8M{middle - 4:.1f} {high:.1f}h8"
