# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A page, its sections and their text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from green_common import __version__
from green_qwen.pages.markup import element, escaped
from green_qwen.pages.style import STYLE

SIMULATED = "Simulated: these figures come from a simulated GPU and a simulated model server."
# The policy holds whatever a name may hold: nothing is loaded and nothing runs.
_HEAD = """<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
"""


class Part(Protocol):
    """What a section holds: Text, Table, LinePlot, BarPlot."""

    def markup(self, key: str) -> str:
        """As HTML; `key` is unique in the page."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `warning=True` for what makes the figures doubtful."""

    text: str
    warning: bool = False

    def markup(self, key: str) -> str:
        """As a part of a page."""
        return element("p", escaped(self.text), id=key, class_="warning" if self.warning else None)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what belongs below it."""

    title: str
    parts: Sequence[Part]

    def markup(self, key: str) -> str:
        parts = "".join(part.markup(f"{key}-{number}") for number, part in enumerate(self.parts, 1))
        head = element("h2", escaped(self.title), id=f"{key}-head")
        return element("section", head + parts, aria_labelledby=f"{key}-head")


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML file."""

    title: str
    sections: Sequence[Section]
    lead: str = ""
    simulated: bool = False
    written_at_s: float | None = None

    def markup(self) -> str:
        """The whole file."""
        head = _HEAD + element("title", escaped(self.title)) + element("style", STYLE)
        body = "".join(section.markup(f"part{number}") for number, section in enumerate(self.sections, 1))
        main = element("main", self._top() + body + self._foot())
        document = element("html", element("head", head) + element("body", main), lang="en")
        return f"<!doctype html>\n{document}\n"

    def write(self, path: Path) -> None:
        path.write_text(self.markup(), encoding="utf-8")

    def _top(self) -> str:
        banner = element("p", SIMULATED, class_="simulated", role="note") if self.simulated else ""
        lead = element("p", escaped(self.lead), class_="lead") if self.lead else ""
        return element("header", banner + element("h1", escaped(self.title)) + lead)

    def _foot(self) -> str:
        written = f"green-qwen {__version__}"
        if self.written_at_s is not None:
            written += time.strftime(", %Y-%m-%d %H:%M %Z", time.localtime(self.written_at_s))
        return element("footer", escaped(written))
