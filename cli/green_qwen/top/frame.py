# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One frame as lines of text: nothing here knows of a terminal."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator

from green_qwen.terminal.paint import BOLD, DIM, RED, YELLOW, Paint
from green_qwen.terminal.row import Span, row_text, span
from green_qwen.top.advice import advice_lines
from green_qwen.top.gpu_rows import LABEL, gpu_rows, label
from green_qwen.top.running_rows import running_rows
from green_qwen.top.spark import BLOCKS, Signs, strip
from green_qwen.top.view import NVML, View

Row = list[Span]


def frame_lines(view: View, width: int, height: int | None, paint: Paint, signs: Signs = BLOCKS) -> list[str]:
    """At most `height` lines of at most `width` columns; None for as many as it takes."""
    rows = [_title(view), *_gpus(view, width, signs), *_server(view, width, signs)]
    rows += [[span(line, RED, BOLD)] for text in advice_lines(view) for line in _wrapped(text, width)]
    rows += [[span(line, YELLOW)] for note in view.notes for line in _wrapped(note, width)]
    room = None if height is None else height - len(rows) - 1
    if room is None or room > 1:
        listed = running_rows(view.running, view.in_flight or 0, room)
        rows += [[span("")], *listed] if listed else []
    return [row_text(row, width, paint) for row in rows[:height]]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, LABEL), break_on_hyphens=False)


def _title(view: View) -> Row:
    row = [span("green-qwen top", BOLD), span(time.strftime("  %H:%M:%S", time.localtime(view.at_s)))]
    if view.simulated:
        row.append(span("  simulated", YELLOW, BOLD))
    if view.paused:
        row.append(span("  paused", YELLOW, BOLD))
    if view.source == NVML:
        row.append(span("  from NVML alone", YELLOW))
    elif view.feed == "absent":
        row.append(span("  without green-proxy's feed", YELLOW))
    return row


def _gpus(view: View, width: int, signs: Signs) -> Iterator[Row]:
    clocks = {one.uuid: one for one in view.clocks or ()}
    for gpu in view.gpus:
        yield from gpu_rows(gpu, clocks.get(gpu.uuid), now_s=view.at_s, width=width, signs=signs)


def _server(view: View, width: int, signs: Signs) -> Iterator[Row]:
    if view.in_flight is not None:
        phase = strip(view.phases, view.at_s, max(1, width - LABEL), signs)
        yield [label("phase"), *(phase if len(view.phases) > 1 else [span(view.phase)])]
        yield [label("decode"), *_speed(view)]
    if view.proxy is not None:
        yield [label("slots"), *_slots(view)]
    if view.in_flight is not None:
        yield [label("cache"), span(", ".join(_cache(view)))]
    if view.energy is not None:
        yield [label("energy"), span(_energy(view))]


def _speed(view: View) -> Iterator[Span]:
    yield span(f"{view.tokens_per_s or 0.0:.1f} tokens/s", BOLD)
    if view.tokens_per_s_per_w is not None:
        yield span(f"  {view.tokens_per_s_per_w:.3f} tokens/s/W", BOLD)
    counts = [f"{sum(one.phase == phase for one in view.running)} {phase}" for phase in _phases(view)]
    yield span(f"  {view.in_flight} in flight" + (f" ({', '.join(counts)})" if counts else ""))


def _phases(view: View) -> list[str]:
    return sorted({one.phase for one in view.running}, reverse=True)


def _slots(view: View) -> Iterator[Span]:
    proxy = view.proxy
    assert proxy is not None
    of = "" if proxy.slots is None else f" of {proxy.slots}"
    yield span(f"{proxy.running}{of} busy")
    waits = f"  {proxy.waiting} waiting"
    if proxy.waiting:
        waits += f", {proxy.expected_wait_s:.0f} s for all of them"
    yield span(waits, *((YELLOW,) if proxy.waiting else (DIM,)))


def _cache(view: View) -> Iterator[str]:
    cached = view.cached
    if cached is None:
        yield "the server does not tell what it had cached"
    else:
        part = 100 * cached.cached_tokens / cached.prompt_tokens
        yield f"{part:.0f} % of {cached.prompt_tokens} prompt tokens, {cached.receipts} receipts"
    if view.proxy is not None:
        yield f"{view.proxy.shared_answers} answers shared"


def _energy(view: View) -> str:
    energy = view.energy
    assert energy is not None
    if energy.booked:
        return f"{energy.kwh:.3f} kWh today, by the journal"
    since = time.strftime("%H:%M:%S", time.localtime(energy.since_s))
    return f"{energy.kwh:.4f} kWh since {since}, by the counter"
