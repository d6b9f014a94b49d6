# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A result as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from green_qwen.bench.result import Result
from green_qwen.bench.run import AFTER, BEFORE, Phases, Run
from green_qwen.bench.soak_table import hours_of, memory_series, soak_figures
from green_qwen.bench.statistic import Estimate
from green_qwen.bench.table import Row, change_of, means_of, notes, rows_of
from green_qwen.pages import Axis, BarPlot, Bars, Column, Line, LinePlot, Page, Section, Table, Text

_PHASES: tuple[tuple[str, Callable[[Phases], float]], ...] = (
    ("waiting and loading", lambda phases: phases.queued_j + phases.loading_j),
    ("prefill", lambda phases: phases.prefill_j),
    ("decode", lambda phases: phases.decode_j),
    ("baseline", lambda phases: phases.baseline_j),
)
_BARS = (
    "yield",
    "mean GPU power",
    "energy an answered request",
    "P95 latency",
    "first token, P95",
    "idle power",
)


def page_of(result: Result) -> Page:
    """Table, plots and what it was taken on."""
    on = result.taken[0].on
    machine = f"{on.model} on {', '.join(on.gpus)}, driver {on.driver}"
    lead = f"{machine}; {on.load.clients} clients, {on.load.kind}."
    sections = _soak_sections(result) if result.soak else _sections(result)
    sections += [Section("Each run", [_runs(result)]), Section("Taken on", [_taken_on(result)])]
    return Page("green-qwen bench", sections, lead, result.simulated, result.began_at_s)


def _soak_sections(result: Result) -> list[Section]:
    runs = result.runs(AFTER)
    hours, time_axis = hours_of(runs), Axis("time", "h")

    def over_time(title: str, axis: Axis, series: Mapping[str, Sequence[float | None]]) -> LinePlot:
        lines = [Line(name, list(zip(hours, values, strict=True))) for name, values in series.items()]
        return LinePlot(title, time_axis, axis, lines)

    latencies = {"P50": [run.latency_p50_s for run in runs], "P95": [run.latency_p95_s for run in runs]}
    power = {"power": [run.mean_power_w for run in runs]}
    heat = {"temperature": [run.highest_c for run in runs]}
    plots = [
        over_time("Latency in each window", Axis("latency", "s"), latencies),
        over_time("Power of the GPU", Axis("power", "W"), power),
        over_time("Highest temperature", Axis("temperature", "°C"), heat),
        *(
            over_time(f"Memory of {name}", Axis("memory", "MiB"), {name: values})
            for name, values in memory_series(runs).items()
        ),
    ]
    table = Table([Column("figure"), Column("value")], [list(row) for row in soak_figures(runs)])
    return [Section("The soak", [*_warnings(result), table]), Section("Over time", plots)]


def _sections(result: Result) -> list[Section]:
    sections = [
        Section("The table", [*_warnings(result), _table(result), *map(Text, notes(result))]),
        Section("Side by side", list(_bars(result))),
        Section("Power in each run", list(_power(result))),
    ]
    phases = _phases(result)
    if phases is not None:
        sections.append(Section("Where the energy of a request went", [phases]))
    return sections


def _warnings(result: Result) -> Iterator[Text]:
    if not result.complete:
        yield Text("Stopped early: this is a partial result.", warning=True)
    for fault in result.faults():
        yield Text(f"Not comparable: {fault}", warning=True)


def _table(result: Result) -> Table:
    arms = result.arms
    columns = [Column("figure"), Column("unit"), *(Column(arm) for arm in arms)]
    rows = [[row.name, row.unit, *(_mean(result, row, arm) for arm in arms)] for row in rows_of(result)]
    if arms == (BEFORE, AFTER) and not result.faults():
        columns += [Column("change"), Column("95 %")]
        rows = [[*cells, *change_of(result, row)] for cells, row in zip(rows, rows_of(result), strict=True)]
    return Table(columns, rows)


def _mean(result: Result, row: Row, arm: str) -> float | None:
    mean = means_of(result, row, arm)
    return mean.value if mean else None


def _bars(result: Result) -> Iterator[BarPlot]:
    for row in rows_of(result):
        if row.name in _BARS:
            means = [means_of(result, row, arm) for arm in result.arms]
            bars = Bars(
                row.name, [mean.value if mean else None for mean in means], [_half(mean) for mean in means]
            )
            yield BarPlot(row.name, result.arms, Axis(row.name, row.unit), [bars])


def _half(mean: Estimate | None) -> float | None:
    return None if mean is None or mean.high is None else mean.high - mean.value


def _power(result: Result) -> Iterator[LinePlot]:
    for arm in result.arms:
        runs = [run for run in result.runs(arm) if run.power_w]
        if runs:
            lines = [Line(f"run {run.pair}", run.power_w) for run in runs]
            title = f"{arm}: power of the GPU; the window begins at 0"
            yield LinePlot(title, Axis("time", "s"), Axis("power", "W"), lines)


def _phases(result: Result) -> BarPlot | None:
    arms = [arm for arm in result.arms if any(run.phases for run in result.runs(arm))]
    if not arms:
        return None
    bars = [Bars(name, [_each(result.runs(arm), pick) for arm in arms]) for name, pick in _PHASES]
    return BarPlot("By phase, from green-telemetry's receipts", arms, Axis("energy", "J"), bars, stacked=True)


def _each(runs: Sequence[Run], pick: Callable[[Phases], float]) -> float | None:
    told = [run for run in runs if run.phases and run.answered]
    answered = sum(run.answered for run in told)
    return sum(pick(run.phases) for run in told if run.phases) / answered if answered else None


def _runs(result: Result) -> Table:
    rows = rows_of(result)
    columns = [Column("run"), Column("window", "s", 1), *(Column(row.name, row.unit) for row in rows)]
    cells = [
        [f"{run.arm} {run.pair}", run.window_s, *(row.pick(run) for row in rows)]
        for run in (one.run for one in result.taken)
    ]
    return Table(columns, cells)


def _taken_on(result: Result) -> Table:
    columns = [
        Column("run"),
        Column("server"),
        Column("model"),
        Column("digest"),
        Column("GPU"),
        Column("driver"),
        Column("fields of requests"),
    ]
    rows = [
        [
            f"{one.run.arm} {one.run.pair}",
            one.on.server,
            one.on.model,
            one.on.digest[:19] or None,
            ", ".join(one.on.gpu_uuids),
            one.on.driver,
            one.on.request_fields,
        ]
        for one in result.taken
    ]
    return Table(columns, rows)
