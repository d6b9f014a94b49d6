# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML file with plots."""

from __future__ import annotations

from collections.abc import Iterator

from green_qwen.pages import WALL_CLOCK, Axis, Column, Line, LinePlot, Page, Part, Section, Table, Text
from green_qwen.pages.figures import figure_text
from green_qwen.pages.table import Cell
from green_qwen.report.columns import shown_columns
from green_qwen.report.figures import Row
from green_qwen.report.plots import by_name, over_time, thrown_away
from green_qwen.report.result import Result
from green_qwen.report.sheet import ACCOUNTS, range_text
from green_qwen.report.units import energy_unit

# By what a page shows energy, whatever else is asked for.
VIEWS = (("hour",), ("day",), ("client",), ("model",), ("machine",))
_TOTALS = (
    ("requests", "requests"),
    ("answered", "of them answered"),
    ("prompt_tokens", "tokens read"),
    ("output_tokens", "tokens written"),
    ("tokens_per_j", "tokens written per joule of requests and the baseline meanwhile"),
    ("tokens_per_gpu_j", "tokens written per joule of all that the GPUs drew"),
    ("thrown_away_j", "joules thrown away"),
    ("wall_kwh_estimate", "kWh at the wall, estimated"),
    ("cost_estimate", "cost, estimated"),
    ("carbon_g_estimate", "grams of CO2, estimated"),
)
_NAMED = (("client", "By client"), ("model", "By model"))


def page_of(result: Result, written_at_s: float) -> Page:
    """The same figures as in a terminal, and how they went over time."""
    sections = [_books(result), *_course(result), *_names(result), *_waste(result), _rows(result)]
    return Page(
        "What the joules were spent on",
        [section for section in sections if section.parts],
        lead=f"{range_text(result.range)}. {', '.join(result.machines)}.",
        simulated=result.simulated,
        written_at_s=written_at_s,
    )


def _books(result: Result) -> Section:
    parts: list[Part] = [Text(note.text, warning=True) for note in result.notes]
    parts += _accounts(result)
    return Section("The books", [*parts, Table([Column("figure"), Column("value")], list(_totals(result)))])


def _accounts(result: Result) -> Iterator[Table]:
    total, whole_j = result.total, result.total["gpu_energy_j"]
    if whole_j is None:
        return
    unit = energy_unit(whole_j)
    rows: list[list[Cell]] = []
    for name, figure, text in ACCOUNTS:
        joules = total[figure] or 0.0
        rows.append([name, joules / unit.joules, 100 * joules / (whole_j or 1.0), text])
    balance = f"off by {result.balance_j:+.3f} J" if result.balance_j else "the books balance"
    told = f"{total['gpu_energy_kwh']:.4f} kWh; {balance}"
    columns = [Column("account"), Column("energy", unit.name, 1), Column("share", "%", 1), Column("")]
    yield Table(columns, rows, totals=["energy of the GPUs", whole_j / unit.joules, 100.0, told])


def _totals(result: Result) -> Iterator[tuple[str, str]]:
    total = dict(result.total)
    if total["gpu_energy_j"] and total["output_tokens"]:
        total["tokens_per_gpu_j"] = total["output_tokens"] / total["gpu_energy_j"]
    for name, text in _TOTALS:
        if total.get(name) is not None:
            yield text, figure_text(total[name])


def _course(result: Result) -> Iterator[Section]:
    hours = result.views.get("hour", [])
    parts: list[Part] = []
    if bars := over_time(hours, result.views.get("day", [])):
        parts.append(bars)
    for title, axis, figure in (
        ("Mean power of a GPU, by hour", Axis("power", "W", low=0), "mean_power_w"),
        ("Tokens written per joule of requests and the baseline meanwhile, by hour", _YIELD, "tokens_per_j"),
    ):
        if len(hours) > 1 and any(row.figures[figure] is not None for row in hours):
            line = Line(axis.name, _points(hours, figure))
            parts.append(LinePlot(title, Axis("time", WALL_CLOCK), axis, [line]))
    yield Section("Over time", parts)


_YIELD = Axis("yield", "tokens/J", low=0)


def _points(hours: list[Row], figure: str) -> list[tuple[float, float | None]]:
    """In the middle of each hour; hours of which nothing is known are holes."""
    known = {int(row.key[0]): row.figures[figure] for row in hours}
    return [(hour + 1800.0, known.get(hour)) for hour in range(min(known), max(known) + 1, 3600)]


def _names(result: Result) -> Iterator[Section]:
    for name, title in _NAMED:
        plot = by_name(name, result.views.get(name, []), "requests_j")
        yield Section(title, [plot] if plot else [])
    machines = result.views.get("machine", [])
    plot = by_name("machine", machines, "gpu_energy_j") if len(machines) > 1 else None
    yield Section("By machine", [plot] if plot else [])


def _waste(result: Result) -> Iterator[Section]:
    plot = thrown_away(result.thrown_away_j)
    yield Section("Thrown away", [plot] if plot else [])


def _rows(result: Result) -> Section:
    """The table that was asked for, whole."""
    columns = shown_columns(result)
    heads = [
        *(Column(name) for name in result.by),
        *(Column(column.name, column.unit, column.places) for column in columns),
    ]
    rows = [
        [*map(str, row.key), *(column.value(row.figures.get(column.figure)) for column in columns)]
        for row in result.rows
    ]
    return Section(f"By {' and '.join(result.by)}", [Table(heads, rows)] if rows else [])
