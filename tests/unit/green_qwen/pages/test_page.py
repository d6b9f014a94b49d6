# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from green_qwen.pages import Axis, BarPlot, Bars, Column, Line, LinePlot, Page, Section, Span, Table, Text

EVIL = "<script>alert('1')</script>\"&\x00\x1b[31m\udcff"
PLOT = LinePlot(
    EVIL, Axis(EVIL, EVIL), Axis(EVIL, EVIL), [Line(EVIL, [(0, 1.0), (1, 2.0)])], [Span(0, 1, EVIL)]
)
BARS = BarPlot(EVIL, [EVIL], Axis(EVIL, EVIL), [Bars(EVIL, [1.0], [0.5])], sideways=True)
TABLE = Table([Column(EVIL, EVIL)], [[EVIL]], caption=EVIL, totals=[EVIL])
VOID = {"meta"}


class Reader(HTMLParser):
    """Which elements there are, which ids, and whether each that opens is closed in turn."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _page() -> Page:
    return Page(EVIL, [Section(EVIL, [Text(EVIL), PLOT, BARS, TABLE])], lead=EVIL)


def test_no_text_becomes_markup() -> None:
    """Whatever a client or a model is called, no element comes of it."""
    read = Reader(_page().markup())

    assert "script" not in read.names
    assert read.open == []


def test_what_cannot_be_shown_is_replaced(tmp_path: Path) -> None:
    """Control characters and bytes that are no UTF-8 leave a file that can be written and read."""
    _page().write(tmp_path / "page.html")

    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert "\ufffd[31m\ufffd" in text


def test_nothing_is_loaded() -> None:
    """No link and no source, and a policy under which no browser would fetch any."""
    markup = _page().markup()

    assert Reader(markup).links == []
    assert "url(" not in markup and "@import" not in markup
    assert "default-src 'none'" in markup.replace("&#x27;", "'")


def test_ids_are_unique_and_name_the_drawings() -> None:
    """What a drawing is called is found by its id, also where the same part stands twice."""
    markup = Page("twice", [Section("one", [PLOT, BARS, PLOT]), Section("two", [PLOT])]).markup()

    ids = Reader(markup).ids
    assert len(ids) == len(set(ids))
    named = re.findall(r'aria-labelledby="([^"]+)"', markup)
    assert {name for names in named for name in names.split()} <= set(ids)


def test_each_plot_has_its_figures_in_a_table() -> None:
    """Who can't see the drawing reads the figures."""
    read = Reader(Page("plots", [Section("one", [PLOT, BARS])]).markup())

    assert read.names.count("figure") == read.names.count("table") == 2


def test_the_banner_says_what_is_simulated() -> None:
    """It is there where it is asked for, and nowhere else."""
    real, simulated = Page("page", []).markup(), Page("page", [], simulated=True).markup()

    assert "Simulated: " in simulated
    assert "Simulated: " not in real
