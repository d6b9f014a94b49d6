# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The bars of a report's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from green_qwen.pages import Axis, BarPlot, Bars
from green_qwen.report.figures import Row
from green_qwen.report.groups import key_text
from green_qwen.report.units import Unit, energy_unit

# More hours than these are shown by day.
MOST_HOURS = 72
MOST_NAMES = 20
# A day of a year too far off is a clock that was not set; such a course is not drawn with all days between.
MOST_BARS = 1000
_ACCOUNTS = (
    ("baseline", "baseline_j"),
    ("queued", "queued_j"),
    ("loading", "loading_j"),
    ("prefill", "prefill_j"),
    ("decode", "decode_j"),
    ("phase not known", "phase_not_known_j"),
    ("others", "others_j"),
    ("unattributed", "unattributed_j"),
)


def over_time(hours: Sequence[Row], days: Sequence[Row]) -> BarPlot | None:
    """Where the energy of each hour or day went; those without a window have no bar."""
    by_hour = len(hours) <= MOST_HOURS
    rows = {row.key[0]: row for row in (hours if by_hour else days)}
    whole = [row.figures["gpu_energy_j"] for row in rows.values()]
    known = [joules for joules in whole if joules is not None]
    if not known:
        return None
    unit = energy_unit(max(known))
    keys = _every_hour(rows) if by_hour else _every_day(rows)
    bars = []
    for name, figure in _ACCOUNTS:
        values = [_scaled(rows[key].figures[figure] if key in rows else None, unit) for key in keys]
        if any(values):
            bars.append(Bars(name, values))
    names = [key_text("hour", key)[5:16] if by_hour else str(key) for key in keys]
    title = f"Energy by {'hour' if by_hour else 'day'}"
    return BarPlot(title, names, Axis("energy", unit.name), bars, stacked=True)


def by_name(dimension: str, rows: Sequence[Row], figure: str) -> BarPlot | None:
    """The greatest first, and how many more there are."""
    shown = [row for row in rows if row.figures[figure]][:MOST_NAMES]
    if not shown:
        return None
    unit = energy_unit(max(abs(row.figures[figure] or 0.0) for row in shown))
    bars = [Bars("above the baseline", [_scaled(row.figures[figure], unit) for row in shown])]
    if figure == "requests_j":
        shares = [_scaled(row.figures["baseline_share_j"], unit) for row in shown]
        bars.append(Bars("its part of the baseline", shares))
    more = f"; {len(rows) - len(shown)} others took less" if len(rows) > len(shown) else ""
    names = [key_text(dimension, row.key[0]) for row in shown]
    title = f"Energy by {dimension}{more}"
    return BarPlot(title, names, Axis("energy", unit.name), bars, stacked=True, sideways=True)


def thrown_away(by_reason_j: Mapping[str, float]) -> BarPlot | None:
    """Joules of answers that nobody got."""
    if not any(by_reason_j.values()):
        return None
    unit = energy_unit(max(by_reason_j.values()))
    values = [joules / unit.joules for joules in by_reason_j.values()]
    axis, bars = Axis("energy", unit.name), [Bars("thrown away", values)]
    return BarPlot("Energy of answers that nobody got", list(by_reason_j), axis, bars, sideways=True)


def _scaled(joules: float | None, unit: Unit) -> float | None:
    return None if joules is None else joules / unit.joules


def _every_hour(rows: Mapping[str | int, Row]) -> list[str | int]:
    hours = sorted(int(key) for key in rows)
    every = range(hours[0], hours[-1] + 1, 3600)
    return list(every) if len(every) <= MOST_BARS else list(hours)


def _every_day(rows: Mapping[str | int, Row]) -> list[str | int]:
    days = sorted(str(key) for key in rows)
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    count = (last - first).days + 1
    return [(first + timedelta(at)).isoformat() for at in range(count)] if count <= MOST_BARS else list(days)
