# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What all plots share: caption, legend, drawing and the table of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from green_qwen.pages.axes import HEIGHT, WIDTH
from green_qwen.pages.markup import element, escaped, told
from green_qwen.pages.table import Table

# Tables up to this length stand open below their plot.
OPEN_ROWS = 8
COLOURS = 8
LINE, BOX, SPAN = "line", "box", "span"


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a line, a box or a shaded span, and its colour's number."""

    name: str
    shape: str
    number: int

    def markup(self) -> str:
        drawn = (
            element("line", x1=0, x2=22, y1=6, y2=6, class_=series(self.number, LINE))
            if self.shape == LINE
            else element("rect", x=4, y=0, width=14, height=12, class_=series(self.number, self.shape))
        )
        sign = element("svg", drawn, width=22, height=12, viewBox="0 0 22 12", aria_hidden="true")
        return element("li", sign + " " + escaped(self.name))


def series(number: int, shape: str) -> str:
    """The class that gives a drawn thing its colour, and a line its dashes."""
    return f"{shape} s{number % COLOURS}"


def figure(
    key: str, title: str, drawn: str, keys: Sequence[Key], table: Table, height: float = HEIGHT
) -> str:
    """A plot as a part of a page."""
    legend = element("ul", "".join(one.markup() for one in keys), class_="legend") if keys else ""
    names = ", ".join(one.name for one in keys)
    described = element("desc", escaped(f"{names}. The figures stand in the table below."), id=f"{key}-desc")
    svg = element(
        "svg",
        element("title", escaped(title), id=f"{key}-title") + described + drawn,
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_="plot",
    )
    shown = element("div", svg, class_="wide")
    return element("figure", element("figcaption", escaped(title)) + legend + shown + _folded(key, table))


def pointed(text: str, mark: str, **attributes: str | float | None) -> str:
    """A mark that tells its value when pointed at."""
    return element(mark, told(text), **attributes)


def _folded(key: str, table: Table) -> str:
    count = len(table.rows)
    opened = "" if count <= OPEN_ROWS else None
    summary = element("summary", escaped(f"Figures ({count} {'row' if count == 1 else 'rows'})"))
    return element("details", summary + table.markup(f"{key}-table"), open=opened)
