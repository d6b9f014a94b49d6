# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A line made of coloured parts, cut to a width before it is painted: colours take no columns."""

from __future__ import annotations

from collections.abc import Iterable

from green_qwen.terminal.columns import width_of
from green_qwen.terminal.paint import Paint

# A text and its styles.
Span = tuple[str, tuple[str, ...]]


def span(text: str, *styles: str) -> Span:
    return text, styles


def row_text(spans: Iterable[Span], width: int, paint: Paint) -> str:
    """At most so many columns of it."""
    parts, left = [], width
    for text, styles in spans:
        shown = clipped(text, left)
        parts.append(paint(shown, *styles))
        left -= width_of(shown)
        if shown != text:
            break
    return "".join(parts)


def clipped(text: str, width: int) -> str:
    """As much of it as fits."""
    if width_of(text) <= width:
        return text
    fitting, taken = [], 0
    for sign in text:
        taken += width_of(sign)
        if taken > width:
            break
        fitting.append(sign)
    return "".join(fitting)
