# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waits as Markdown, each beside green-idle's own as installed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.proxy.table import table

HEAD = (
    "clocks go back by",
    "of both cores busy",
    "wakes",
    "p50",
    "p99",
    "greatest",
    "p50, times green-idle's",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One way, and the waits from `accepted` (or the connect) to the reset, in seconds."""

    name: str
    busy: float
    waits_s: Sequence[float]
    # Those that it never saw.
    missed: int = 0


def report(rows: Sequence[Row], own: Row, notes: Sequence[str]) -> str:
    lines = [_line(row, percentile(own.waits_s, 50)) for row in rows]
    return table(HEAD, lines) + "\n\n" + "\n".join(f"- {note}" for note in notes) + "\n"


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that is not exceeded by so many percent of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _line(row: Row, own_p50_s: float) -> list[str]:
    count = f"{len(row.waits_s)}" + (f", {row.missed} unseen" if row.missed else "")
    busy = f"{row.busy:.0%}"
    if not row.waits_s:
        return [row.name, busy, count, "", "", "", ""]
    p50_s, p99_s, most_s = (percentile(row.waits_s, percent) for percent in (50, 99, 100))
    ratio = p50_s / own_p50_s
    return [
        row.name,
        busy,
        count,
        time(p50_s),
        time(p99_s),
        time(most_s),
        f"{ratio:.{0 if ratio > 9 else 1}f}",
    ]


def time(wait_s: float) -> str:
    return f"{wait_s:.1f} s" if wait_s >= 1 else f"{wait_s * 1000:.{0 if wait_s >= 0.1 else 2}f} ms"
