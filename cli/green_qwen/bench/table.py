# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table at the end: before, after, change, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from green_qwen.bench.request_fields import NO_FIELDS, differences, shown
from green_qwen.bench.result import Result
from green_qwen.bench.run import AFTER, BEFORE, Run
from green_qwen.bench.statistic import Estimate, mean_of, ratio_of
from green_qwen.terminal.columns import column_lines

DAY_S = 86_400.0
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its unit, what of a run stands there, and under which name it may be a mere bound."""

    name: str
    unit: str
    pick: Callable[[Run], float | None]
    field: str = ""


def _each(joules: Callable[[Run], float | None]) -> Callable[[Run], float | None]:
    """By answered request."""

    def pick(run: Run) -> float | None:
        value = joules(run)
        return None if value is None or not run.answered else value / run.answered

    return pick


def _phase(name: str) -> Callable[[Run], float | None]:
    return _each(lambda run: getattr(run.phases, name) if run.phases else None)


# The experiment of old first, then what it did not ask.
ROWS = (
    Row("mean GPU power", "W", lambda run: run.mean_power_w),
    Row("yield", "tokens/s/W", lambda run: run.tokens_per_s_per_w),
    Row("P95 latency", "s", lambda run: run.latency_p95_s, "latency_p95_s"),
    Row("idle power", "W", lambda run: run.idle_power_w),
    Row("temperature alerts", "a day", lambda run: run.temperature_alerts * DAY_S / run.window_s),
    Row("output", "tokens/s", lambda run: run.tokens_per_s),
    Row("energy an answered request", "J", lambda run: run.joules_per_answer),
    Row("P50 latency", "s", lambda run: run.latency_p50_s, "latency_p50_s"),
    Row("first token, P50", "s", lambda run: run.first_token_p50_s, "first_token_p50_s"),
    Row("first token, P95", "s", lambda run: run.first_token_p95_s, "first_token_p95_s"),
    Row("between tokens, P95", "ms", lambda run: run.gap_p95_ms),
    Row("answered", "requests", lambda run: run.answered),
    Row("failed", "requests", lambda run: run.failed),
)
PHASE_ROWS = (
    Row("of it waiting and loading", "J", _each(lambda run: _waiting(run))),
    Row("of it prefill", "J", _phase("prefill_j")),
    Row("of it decode", "J", _phase("decode_j")),
    Row("of it baseline", "J", _phase("baseline_j")),
    Row("wasted", "J", _phase("wasted_j")),
)


def _waiting(run: Run) -> float | None:
    return run.phases.queued_j + run.phases.loading_j if run.phases else None


def rows_of(result: Result) -> tuple[Row, ...]:
    """Phases only where somebody told them."""
    told = any(one.run.phases for one in result.taken)
    return ROWS + (PHASE_ROWS if told else ())


def means_of(result: Result, row: Row, arm: str) -> Estimate | None:
    values = [value for run in result.runs(arm) if (value := row.pick(run)) is not None]
    return mean_of(values) if values else None


def table_lines(result: Result) -> Iterator[str]:
    """A line a row; without the change where it can't be told."""
    arms, comparable = result.arms, not result.faults()
    change = arms == (BEFORE, AFTER) and comparable
    yield from column_lines(_cells(result, arms, change=change))
    yield ""
    yield from notes(result)


def _cells(result: Result, arms: tuple[str, ...], *, change: bool) -> Iterator[list[str]]:
    yield ["", *arms, *(["change", "95 %"] if change else [])]
    for row in rows_of(result):
        cells = [_shown(result, row, arm) for arm in arms]
        yield [f"{row.name}, {row.unit}", *cells, *(_change(result, row) if change else [])]


def _shown(result: Result, row: Row, arm: str) -> str:
    mean = means_of(result, row, arm)
    if mean is None:
        return UNKNOWN
    return (">= " if _is_bound(result, row, arm) else "") + figure(mean.value)


def _is_bound(result: Result, row: Row, arm: str) -> bool:
    return any(row.field in run.bounds for run in result.runs(arm))


def _change(result: Result, row: Row) -> list[str]:
    return [text or UNKNOWN for text in change_of(result, row)]


def change_of(result: Result, row: Row) -> tuple[str | None, str | None]:
    """The change and its interval, as far as they are known; of bounds nothing follows."""
    ratio = ratio_of(result.pairs(row.pick))
    if ratio is None or any(_is_bound(result, row, arm) for arm in result.arms):
        return None, None
    if ratio.low is None or ratio.high is None:
        return change_text(ratio.value), None
    return change_text(ratio.value), f"{change_text(ratio.low)} to {change_text(ratio.high)}"


def notes(result: Result) -> Iterator[str]:
    """How it was measured, and what to know before believing it."""
    for arm in result.arms:
        yield f"{arm}: {result.says.get(arm, '')}"
    yield from _fields(result)
    yield from _repeated(result)
    off = max(one.run.uncertainty_j / one.run.energy_j for one in result.taken)
    yield f"The energy of a window is at most {off:.1%} off by the counter's steps."
    if not all(one.run.counted for one in result.taken):
        yield "This card has no energy counter: joules are summed up from its power."
    for arm in result.arms:
        waiting = max(run.waiting_clients for run in result.runs(arm))
        if waiting:
            yield f"{arm}: {waiting} clients had had no answer yet when the window began; it was not steady"
    if result.quality is not None:
        yield result.quality.says
    if result.simulated:
        yield "All figures are simulated."
    if not result.complete:
        yield "Stopped early: this is a partial result."
    faults = result.faults()
    if faults:
        yield "NOT COMPARABLE, so no change is shown:"
        yield from (f"  {fault}" for fault in faults)


def _fields(result: Result) -> Iterator[str]:
    """In which fields the requests of both sides differ, or which all of them had."""
    told = {arm: result.request_fields(arm) for arm in result.arms}
    known = [fields for fields in told.values() if fields is not None]
    for arm, fields in told.items():
        if fields is None:
            yield f"{arm}: saved by an earlier version, without the fields of its requests (--fields)"
    unlike = list(differences(known[0], known[-1])) if known else []
    if unlike:
        values = (f"{name} {shown(left)} {BEFORE}, {shown(right)} {AFTER}" for name, left, right in unlike)
        yield f"The requests differ in their fields: {'; '.join(values)}"
    elif len(known) == len(told) and known[0] != NO_FIELDS:
        yield f"Each request had these fields besides: {shown(known[0])}"


def _repeated(result: Result) -> Iterator[str]:
    if result.soak:
        return
    runs = ", ".join(f"{len(result.runs(arm))} x {arm}" for arm in result.arms)
    seconds = sum(one.run.window_s for one in result.taken)
    yield f"{runs}, alternated; {seconds:.0f} s of steady load in all, warm-up and cool-down cut off"
    if len(result.pairs(lambda run: run.window_s)) > 1:
        yield "change: geometric mean of the pairs' ratios; 95 %: paired t over their logarithms"


def figure(value: float) -> str:
    if value and abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def change_text(ratio: float) -> str:
    return f"x {ratio:.2f}" if ratio >= 2 else f"{(ratio - 1) * 100:+.1f} %"
