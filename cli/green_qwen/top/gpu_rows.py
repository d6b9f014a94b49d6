# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The rows of one GPU."""

from __future__ import annotations

from collections.abc import Iterator

from green_common.gpu.reasons import CLOCKS_SETTING, GPU_IDLE, REASONS, THROTTLING
from green_qwen.idle_state import RESTING, GpuClocks
from green_qwen.terminal.paint import BOLD, DIM, GREEN, RED, YELLOW
from green_qwen.terminal.row import Span, span
from green_qwen.top.spark import Signs, bars
from green_qwen.top.traces import columns_of
from green_qwen.top.view import GpuPart

GIB = 1 << 30
LABEL = 8
HOT_C = 85
Row = list[Span]


def gpu_rows(gpu: GpuPart, clocks: GpuClocks | None, *, now_s: float, width: int, signs: Signs) -> list[Row]:
    """Its name and state, its power with a row of bars, and what holds its clocks."""
    if not gpu.present:
        return [[span(f"GPU {gpu.index} {gpu.name}  ", BOLD), span("can't be read", RED)]]
    rows = [_head(gpu), _power(gpu)]
    if len(gpu.trace) > 1:
        seconds = columns_of(gpu.trace, now_s, max(1, width - LABEL))
        rows.append([span(" " * LABEL), *bars(seconds, gpu.power_alert_w, signs)])
    return [*rows, _clocks(gpu, clocks)]


def label(name: str) -> Span:
    return span(f"{name:<{LABEL}}", DIM)


def _head(gpu: GpuPart) -> Row:
    row = [span(f"GPU {gpu.index} {gpu.name}", BOLD)]
    if gpu.memory_used_bytes is not None:
        total = f"/{gpu.memory_total_bytes / GIB:.0f}" if gpu.memory_total_bytes else ""
        row.append(span(f"  memory {gpu.memory_used_bytes / GIB:.1f}{total} GiB"))
    if gpu.gpu_percent is not None:
        row.append(span(f"  busy {gpu.gpu_percent} %"))
    if gpu.temperature_c is not None:
        row.append(span(f"  {gpu.temperature_c} °C", *((RED,) if gpu.temperature_c >= HOT_C else ())))
    return row


def _power(gpu: GpuPart) -> Row:
    row = [label("power")]
    if gpu.power_w is None:
        return [*row, span("not told")]
    row.append(span(f"{gpu.power_w:.0f} W", BOLD, RED if gpu.over_limit else GREEN))
    if gpu.power_mean_w is not None and gpu.over_s is not None:
        deviation = "" if gpu.power_deviation_w is None else f" ± {gpu.power_deviation_w:.1f} W"
        row.append(span(f"  {gpu.over_s:.0f} s: mean {gpu.power_mean_w:.0f} W{deviation}"))
    if gpu.power_alert_w is not None:
        row.append(span(f"  alert at {gpu.power_alert_w:.0f} W", *((RED,) if gpu.over_limit else (DIM,))))
    if gpu.power_limit_w is not None:
        row.append(span(f"  limit {gpu.power_limit_w:.0f} W", DIM))
    return row


def _clocks(gpu: GpuPart, clocks: GpuClocks | None) -> Row:
    row = [label("clocks")]
    if gpu.sm_clock_mhz is not None:
        row.append(span(f"{gpu.sm_clock_mhz} MHz  "))
    if clocks is None:
        row.append(span("no green-idle tells of them", DIM))
    else:
        row.append(span(clocks.state, GREEN if clocks.state == RESTING else BOLD))
        row.append(span(f": {clocks.say}"))
        if clocks.saving_w is not None:
            row.append(span(f", saves {clocks.saving_w:.0f} W"))
    return [*row, *_reasons(gpu, told=clocks is not None)]


def _reasons(gpu: GpuPart, *, told: bool) -> Iterator[Span]:
    """What NVML says holds them; who locked them is told better by green-idle."""
    for bit, (_, meaning) in REASONS.items():
        if not (gpu.reasons or 0) & bit or (told and bit in (GPU_IDLE, CLOCKS_SETTING)):
            continue
        yield span(f"  {meaning}", *((YELLOW,) if bit & THROTTLING else (DIM,)))
