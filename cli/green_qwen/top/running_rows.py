# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The requests in flight, as a table that fits."""

from __future__ import annotations

from collections.abc import Sequence

from green_qwen.terminal.columns import column_lines
from green_qwen.terminal.paint import CYAN, DIM, GREEN, YELLOW
from green_qwen.terminal.row import Span, clipped, span
from green_qwen.top.view import DECODE, LOADING, PREFILL, Running

COLOURS = {LOADING: CYAN, PREFILL: YELLOW, DECODE: GREEN}
HEAD = ("REQUEST", "CLIENT", "MODEL", "PHASE", "AGE", "TOKENS", "TOK/S", "~TOK/S/W")
# What a name may take; an id's last signs tell requests apart, its first ones are the time.
REQUEST_COLUMNS, CLIENT_COLUMNS, MODEL_COLUMNS = 10, 14, 16
LEFT = 4


def running_rows(running: Sequence[Running], in_flight: int, room: int | None) -> list[list[Span]]:
    """With a head, and a last row for those that don't fit or are not told."""
    if not running:
        return []
    shown = running if room is None else running[: max(0, room - (2 if in_flight > room - 1 else 1))]
    head, *lines = column_lines([HEAD, *map(_cells, shown)], left=LEFT)
    rows = [[span(head, DIM)]]
    rows += [[span(line, *_style(one))] for line, one in zip(lines, shown, strict=True)]
    if in_flight > len(shown):
        rows.append([span(f"and {in_flight - len(shown)} more", DIM)])
    return rows


def _cells(one: Running) -> tuple[str, ...]:
    return (
        one.request[-REQUEST_COLUMNS:],
        clipped(one.client or "-", CLIENT_COLUMNS),
        clipped(one.model, MODEL_COLUMNS),
        one.phase,
        f"{one.age_s:.0f} s",
        str(one.tokens),
        "" if one.tokens_per_s is None else f"{one.tokens_per_s:.1f}",
        "" if one.tokens_per_s_per_w is None else f"{one.tokens_per_s_per_w:.3f}",
    )


def _style(one: Running) -> tuple[str, ...]:
    return (COLOURS[one.phase],) if one.phase in COLOURS else ()
