# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Tables: texts to the left, figures to the right, the unit in the head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from green_qwen.pages.figures import figure_text, places_of
from green_qwen.pages.markup import element, escaped

Cell = str | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in it, in which unit, with how many decimal places (four digits where that is open)."""

    name: str
    unit: str = ""
    places: int | None = None

    @property
    def title(self) -> str:
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and numbers; None is a dash. `totals` is one more row below a line."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    totals: Sequence[Cell] = ()

    def markup(self, key: str) -> str:
        """As a part of a page."""
        caption = element("caption", escaped(self.caption)) if self.caption else ""
        columns = [self._told(at, column) for at, column in enumerate(self.columns)]
        heads = "".join(
            element("th", escaped(column.title), scope="col", class_=self._class(at))
            for at, column in enumerate(columns)
        )
        body = element("tbody", "".join(_rows(columns, self.rows)))
        foot = element("tfoot", "".join(_rows(columns, [self.totals]))) if self.totals else ""
        table = element("table", caption + element("thead", element("tr", heads)) + body + foot, id=key)
        return element("div", table, class_="wide")

    def _class(self, at: int) -> str | None:
        """The head of texts stands above them, to the left."""
        return "text" if self.rows and all(isinstance(row[at], str) for row in self.rows) else None

    def _told(self, at: int, column: Column) -> Column:
        """The same number of places all the way down."""
        if column.places is not None:
            return column
        cells = [row[at] for row in self.rows]
        return replace(column, places=places_of(cell for cell in cells if not isinstance(cell, str)))


def _rows(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    for row in rows:
        cells = zip(columns, row, strict=True)
        yield element("tr", "".join(_cell(*cell, first=at == 0) for at, cell in enumerate(cells)))


def _cell(column: Column, cell: Cell, *, first: bool) -> str:
    if isinstance(cell, str):
        name = "th" if first else "td"
        return element(name, escaped(cell), scope="row" if first else None, class_="text")
    return element("td", escaped(figure_text(cell, column.places)))
