# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A row of small bars, and one of the phases below it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from green_qwen.terminal.paint import CYAN, DIM, GREEN, RED, YELLOW
from green_qwen.terminal.row import Span
from green_qwen.top.view import DECODE, IDLE, LOADING, PREFILL


@dataclass(frozen=True, slots=True)
class Signs:
    """Bars from low to high, and what nothing looks like."""

    bars: str
    dot: str


BLOCKS, ASCII = Signs("▁▂▃▄▅▆▇█", "·"), Signs("_.:-=+*#", ".")
LETTERS = {LOADING: ("L", CYAN), PREFILL: ("p", YELLOW), DECODE: ("D", GREEN)}


def signs_for(encoding: str | None) -> Signs:
    """Block elements where the terminal's encoding has them."""
    return BLOCKS if (encoding or "").lower().replace("-", "") == "utf8" else ASCII


def bars(values: Sequence[float | None], limit: float | None, signs: Signs) -> list[Span]:
    """As parts of the greatest or of the limit; what is over it is red, and what is not known a space."""
    greatest = max((value for value in values if value is not None), default=0.0)
    greatest = max(greatest, limit or 0.0)
    return _joined(_bar(value, greatest, limit, signs) for value in values)


def strip(phases: Iterable[tuple[float, str]], now_s: float, width: int, signs: Signs) -> list[Span]:
    """The last phase of each second, the newest to the right."""
    columns: list[str | None] = [None] * width
    for at_s, phase in phases:
        column = width - 1 - (math.floor(now_s) - math.floor(at_s))
        if 0 <= column < width:
            columns[column] = phase
    return _joined(_letter(phase, signs) for phase in _carried(columns))


def _bar(value: float | None, greatest: float, limit: float | None, signs: Signs) -> Span:
    if value is None:
        return " ", ()
    place = int(value / greatest * len(signs.bars)) if greatest > 0 else 0
    sign = signs.bars[min(max(place, 0), len(signs.bars) - 1)]
    return sign, (RED,) if limit is not None and value > limit else (GREEN,)


def _letter(phase: str | None, signs: Signs) -> Span:
    if phase is None:
        return " ", ()
    if phase == IDLE:
        return signs.dot, (DIM,)
    letter, colour = LETTERS.get(phase, ("?", RED))
    return letter, (colour,)


def _carried(columns: list[str | None]) -> list[str | None]:
    """A phase goes on until another one is told."""
    last, carried = None, []
    for phase in columns:
        last = phase or last
        carried.append(last)
    return carried


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbours of one colour as one part, which saves most of the bytes."""
    joined: list[Span] = []
    for text, styles in spans:
        if joined and joined[-1][1] == styles:
            joined[-1] = (joined[-1][0] + text, styles)
        else:
            joined.append((text, styles))
    return joined
