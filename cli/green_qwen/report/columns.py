# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The columns of a report's table, of which only those are shown that have a figure."""

from __future__ import annotations

from dataclasses import dataclass

from green_qwen.report.result import Result
from green_qwen.report.units import Unit, energy_unit

# Beside the whole energy of GPUs they would be taken for a part of it.
_OF_REQUESTS = ("requests_j", "baseline_share_j", "requests_whole_kwh")


@dataclass(frozen=True, slots=True)
class Shown:
    """A column: its name, the figure it shows, in which unit; the greatest rank gives way first."""

    name: str
    figure: str
    rank: int
    unit: str = ""
    scale: float = 1.0
    places: int = 0

    def value(self, figure: float | None) -> float | None:
        return None if figure is None else figure / self.scale

    def text(self, figure: float | None) -> str:
        return "-" if figure is None else f"{round(figure / self.scale, self.places) + 0.0:.{self.places}f}"


def shown_columns(result: Result) -> list[Shown]:
    """In the order in which they are read."""
    figures = [row.figures for row in result.rows]
    whole = any(one.get("gpu_energy_j") is not None for one in figures)
    kept = []
    for column in _columns(_unit(result)):
        values = [one.get(column.figure) for one in figures]
        # What is zero all the way down says so in the books above; generations hold what requests took.
        if any(values) and not (whole and column.figure in _OF_REQUESTS):
            kept.append(column)
    return kept


def _unit(result: Result) -> Unit:
    values = [row.figures.get("gpu_energy_j") or row.figures.get("requests_j") or 0.0 for row in result.rows]
    return energy_unit(max(map(abs, values), default=0.0))


def _columns(unit: Unit) -> tuple[Shown, ...]:
    def energy(name: str, figure: str, rank: int) -> Shown:
        return Shown(name, figure, rank, unit.name, unit.joules, 1)

    return (
        Shown("requests", "requests", 1),
        Shown("answered", "answered", 11),
        Shown("read", "prompt_tokens", 12, "tokens"),
        Shown("written", "output_tokens", 3, "tokens"),
        energy("energy", "gpu_energy_j", 0),
        energy("baseline", "baseline_j", 5),
        energy("generations", "generations_j", 6),
        energy("others", "others_j", 9),
        energy("unattributed", "unattributed_j", 10),
        energy("energy", "requests_j", 0),
        energy("of baseline", "baseline_share_j", 5),
        energy("thrown away", "thrown_away_j", 7),
        Shown("energy", "gpu_energy_kwh", 4, "kWh", places=4),
        Shown("energy", "requests_whole_kwh", 8, "kWh", places=4),
        Shown("yield", "tokens_per_j", 2, "tokens/J", places=4),
        Shown("mean", "mean_power_w", 13, "W", places=1),
        Shown("cost", "cost_estimate", 4, places=2),
        Shown("CO2", "carbon_g_estimate", 8, "g", places=1),
    )
