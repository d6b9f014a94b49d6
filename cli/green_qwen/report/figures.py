# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sums as figures: joules, kilowatt-hours, tokens per joule, and estimates by the site's factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from green_common.estimates import J_PER_KWH, Estimates
from green_qwen.report.facts import PHASES, REASONS, UNPHASED
from green_qwen.report.groups import Groups, Key
from green_qwen.report.postings import ACCOUNT, IMBALANCE, THROWN_AWAY

Figures = dict[str, float | int | None]
GENERATIONS = (*PHASES, UNPHASED)
COUNTS = ("requests", "answered", "prompt_tokens", "cached_tokens", "output_tokens")
OWN_ACCOUNTS = ("baseline", "others", "unattributed")


@dataclass(frozen=True, slots=True)
class Row:
    """A group with its figures; None is what a group of its kind does not have."""

    key: Key
    figures: Figures


def rows_of(groups: Groups, estimates: Estimates) -> list[Row]:
    """In the order of their keys; those by name alone with the greatest energy first."""
    rows = [Row(key, figures_of(sums, estimates, groups)) for key, sums in groups.sums.items()]
    if not {"hour", "day"}.isdisjoint(groups.by):
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-_size(row.figures), row.key))


def figures_of(sums: Mapping[str, int], estimates: Estimates, groups: Groups) -> Figures:
    """Of one group, or of the total."""
    figures: Figures = dict.fromkeys(COUNTS)
    known = [name for name in COUNTS if not groups.by_phase or name in sums]
    figures.update({name: sums.get(name, 0) for name in known})
    figures.update(_windows(sums, groups))
    figures.update(_requests(sums, groups))
    whole_j = figures["requests_whole_j"] if groups.of_requests else figures["gpu_energy_j"]
    return {**figures, **estimates.of(whole_j)}


def thrown_away_j(sums: Mapping[str, int]) -> dict[str, float]:
    """Joules by why nobody got what they were spent on."""
    named = {name.removeprefix(THROWN_AWAY): mj for name, mj in sums.items() if name.startswith(THROWN_AWAY)}
    order = sorted(named, key=lambda name: (REASONS.index(name) if name in REASONS else len(REASONS), name))
    return {name: named[name] / 1000 for name in order}


def balance_j(sums: Mapping[str, int]) -> float:
    """What is left of the whole when all accounts are taken off: nothing, or the books are damaged."""
    return sums.get(ACCOUNT + IMBALANCE, 0) / 1000


def _windows(sums: Mapping[str, int], groups: Groups) -> Figures:
    accounts = {name.removeprefix(ACCOUNT): mj for name, mj in sums.items() if name.startswith(ACCOUNT)}
    names = (*OWN_ACCOUNTS, *GENERATIONS)
    # A phase is an account, and a group without windows has none.
    hidden = groups.of_requests or not accounts
    apart = hidden or groups.by_phase
    figures: Figures = {"gpu_energy_j": None if hidden else sum(accounts.values()) / 1000}
    figures["gpu_energy_kwh"] = None if hidden else sum(accounts.values()) / 1000 / J_PER_KWH
    for name in names:
        figures[f"{name.replace(' ', '_')}_j"] = None if apart else accounts.get(name, 0) / 1000
    generations_mj = sum(accounts.get(name, 0) for name in GENERATIONS)
    figures["generations_j"] = None if apart else generations_mj / 1000
    covered_ms = sums.get("covered_ms", 0)
    figures["covered_s"] = covered_ms / 1000 if covered_ms else None
    figures["mean_power_w"] = round(sum(accounts.values()) / covered_ms, 3) if covered_ms else None
    return figures


def _requests(sums: Mapping[str, int], groups: Groups) -> Figures:
    requests_mj, share_mj = sums.get("requests_mj", 0), sums.get("share_mj", 0)
    whole_mj = requests_mj + share_mj
    hidden = groups.by_phase
    tokens = sums.get("measured_tokens", 0)
    return {
        "requests_j": requests_mj / 1000 if not hidden or "requests_mj" in sums else None,
        "baseline_share_j": None if hidden else share_mj / 1000,
        "requests_whole_j": None if hidden else whole_mj / 1000,
        "requests_whole_kwh": None if hidden else whole_mj / 1000 / J_PER_KWH,
        "thrown_away_j": None if hidden else sum(thrown_away_j(sums).values()),
        "tokens_per_j": round(1000 * tokens / whole_mj, 6) if tokens and whole_mj > 0 else None,
    }


def _size(figures: Figures) -> float:
    return figures["gpu_energy_j"] or figures["requests_j"] or 0.0
