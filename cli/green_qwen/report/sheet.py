# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A report as a person reads it in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from green_qwen.report.columns import Shown, shown_columns
from green_qwen.report.forms import wall_text
from green_qwen.report.notes import counted
from green_qwen.report.result import Range, Result
from green_qwen.report.units import energy_unit
from green_qwen.terminal.columns import column_lines, width_of
from green_qwen.terminal.paint import BOLD, DIM, YELLOW, Paint
from green_qwen.terminal.plain import plain

WIDTH = 100
# Names, and units below them.
HEADS = 2
# A difference of this share shows in a percentage with one decimal.
_TELLING = 0.0005
ACCOUNTS = (
    ("baseline", "baseline_j", "the GPU at rest with its model, and under all else"),
    ("generations", "generations_j", "what requests took above that"),
    ("others", "others_j", "other processes on the GPU"),
    ("unattributed", "unattributed_j", "what no account explains, signed"),
)


def sheet_lines(result: Result, paint: Paint, width: int | None = None) -> Iterator[str]:
    """The range, the books, the requests, the rows, and what has to be said; `width` where it is bounded."""
    mark = paint("simulated", BOLD, YELLOW)
    yield f"{range_text(result.range)}{f', {mark}' if result.simulated else ''}"
    yield paint(_where(result), DIM)
    yield ""
    yield from books_lines(result)
    yield ""
    yield from _request_lines(result)
    if result.rows:
        yield ""
        yield from _table(result, paint, width)
    for note in result.notes:
        yield from textwrap.wrap(plain(note.text), WIDTH, initial_indent="note: ", subsequent_indent="      ")


def range_text(asked: Range) -> str:
    """As systemd understood it; else by the entries that there are."""
    since = wall_text(asked.since_s) or asked.since
    until = wall_text(asked.until_s) or asked.until
    entries = f"{wall_text(asked.first_s)} to {wall_text(asked.last_s)}"
    if since is None and until is None:
        return f"all entries: {entries}"
    return f"{since or 'the first entry'} to {until or 'now'}; entries from {entries}"


def books_lines(result: Result) -> list[str]:
    """Total = baseline + generations + others + unattributed, or by how much it is not."""
    whole_j = result.total["gpu_energy_j"]
    if whole_j is None:
        return []
    unit = energy_unit(whole_j)
    rows = [
        ["energy", f"{unit.text(whole_j)} {unit.name}", "", f"= {result.total['gpu_energy_kwh']:.4f} kWh"]
    ]
    for at, (name, figure, meaning) in enumerate(ACCOUNTS):
        joules = result.total[figure] or 0.0
        share = f"{round(joules / whole_j, 3) + 0.0:.1%}" if whole_j else ""
        sign = "=" if at == 0 else "+"
        rows.append([f"  {sign} {name}", f"{unit.text(joules)} {unit.name}", share, meaning])
    off = result.balance_j
    balance = "the books balance" if not off else f"the accounts are off by {off:+.3f} J"
    return [*_aligned(rows), balance]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    figures = column_lines([row[:3] for row in rows])
    width = max(map(len, figures))
    return [f"{line:<{width}}  {row[3]}".rstrip() for line, row in zip(figures, rows, strict=True)]


def _where(result: Result) -> str:
    machines = ", ".join(map(plain, result.machines))
    covered = (
        "" if result.covered_share is None else f", windows cover {result.covered_share:.1%} of their time"
    )
    gpus = "1 GPU" if result.gpus == 1 else f"{result.gpus} GPUs"
    return f"{gpus} on {machines}{covered}"


def _request_lines(result: Result) -> Iterator[str]:
    total = result.total
    requests, answered = total["requests"] or 0, total["answered"] or 0
    yield f"{counted(int(requests), 'request', 'requests')}, {answered} of them answered"
    read = f"{total['prompt_tokens']} tokens read ({total['cached_tokens']} of them cached)"
    yield f"{read}, {total['output_tokens']} written"
    requests_j, share_j = total["requests_j"] or 0.0, total["baseline_share_j"] or 0.0
    if total["tokens_per_j"] is not None:
        unit = energy_unit(requests_j + share_j)
        yield (
            f"{total['tokens_per_j']:.4f} tokens/J: written, by {unit.text(requests_j)} {unit.name} of "
            f"requests and {unit.text(share_j)} {unit.name} of the baseline meanwhile"
        )
    if total["gpu_energy_j"] and total["output_tokens"]:
        whole = total["output_tokens"] / total["gpu_energy_j"]
        yield f"{whole:.4f} tokens/J of all that the GPU drew, rest included"
    yield from _receipts_against_windows(result)
    yield from _thrown_away(result)
    yield from _estimates(result)


def _receipts_against_windows(result: Result) -> Iterator[str]:
    requests_j, generations_j = result.total["requests_j"], result.total["generations_j"]
    if generations_j and requests_j is not None:
        unit = energy_unit(generations_j)
        share = f"receipts hold {requests_j / generations_j:.1%} of the generations' joules"
        off_j = requests_j - generations_j
        why = f" ({unit.text(off_j, signed=True)} {unit.name}: over the edges, or without a receipt)"
        yield share + (why if abs(off_j) >= _TELLING * generations_j else "")


def _thrown_away(result: Result) -> Iterator[str]:
    whole_j = result.total["thrown_away_j"]
    if whole_j:
        unit = energy_unit(whole_j)
        parts = (f"{reason} {unit.text(joules)}" for reason, joules in result.thrown_away_j.items())
        yield f"thrown away: {unit.text(whole_j)} {unit.name} ({', '.join(parts)})"


def _estimates(result: Result) -> Iterator[str]:
    total = result.total
    if (wall_kwh := total.get("wall_kwh_estimate")) is not None:
        cost, carbon_g = total.get("cost_estimate"), total.get("carbon_g_estimate")
        parts = [f"{wall_kwh:.4f} kWh at the wall"]
        parts += [f"{cost:.2f} in money"] if cost is not None else []
        parts += [f"{carbon_g / 1000:.3f} kg CO2"] if carbon_g is not None else []
        yield f"estimated by [telemetry] pue, price_per_kwh, carbon_g_per_kwh: {', '.join(parts)}"


def _table(result: Result, paint: Paint, width: int | None) -> Iterator[str]:
    """As many columns as there is room for; the least important ones go first."""
    columns, left_out = shown_columns(result), []
    lines = _lines(result, columns)
    while width is not None and max(map(width_of, lines)) > width and len(columns) > 1:
        last = max(columns, key=lambda column: column.rank)
        left_out.append(last.name)
        columns.remove(last)
        lines = _lines(result, columns)
    yield from (paint(line, BOLD) for line in lines[:HEADS])
    yield from lines[HEADS:]
    if left_out:
        yield paint(f"no room for: {', '.join(reversed(left_out))}; --csv has all", DIM)


def _lines(result: Result, columns: Sequence[Shown]) -> list[str]:
    heads = [[*result.by, *(column.name for column in columns)]]
    heads.append([*("" for _ in result.by), *(column.unit for column in columns)])
    rows = [[*map(plain, row.key), *_cells(columns, row.figures)] for row in result.rows]
    return column_lines([*heads, *rows], left=len(result.by))


def _cells(columns: Sequence[Shown], figures: dict[str, float | int | None]) -> list[str]:
    return [column.text(figures.get(column.figure)) for column in columns]
