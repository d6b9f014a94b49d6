# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a soak showed: the worst of its windows, and whether memory grew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from green_qwen.bench.result import Result
from green_qwen.bench.run import AFTER, Run
from green_qwen.bench.statistic import slope_of
from green_qwen.bench.table import figure
from green_qwen.terminal.columns import column_lines

HOUR_S, MIB = 3600.0, 1 << 20
GROWTH_HOURS_LEAST = 0.25


def soak_lines(result: Result) -> Iterator[str]:
    """A line a figure, then memory."""
    runs = result.runs(AFTER)
    yield from column_lines([[name, value] for name, value in soak_figures(runs)])
    yield ""
    yield from column_lines(_memory(runs))


def hours_of(runs: Sequence[Run]) -> list[float]:
    """The end of each window in hours from the beginning."""
    ends_s, passed_s = [], 0.0
    for run in runs:
        passed_s += run.window_s
        ends_s.append(passed_s / HOUR_S)
    return ends_s


def memory_series(runs: Sequence[Run]) -> dict[str, list[float | None]]:
    """MiB by name, window by window; of the GPU too."""
    names = dict.fromkeys(name for run in runs for name in run.memory_bytes)
    series: dict[str, list[float | None]] = {
        name: [_mib(run.memory_bytes.get(name)) for run in runs] for name in names
    }
    series["GPU"] = [_mib(run.gpu_memory_bytes) for run in runs]
    return series


def soak_figures(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """Name and value of each."""
    total_s = sum(run.window_s for run in runs)
    energy_j, tokens = sum(run.energy_j for run in runs), sum(run.tokens for run in runs)
    failures = sum((Counter(run.failures) for run in runs), Counter())
    yield "hours under load", f"{total_s / HOUR_S:.2f}"
    yield "windows", str(len(runs))
    yield "mean GPU power, W", figure(energy_j / total_s)
    yield "yield, tokens/s/W", figure(tokens / energy_j)
    yield "answered, requests", str(sum(run.answered for run in runs))
    yield from _worst("longest P95 latency, s", [run.latency_p95_s for run in runs])
    yield from _worst("longest latency, s", [run.longest_s for run in runs])
    yield from _worst("highest temperature, °C", [run.highest_c for run in runs])
    yield "temperature alerts", str(sum(run.temperature_alerts for run in runs))
    kinds = "".join(f"  {kind} {count}" for kind, count in failures.items())
    yield "failed, requests", f"{sum(failures.values())}{kinds}"


def _worst(name: str, values: Sequence[float | None]) -> Iterator[tuple[str, str]]:
    known = [(value, number) for number, value in enumerate(values, start=1) if value is not None]
    if known:
        value, number = max(known)
        yield name, f"{figure(value)} (window {number})"


def _memory(runs: Sequence[Run]) -> Iterator[list[str]]:
    yield ["memory, MiB", "first", "last", "most", "an hour"]
    hours = hours_of(runs)
    for name, values in memory_series(runs).items():
        points = [(at_h, value) for at_h, value in zip(hours, values, strict=True) if value is not None]
        if points:
            known = [value for _, value in points]
            # Of minutes nothing follows for hours.
            growth = slope_of(points) if hours[-1] >= GROWTH_HOURS_LEAST else None
            shown = "-" if growth is None else f"{growth:+.2f}"
            yield [name, figure(known[0]), figure(known[-1]), figure(max(known)), shown]


def _mib(size: int | None) -> float | None:
    return None if size is None else size / MIB
