# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A table as a person reads it: names to the left, figures to the right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

GAP = "  "


def width_of(text: str) -> int:
    """The columns that a terminal takes for it: two for a wide sign, none for a combining one."""
    return sum(_width(sign) for sign in text)


def column_lines(rows: Iterable[Sequence[str]], *, left: int = 1) -> list[str]:
    """Each row as one line; the first `left` columns are flush left, the others flush right."""
    table = [list(row) for row in rows]
    count = max(map(len, table), default=0)
    widths = [
        max((width_of(row[column]) for row in table if column < len(row)), default=0)
        for column in range(count)
    ]
    return [
        GAP.join(
            _padded(cell, widths[column], left=column < left) for column, cell in enumerate(row)
        ).rstrip()
        for row in table
    ]


def _padded(text: str, width: int, *, left: bool) -> str:
    room = " " * (width - width_of(text))
    return text + room if left else room + text


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
