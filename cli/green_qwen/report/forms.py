# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A report for programs: one JSON object, or the rows as CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import time
from typing import Any

from green_qwen.report.result import Range, Result

# Spreadsheets take a text that begins with one of these for a formula, and clients choose their names.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_object(result: Result) -> dict[str, Any]:
    """Joules, seconds and counts as numbers; what is not known is null."""
    return {
        "range": _range(result.range),
        "by": result.by,
        "simulated": result.simulated,
        "machines": result.machines,
        "gpus": result.gpus,
        "covered_share": result.covered_share,
        "total": {
            **result.total,
            "thrown_away_by_reason_j": result.thrown_away_j,
            "balance_j": result.balance_j,
        },
        "rows": [{**dict(zip(result.by, row.key, strict=True)), **row.figures} for row in result.rows],
        "notes": [dataclasses.asdict(note) for note in result.notes],
    }


def as_csv(result: Result) -> str:
    """A line a row and one with the names; what is not known is empty. RFC 4180, but for the line's end."""
    written = io.StringIO()
    figures = list(result.total)
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*result.by, *figures, "simulated"])
    for row in result.rows:
        cells = [row.figures.get(name) for name in figures]
        writer.writerow([*(_harmless(str(part)) for part in row.key), *cells, str(result.simulated).lower()])
    return written.getvalue()


def _range(asked: Range) -> dict[str, Any]:
    return {
        **dataclasses.asdict(asked),
        "since_text": wall_text(asked.since_s),
        "until_text": wall_text(asked.until_s),
    }


def wall_text(at_s: float | None) -> str | None:
    """Local time with its zone."""
    return None if at_s is None else time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(at_s))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and text != "-" else text
