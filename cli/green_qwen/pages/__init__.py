# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Pages with plots: one HTML file that needs no network, no script and no other file.

    from green_qwen.pages import Axis, BarPlot, Bars, Column, Line, LinePlot, Page, Section, Span, Table, Text

    page = Page(
        "Before and after",
        [
            Section(
                "Power",
                [
                    Text("Both runs on the same GPU, one after the other."),
                    LinePlot(
                        "Power of the GPU",
                        Axis("time", "s"),
                        Axis("power", "W"),
                        [Line("before", [(0, 212.0), (1, None), (2, 220.5)]), Line("after", ...)],
                        spans=[Span(30, 120, "counted")],
                    ),
                    BarPlot(
                        "Energy of an answer",
                        ["before", "after"],
                        Axis("energy", "J"),
                        [Bars("prefill", [80, 20], errors=[3, None]), Bars("decode", [900, 210])],
                        stacked=True,
                    ),
                    Table([Column("client"), Column("energy", "kWh", places=3)], [["anna", 0.25]]),
                ],
            )
        ],
        lead="500 dialogues, 50 at once.",
        simulated=True,
    )
    page.write(Path("report.html"))

What holds for all of them:

- A value has its unit: it is the axis's or the column's, and stands wherever the value does.
- None is what nobody measured: a hole in a line, no bar, a dash in a table. Infinity and NaN count
  as None.
- Every text is escaped, so names may come from anywhere.
- Each plot has its figures in a table below it, open where they are few. Every bar and point of few tells its
  value when pointed at. Lines differ in dashes as well as in colour.
- `Axis("time", WALL_CLOCK)` takes Unix time, and shows local time with its zone.
- Lines of any length: what falls on one pixel is drawn as its least and greatest value, and a long table
  shows every so-many-th point and says so.
- `simulated=True` puts a banner on top. A part alone is marked in its title or text.
- Light and dark follow the reader's system; print is light.
"""

from __future__ import annotations

from green_qwen.pages.axes import WALL_CLOCK, Axis
from green_qwen.pages.bars import BarPlot, Bars
from green_qwen.pages.lines import Line, LinePlot, Span
from green_qwen.pages.page import Page, Part, Section, Text
from green_qwen.pages.table import Column, Table

__all__ = [
    "WALL_CLOCK",
    "Axis",
    "BarPlot",
    "Bars",
    "Column",
    "Line",
    "LinePlot",
    "Page",
    "Part",
    "Section",
    "Span",
    "Table",
    "Text",
]
