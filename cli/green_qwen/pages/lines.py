# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Lines and points over time or over any other figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from green_qwen.pages import axes
from green_qwen.pages.axes import Axis, Scale
from green_qwen.pages.figures import figure_text, known
from green_qwen.pages.markup import element, told
from green_qwen.pages.plot import LINE, SPAN, Key, figure, pointed, series
from green_qwen.pages.table import Cell, Column, Table

Point = tuple[float, float | None]
# So few points are marked, and tell their value when pointed at.
MARKED_POINTS = 60
TABLE_ROWS = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through its points, in the order given; `joined=False` leaves them single points."""

    name: str
    points: Sequence[Point]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """A shaded stretch along the x axis; those of one name look alike."""

    first: float
    last: float
    name: str


@dataclass(frozen=True, slots=True)
class LinePlot:
    """Lines over one x axis; a point whose y is None is a hole."""

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    spans: Sequence[Span] = ()

    def markup(self, key: str) -> str:
        """As a part of a page."""
        across, upward = self._scales()
        drawn = "".join((*self._shaded(across), self._frame(across, upward), *self._drawn(across, upward)))
        shades = [Key(name, SPAN, number) for name, number in self._shades().items()]
        # One line needs no key: the title and the axis name it.
        lines = [Key(line.name, LINE, number) for number, line in enumerate(self.lines)]
        return figure(
            key, self.title, drawn, [*lines, *shades] if len(lines + shades) > 1 else [], self._table()
        )

    def _scales(self) -> tuple[Scale, Scale]:
        xs = [x for line in self.lines for x, _ in line.points]
        xs += [edge for span in self.spans for edge in (span.first, span.last)]
        ys = [y for line in self.lines for _, y in line.points]
        across = self.x.tight_scale(xs, axes.LEFT, axes.WIDTH - axes.RIGHT)
        return across, self.y.scale(ys, axes.HEIGHT - axes.BOTTOM, axes.TOP)

    def _frame(self, across: Scale, upward: Scale) -> str:
        return (
            axes.across(across, upward.low_px, upward.high_px)
            + axes.upward(upward, across.low_px, across.high_px)
            + axes.axis_titles(axes.x_title(self.x, across.low), self.y.title)
        )

    def _shades(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(dict.fromkeys(span.name for span in self.spans))}

    def _shaded(self, across: Scale) -> Iterator[str]:
        shades = self._shades()
        for span in self.spans:
            text = f"{span.name}: {self.x.text(span.first)} to {self.x.text(span.last)}"
            first_px, last_px = across(span.first), across(span.last)
            yield pointed(
                text,
                "rect",
                x=first_px,
                width=max(1.0, last_px - first_px),
                y=axes.TOP,
                height=axes.HEIGHT - axes.TOP - axes.BOTTOM,
                class_=series(shades[span.name], SPAN),
            )

    def _drawn(self, across: Scale, upward: Scale) -> Iterator[str]:
        for number, line in enumerate(self.lines):
            if line.joined:
                yield element(
                    "path", told(line.name), d=_path(line, across, upward), class_=series(number, LINE)
                )
            if not line.joined or len(line.points) <= MARKED_POINTS:
                yield from self._marked(number, line, across, upward)

    def _marked(self, number: int, line: Line, across: Scale, upward: Scale) -> Iterator[str]:
        for x, y in line.points:
            if known(x) is not None and known(y) is not None and y is not None:
                text = f"{line.name}: {self.y.text(y)} at {self.x.text(x)}"
                yield pointed(
                    text, "circle", cx=across(x), cy=upward(y), r=2.6, class_=series(number, "point")
                )

    def _table(self) -> Table:
        xs = sorted({x for line in self.lines for x, _ in line.points})
        every = -(-len(xs) // TABLE_ROWS) or 1
        found = [dict(line.points) for line in self.lines]
        rows = [[self._x_cell(x), *(values.get(x) for values in found)] for x in xs[::every]]
        caption = f"One in {every} of {figure_text(len(xs))} points" if every > 1 else ""
        columns = [Column(self.x.name, "" if self.x.is_time else self.x.unit)]
        columns += [Column(line.name, self.y.unit) for line in self.lines]
        return Table(columns, rows, caption)

    def _x_cell(self, x: float) -> Cell:
        return self.x.text(x) if self.x.is_time else x


def _path(line: Line, across: Scale, upward: Scale) -> str:
    """Pen up over holes; on each pixel the first, least, greatest and last value, so that no peak is lost."""
    commands = []
    for is_hole, run in groupby(line.points, key=lambda point: known(point[1]) is None):
        if is_hole:
            continue
        pixels = [(across(x), upward(y)) for x, y in run if y is not None]
        drawn = _thinned(pixels)
        # A point between two holes is a line of no length, which round ends make visible.
        points = drawn if len(drawn) > 1 else drawn * 2
        commands.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))
    return "".join(commands)


def _thinned(pixels: list[tuple[float, float]]) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for _, run in groupby(pixels, key=lambda pixel: int(pixel[0])):
        column = list(run)
        if len(column) > 4:
            least, greatest = min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])
            column = [column[0], *sorted((least, greatest)), column[-1]]
        kept += column
    return kept
